/** Runs a parsed command: settings, database, transaction, attempts. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import type { Db } from '../db/database.ts';
import type { Page } from '../db/listing.ts';
import { quote } from '../data/quote.ts';
import {
  AssertionError,
  ConcurrentChangeError,
  ConnectionLostError,
  type DebusineError,
  InterruptedError,
  NotFoundError,
  OutputError,
  UsageError,
} from '../errors.ts';
import { printObject } from '../output/format.ts';
import { isMachineFormat, type OutputOptions } from '../output/options.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { outputFor } from './output-options.ts';
import { type Invocation, isDry } from './invocation.ts';
import { missingArgument } from './parse.ts';
import { present } from './present.ts';
import { createPrompt, type Prompt } from './prompts.ts';
import { readText } from './read-text.ts';
import { errorLine } from './run.ts';
import { openSession } from './session.ts';
import { delivery } from './secrets.ts';
import { settingsOf } from './settings-of.ts';
import { traced } from './traces.ts';
import { parseDuration } from './values/duration.ts';

/** How many records a table shows unless it is told otherwise. Source: cli.md 7.3. */
const tableLimit = 100;

/** @returns the exit status of a run that did not fail as a whole */
export async function execute(given: Invocation): Promise<number> {
  requireChoices(given, promptFor(given));
  const { settings, host: own } = await settingsFor(given);
  const { host, traces } = traced(own);
  let invocation: Invocation = { ...given, host };
  const { command, report, entry } = invocation;
  let exitCode: number = exitCodes.ok;
  const context = contextFor(invocation, settings, (code) => (exitCode = code));
  for (const warning of settings.warnings) await context.warn(warning);
  if (command.database === 'none') {
    await present(invocation, context, await runCommand(invocation, context));
    return exitCode;
  }

  const sessionOptions = {
    applicationName: `debusine-admin ${entry.name}`,
    mayInit: context.prompt.mayAsk,
    onQuery: report.debug ? (await import('./debug.ts')).queryLogger(host) : undefined,
    note: (message: string) => context.note(message),
    meanwhile: () => void loadLaterParts(),
  };
  const isOneTransaction = command.database === 'read' || command.database === 'write';
  for (let attempt = 1; ; attempt++) {
    const session = await openSession(settings, host, sessionOptions);
    // Without its connection the server rolls the transaction back. A command that works in batches ends by itself.
    const onAbort = (): void => void session.close();
    if (isOneTransaction) host.signal.addEventListener('abort', onAbort);
    try {
      // A choice is made once, whatever becomes of the first attempt.
      invocation = await withoutGaps(invocation, {
        ...context,
        db: session.db,
        // A question that was answered leaves nothing behind that forbids another attempt.
        prompt: promptFor({ ...given, host: own }),
      });
      const onCommit = (): void => {
        // The connection is about to be closed, and a commit that is sent before that would be made all the same.
        if (host.signal.aborted) throw new InterruptedError(String(host.signal.reason) as NodeJS.Signals);
        // From here on a signal comes too late: the change is made, and to say so is all that is left to do.
        host.signal.removeEventListener('abort', onAbort);
      };
      await withDatabase(invocation, { ...context, db: session.db }, onCommit);
      return exitCode;
    } catch (error) {
      if (error instanceof NotFoundError) throw await withSuggestion(error, session.db);
      const again = isOneTransaction && attempt < attempts && isWorthAnother(error);
      if (!again || traces.hasLeft || host.signal.aborted) throw error;
      await context.note(`trying again: ${error.message}`);
    } finally {
      host.signal.removeEventListener('abort', onAbort);
      await session.close();
    }
    await delay(pauseMs * attempt * (0.5 + Math.random()));
  }
}

/** Evaluates what nearly every command needs once it is connected. Whoever needs it is told of a failure. */
const loadLaterParts = (): Promise<unknown> =>
  Promise.allSettled([
    import('../db/database.ts'),
    import('../db/level.ts'),
    import('../db/transaction.ts'),
    import('../db/listing.ts'),
  ]);

/** How often a transaction that came to nothing is tried in all. */
const attempts = 3;

/** The pause before the second attempt, in milliseconds, with chance added so that two do not meet again. */
const pauseMs = 100;

/** Whether the transaction came to nothing for a reason that may be gone in a moment. */
function isWorthAnother(error: unknown): error is DebusineError {
  if (error instanceof ConnectionLostError) return error.isWorthAnother;
  return error instanceof ConcurrentChangeError;
}

/**
 * Whether somebody can choose what was left out. Under one of the original's names it is an error as there, and with
 * `--id` no name is meant.
 * @throws UsageError
 */
function requireChoices({ command, parsed, entry, alias }: Invocation, { mayAsk }: Prompt): void {
  const [key = ''] = parsed.missing;
  const argument = command.arguments[key];
  if (argument === undefined) return;
  if (mayAsk && alias === undefined && parsed.input['id'] !== true && command.database !== 'none') return;
  throw missingArgument(entry.name, argument.placeholder);
}

/** The invocation with the arguments that were left out, which a person chooses. */
async function withoutGaps(invocation: Invocation, context: Context): Promise<Invocation> {
  const { command, parsed } = invocation;
  if (parsed.missing.length === 0) return invocation;
  const [{ requireLevel }, { withChoices }] = await Promise.all([
    import('../db/level.ts'),
    import('./choose.ts'),
  ]);
  if (command.database !== 'raw') await requireLevel(context.db);
  const input = await withChoices(context, command, parsed);
  return { ...invocation, parsed: { ...parsed, input, missing: [] } };
}

function promptFor({ host, parsed: { shared }, alias }: Invocation): Prompt {
  return createPrompt(host, { noInput: shared.noInput, answerFromInput: alias !== undefined });
}

/** The error with the names that may have been meant, where there are any. Source: cli.md 3.3. */
async function withSuggestion(error: NotFoundError, db: Db): Promise<NotFoundError> {
  const { kind, name, workspace } = error.details;
  const [{ isNamedKind, similarNames }, { closest }] = await Promise.all([
    import('../models/names.ts'),
    import('./values/suggest.ts'),
  ]);
  if (!isNamedKind(kind) || typeof name !== 'string') return error;
  // What went wrong first is what has to be told, whatever becomes of the search.
  const near = await similarNames(db, kind, name, typeof workspace === 'string' ? workspace : undefined).then(
    (names) => closest(name, names).map(quote),
    () => [],
  );
  if (near.length === 0) return error;
  const hint = [`did you mean ${near.join(', ')}?`, error.hint]
    .filter((text) => text !== undefined)
    .join(' ');
  return new NotFoundError(error.message, { hint, details: error.details });
}

function settingsFor({ parsed: { shared }, host }: Invocation): ReturnType<typeof settingsOf> {
  const milliseconds = (text: string | undefined, option: string): number | undefined =>
    text === undefined ? undefined : parseDuration(text, { what: `option ${option}` }) * 1000;
  return settingsOf(host, {
    databaseUrl: shared.databaseUrl,
    config: shared.config,
    lockTimeoutMs: milliseconds(shared.lockTimeout, '--lock-timeout'),
    statementTimeoutMs: milliseconds(shared.statementTimeout, '--statement-timeout'),
  });
}

/** Opens the transaction the command asks for, runs it, and prints what it gives. */
async function withDatabase(invocation: Invocation, context: Context, onCommit: () => void): Promise<void> {
  const { command, parsed, host } = invocation;
  if (command.database === 'raw') {
    await present(invocation, context, await runCommand(invocation, context));
    return;
  }
  const { levelGuard, requireLevel } = await import('../db/level.ts');
  if (command.database === 'batches') {
    await requireLevel(context.db);
    await present(invocation, context, await runCommand(invocation, context));
    return;
  }
  const { transaction } = await import('../db/transaction.ts');
  if (command.database === 'read') {
    // One snapshot; what is printed streams from it, so printing belongs inside.
    await transaction(
      context.db,
      async (db) => {
        const inside = { ...context, db };
        await present(invocation, inside, await read(invocation, inside));
      },
      { isolation: 'repeatable read', readOnly: true, guard: levelGuard },
    );
    return;
  }

  const { output } = command;
  const isDryRun = isDry(invocation);
  const answer = await lookAndAsk(invocation, context);
  const secret =
    output.kind === 'secret'
      ? delivery(host, output.name, fileOf(parsed.input['output']), parsed.input['force'] === true)
      : undefined;
  let result: unknown;
  try {
    result = await transaction(
      context.db,
      async (db) => {
        await requireLevel(db);
        const inside = { ...context, db };
        const value = await runCommand(invocation, inside, answer);
        if (secret !== undefined) await secret.write(await secretText(invocation, inside, value));
        return value;
      },
      { dryRun: isDryRun, onCommit },
    );
  } catch (error) {
    throw secret === undefined ? error : secret.takeBack(error);
  }
  if (!isDryRun) secret?.keep();
  const follow = async (): Promise<void> => {
    if (!isDryRun) await command.after?.(context, parsed.input as never, result);
  };
  try {
    await present(invocation, context, result);
  } catch (error) {
    // The change is committed: what belongs to it is done also when nobody reads of it.
    if (error instanceof OutputError) await follow();
    throw error;
  }
  await follow();
}

/** Under a name of the original a list filtered by what does not exist is empty. Source: cli.md 7.3. */
async function read(invocation: Invocation, context: Context): Promise<unknown> {
  const { alias, command } = invocation;
  try {
    return await runCommand(invocation, context);
  } catch (error) {
    if (alias === undefined || command.output.kind !== 'list' || !(error instanceof NotFoundError))
      throw error;
    return (await import('../db/listing.ts')).noRecords;
  }
}

/** What a command wants to know before its transaction opens: no question is put while rows are locked. */
async function lookAndAsk({ command, parsed }: Invocation, context: Context): Promise<unknown> {
  const { look, ask } = command;
  let seen: unknown;
  if (look !== undefined) {
    const [{ requireLevel }, { inSnapshot }] = await Promise.all([
      import('../db/level.ts'),
      import('./snapshot.ts'),
    ]);
    seen = await inSnapshot(context.db, async (db) => {
      await requireLevel(db);
      return look.call(command, { ...context, db }, parsed.input as never);
    });
  }
  return ask === undefined ? seen : ask.call(command, context, parsed.input as never, seen);
}

/** As everywhere, `-` is no file: here it is standard output. */
const fileOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '-' ? value : undefined;

function runCommand({ command, parsed }: Invocation, context: Context, answer?: unknown): Promise<unknown> {
  // `defineCommand` erased the type of the input, which the parser made after the same declaration.
  return command.run(context, parsed.input as never, answer);
}

function contextFor(
  invocation: Invocation,
  settings: Settings,
  setExitCode: (code: number) => void,
): Context {
  const { command, parsed, host, report, alias, now } = invocation;
  const { shared, input, verbose } = parsed;
  if (shared.quiet && verbose > 0) throw new UsageError('--quiet and --verbose exclude each other');
  const output = outputFor(shared, settings, host, now, alias !== undefined, command.formats);
  const verbosity = shared.quiet ? -1 : verbose;
  let isInputRead = false;
  return {
    db: noDatabase,
    settings,
    host,
    now,
    signal: host.signal,
    prompt: promptFor(invocation),
    page: pageOf(input, output),
    output,
    verbosity,
    alias: alias?.name,
    async note(message) {
      if (verbosity > 0 || (verbosity === 0 && host.stderr.isTerminal)) await report.line(message);
    },
    async warn(message) {
      if (verbosity >= 0) await report.line(`warning: ${message}`);
    },
    error: (failure) => report.line(errorLine(failure)),
    async readText(file) {
      const secret = alias?.secrets.get(file);
      if (secret !== undefined) return secret;
      if (file === '-') {
        if (isInputRead) throw new UsageError('standard input (-) can be read only once');
        isInputRead = true;
      }
      return readText(host, file);
    },
    setExitCode,
  };
}

/** Stands for the database until it is open, and in commands that declared that they need none. */
const noDatabase: Db = new Proxy({} as Db, {
  get() {
    throw new AssertionError('the command declared that it needs no database');
  },
});

function pageOf(input: Readonly<Record<string, unknown>>, output: OutputOptions): Page {
  const { limit, offset, order } = input as Partial<Record<keyof Page, never>>;
  return { limit: limit ?? (output.format === 'table' ? tableLimit : undefined), offset, order };
}

/** What is written before the commit: the bare secret, or the record that holds it. */
async function secretText({ command }: Invocation, context: Context, result: unknown): Promise<string> {
  const { output } = command;
  if (output.kind !== 'secret') throw new AssertionError('the command makes no secret');
  if (isMachineFormat(context.output.format)) {
    return collect((sink) => printObject(result as object, output.columns, context.output, sink));
  }
  const secret = output.secret(result);
  return secret === undefined ? '' : `${secret}\n`;
}

async function collect(
  print: (sink: { write(text: string): Promise<void> }) => Promise<void>,
): Promise<string> {
  let text = '';
  await print({
    write(piece) {
      text += piece;
      return Promise.resolve();
    },
  });
  return text;
}
