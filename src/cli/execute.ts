/** Runs a parsed command: settings, database, transaction, output. */
import { loadSettings, type Settings } from '../config/settings.ts';
import type { Db } from '../db/database.ts';
import type { Page } from '../db/listing.ts';
import { type Column } from '../output/columns.ts';
import { isMachineFormat, type OutputOptions } from '../output/options.ts';
import { AssertionError } from '../errors.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Alias } from './aliases.ts';
import type { CatalogEntry } from './catalog.ts';
import type { Command } from './command.ts';
import type { Context, Host } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { outputFor } from './output-options.ts';
import type { Parsed } from './parse.ts';
import { printList, printResult } from './print.ts';
import { createPrompt } from './prompts.ts';
import { readText } from './read-text.ts';
import type { Report } from './run.ts';
import { openSession, type Session } from './session.ts';
import { deliverSecret } from './secrets.ts';

export interface Invocation {
  readonly entry: CatalogEntry;
  readonly command: Command;
  readonly parsed: Parsed;
  readonly host: Host;
  readonly report: Report;
  readonly alias: Alias | undefined;
  readonly now: Timestamp;
}

/** @returns the exit status of a run that did not fail as a whole */
export async function execute(invocation: Invocation): Promise<number> {
  const { command, parsed, host, report, entry } = invocation;
  const { shared } = parsed;
  const settings = await loadSettings({
    env: host.env,
    options: {
      ...(shared.databaseUrl === undefined ? {} : { databaseUrl: shared.databaseUrl }),
      ...(shared.config === undefined ? {} : { config: shared.config }),
      ...(shared.lockTimeout === undefined ? {} : { lockTimeout: shared.lockTimeout }),
      ...(shared.statementTimeout === undefined ? {} : { statementTimeout: shared.statementTimeout }),
    },
    ...(host.uid === undefined ? {} : { uid: host.uid }),
  });
  const output = outputFor(invocation, settings);
  const context = contextFor(invocation, settings, output);
  if (command.database === 'none') return finish(invocation, context, (db) => runCommand(invocation, db));

  const session = await openSession(settings, host, {
    applicationName: `debusine-admin ${entry.name}`,
    mayInit: context.prompt.mayAsk,
    onQuery: report.debug ? (await import('./debug.ts')).queryLogger(host) : undefined,
    note: context.note,
  });
  // A signal ends what is running at the server: without its connection the transaction is rolled back.
  const onAbort = (): void => void session.close();
  if (command.database !== 'batches' && command.database !== 'raw') host.signal.addEventListener('abort', onAbort);
  try {
    return await withDatabase(invocation, { ...context, db: session.db }, session);
  } finally {
    host.signal.removeEventListener('abort', onAbort);
    await session.close();
  }
}

async function withDatabase(invocation: Invocation, context: Context, session: Session): Promise<number> {
  const { command, parsed } = invocation;
  const { requireLevel } = await import('../db/level.ts');
  const { transaction } = await import('../db/transaction.ts');
  if (command.database === 'raw') return finish(invocation, context, runCommand(invocation));
}
