/** `database doctor` and `check`: the checks of the models, and those of the connection itself. */
import { DebusineError, UsageError } from '../errors.ts';
import { type Check, checks, type Diagnosis, diagnose } from '../models/doctor.ts';
import type { Db } from '../db/database.ts';
import { catalog } from './catalog.ts';
import { quote } from '../data/quote.ts';
import type { Context } from './context.ts';
import { openSession } from './session.ts';
import { closest } from './values/suggest.ts';

/** Made before all others, and not by a query. */
const ownChecks = [
  { name: 'configuration', description: 'the configuration keeps its secrets' },
  { name: 'connection', description: 'the database answers' },
] as const;

/** Names and descriptions of all checks. */
export const knownChecks: readonly Pick<Check, 'name' | 'description'>[] = [...ownChecks, ...checks];

/** @throws UsageError for a name that is none of a check */
export function chosenChecks(only: readonly string[], skip: readonly string[]): ReadonlySet<string> {
  const names = knownChecks.map(({ name }) => name);
  for (const word of [...only, ...skip]) {
    if (names.includes(word)) continue;
    const [near] = closest(word, names);
    throw new UsageError(`there is no check "${word}"`, {
      hint: `${near === undefined ? '' : `did you mean ${near}? `}--list-checks names them`,
    });
  }
  return new Set(names.filter((name) => (only.length === 0 || only.includes(name)) && !skip.includes(name)));
}

/** @throws UsageError for a name that is none of a command */
export function knownCommands(names: readonly string[]): readonly string[] {
  const all = catalog.map(({ name }) => name);
  for (const name of names) {
    if (all.includes(name)) continue;
    const [near] = closest(name, all);
    throw new UsageError(`option --for: there is no command ${quote(name)}`, {
      hint: near === undefined ? 'debusine-admin --help lists them' : `did you mean ${near}?`,
    });
  }
  return names;
}

/**
 * Makes the chosen checks. That the database is away is a finding too.
 * @param commands whose rights are looked at; none: those of all
 * @param more further checks on the same connection
 */
export async function doctor(
  context: Context,
  chosen: ReadonlySet<string>,
  commands: readonly string[] = [],
  more?: (db: Db) => Promise<readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> {
  const { settings, host, signal } = context;
  const found: Diagnosis[] = [];
  if (chosen.has('configuration')) {
    const warnings = settings.warnings.map((finding): Diagnosis => ({
      check: 'configuration',
      state: 'warning',
      finding,
      hint: 'chmod 600 the file',
    }));
    found.push(...(warnings.length > 0 ? warnings : [ok('configuration')]));
  }
  try {
    const session = await openSession(settings, host, {
      applicationName: 'debusine-admin database doctor',
      mayInit: false,
      onQuery: undefined,
      note: context.note,
    });
    try {
      if (chosen.has('connection')) found.push(ok('connection'));
      const wanted = checks.filter(({ name }) => chosen.has(name));
      const surroundings = {
        storeDirectory: settings.storeDirectory,
        uploadDirectory: settings.uploadDirectory,
        defaultWorkspace: settings.defaultWorkspace,
        commands,
        signal,
        now: () => host.clock.now(),
        elapsedMs: () => host.clock.monotonicMs(),
      };
      found.push(...(await diagnose(session.db, wanted, surroundings)));
      if (more !== undefined) found.push(...(await more(session.db)));
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof DebusineError) || error.code === 'interrupted') throw error;
    found.push({ check: 'connection', state: 'error', finding: error.message, hint: error.hint ?? null });
  }
  return found;
}

const ok = (check: (typeof ownChecks)[number]['name']): Diagnosis => ({
  check,
  state: 'ok',
  finding: ownChecks.find(({ name }) => name === check)?.description ?? '',
  hint: null,
});

/** `check`: all that the doctor looks at, each object that differs in the schema, and on request the data itself. */
export function checkAll(context: Context, withData: boolean): Promise<readonly Diagnosis[]> {
  return doctor(context, chosenChecks([], ['schema']), [], async (db) => {
    const [{ checkSchema, isAtLevel }, { findViolations }] = await Promise.all([
      import('../models/schema-check.ts'),
      import('../models/invariants.ts'),
    ]);
    if (!(await isAtLevel(db))) return [];
    const { drift } = await checkSchema(db);
    const found = drift.map(({ object, kind, expected, found: is }): Diagnosis => ({
      check: 'schema',
      state: 'error',
      finding: `${object} is ${kind}: ${is === null ? '' : `${is} instead of `}${expected ?? '-'}`,
      hint: null,
    }));
    if (found.length === 0) {
      found.push({ check: 'schema', state: 'ok', finding: 'the schema is that of this level', hint: null });
    }
    if (!withData) return found;
    const violations = await findViolations(db, { storeDirectory: context.settings.storeDirectory });
    found.push(
      ...violations.map(({ rule, object, problem }): Diagnosis => ({
        check: rule,
        state: 'error',
        finding: `${object}: ${problem}`,
        hint: null,
      })),
    );
    if (violations.length === 0) {
      found.push({ check: 'data', state: 'ok', finding: 'what must hold in the data holds', hint: null });
    }
    return found;
  });
}

/** Whether the run has found what makes it end with 1. */
export const hasFailed = (found: readonly Diagnosis[], strict: boolean): boolean =>
  found.some(({ state }) => state === 'error' || (strict && state === 'warning'));

/**
 * Tells a person how many findings there are of each kind, and what is wrong in full: a table shortens it.
 */
export async function tellDiagnoses(context: Context, found: readonly Diagnosis[]): Promise<void> {
  if (context.output.format === 'table') {
    for (const { check, state, finding, hint } of found.filter((one) => one.state !== 'ok')) {
      await context.note(`${state}: ${check}: ${finding}${hint === null ? '' : `; hint: ${hint}`}`);
    }
  }
  await context.note(diagnosisNote(found));
}

/** `2 errors, 1 warning, 17 ok`. */
function diagnosisNote(found: readonly Diagnosis[]): string {
  const count = (wanted: Diagnosis['state']): number => found.filter(({ state }) => state === wanted).length;
  const words = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${words(count('error'), 'error')}, ${words(count('warning'), 'warning')}, ${count('ok')} ok`;
}
