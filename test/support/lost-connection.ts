/** Runs commands while something happens to their connection, and checks that they end well. */
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { TestDatabase } from './database.ts';
import { damages, type Plan, startProxy } from './proxy.ts';
import { type Outcome, runCommand } from './run-command.ts';

/** A command line that changes something of its own, or nothing. */
export interface Work {
  readonly words: readonly string[];
  /** Whether the change is there; absent for commands that may be stopped half-way or change nothing. */
  readonly isDone?: (database: TestDatabase) => Promise<boolean>;
}

let serial = 0;

const oneRow =
  (query: ReturnType<typeof sql>) =>
  async ({ db }: TestDatabase): Promise<boolean> =>
    (await db.execute(query)).length === 1;

/** The commands, by name; each call gives a command line that nobody else uses. The user alice must exist. */
export const works: Readonly<Record<string, () => Work>> = {
  'list-workers': () => ({ words: ['list-workers', '--json'] }),
  'database info': () => ({ words: ['database', 'info', '--json'] }),
  'expire-artifacts': () => ({ words: ['expire-artifacts'] }),
  'create-workspace': () => {
    const name = `w${(serial += 1)}`;
    return {
      words: ['create-workspace', name],
      isDone: oneRow(sql`select from db_workspace where name = ${name}`),
    };
  },
  'create-token': () => {
    const comment = `t${(serial += 1)}`;
    return {
      words: ['create-token', 'alice', '--comment', comment],
      isDone: oneRow(sql`select from db_token where comment = ${comment}`),
    };
  },
};

/** The words with which the tool admits that it does not know. */
const admission = /may have been made or not/;

/**
 * Runs the work with a damaged connection. It must end with 0 and the change, or with 5 or 6, one line and no change.
 * A changed byte may as well make another valid message, such as a refusal, so that 3 and 1 are fine then.
 */
export async function expectGoodEnd(database: TestDatabase, work: Work, plan: Plan): Promise<Outcome> {
  const proxy = await startProxy(database, plan);
  const isGarbled = plan.damage.startsWith('garble');
  try {
    const outcome = await runCommand({ url: `${proxy.url}&connect_timeout=2` }, work.words, {
      env: { DEBUSINE_ADMIN_STATEMENT_TIMEOUT: '500ms' },
    });
    const { exitCode, stderr } = outcome;
    const where = `${work.words.join(' ')} with ${JSON.stringify(plan)}: ${exitCode} ${stderr}`;
    expect(isGarbled ? [0, 1, 3, 5, 6] : [0, 5, 6], where).toContain(exitCode);
    expect(stderr, where).toMatch(exitCode === 0 ? /^$/ : /^(error: |\{"error").+\n$/);
    if (!isGarbled) expect(stderr, where).not.toMatch(/TypeError|undefined/);
    if (work.isDone !== undefined && !isGarbled && !admission.test(stderr)) {
      expect(await work.isDone(database), where).toBe(exitCode === 0);
    }
    return outcome;
  } finally {
    await proxy.close();
  }
}

/** Every damage at every message that the work exchanges with the server, in both directions. */
export async function damageCases(database: TestDatabase, work: () => Work): Promise<readonly Plan[]> {
  const proxy = await startProxy(database);
  expect(await runCommand(proxy, work().words)).toMatchObject({ exitCode: 0, stderr: '' });
  await proxy.close();
  return (['client', 'server'] as const).flatMap((direction) =>
    Array.from({ length: proxy.messages(direction) }, (_, at) =>
      damages.map((damage) => ({ direction, message: at + 1, damage })),
    ).flat(),
  );
}

/** Calls `run` for each case, many at a time: most of them wait. */
export async function atOnce<T>(
  cases: readonly T[],
  run: (one: T) => Promise<unknown>,
  most = 64,
): Promise<void> {
  const left = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
