import { DebusineError, type ErrorCode, InterruptedError } from '../errors.ts';

/** Source: cli.md 3.1. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  conflict: 4,
  noDatabase: 5,
  locked: 6,
  partial: 7,
  declined: 8,
} as const;

const byCode: Readonly<Record<Exclude<ErrorCode, 'interrupted'>, number>> = {
  usage: exitCodes.usage,
  confirmation_required: exitCodes.usage,
  not_found: exitCodes.invalid,
  ambiguous: exitCodes.invalid,
  invalid: exitCodes.invalid,
  storage: exitCodes.invalid,
  exists: exitCodes.conflict,
  in_use: exitCodes.conflict,
  wrong_state: exitCodes.conflict,
  database_unreachable: exitCodes.noDatabase,
  database_auth: exitCodes.noDatabase,
  database_missing: exitCodes.noDatabase,
  schema_missing: exitCodes.noDatabase,
  schema_mismatch: exitCodes.noDatabase,
  lock_timeout: exitCodes.locked,
  partial: exitCodes.partial,
  declined: exitCodes.declined,
  editor: exitCodes.failed,
  check_failed: exitCodes.failed,
  internal: exitCodes.failed,
};

const bySignal: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The exit status of a signal, 128 plus its number. */
export function exitCodeForSignal(signal: string): number {
  return bySignal[signal] ?? 130;
}

/** The exit status for whatever was thrown; anything not thrown on purpose is a defect and gives 1. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof InterruptedError) return exitCodeForSignal(error.signal);
  if (error instanceof DebusineError && error.code !== 'interrupted') return byCode[error.code];
  return exitCodes.failed;
}

/** Under one of the original's names its own exit statuses are kept. Source: cli.md 6.3. */
export function exitCodeUnderAlias(code: number): number {
  if (code === exitCodes.declined) return exitCodes.ok;
  const kept: readonly number[] = [exitCodes.conflict, exitCodes.noDatabase, 129, 130, 143];
  return kept.includes(code) ? exitCodes.invalid : code;
}
