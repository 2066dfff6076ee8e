/** Workers on the command line: by name, by number with --id, or by the key of their token. Source: cli.md 7.1, 8.3. */
import { NotFoundError, UsageError } from '../errors.ts';
import type { Id } from '../db/ids.ts';
import type { Worker } from '../models/workers.ts';
import { argument, flag } from './command.ts';
import type { Context } from './context.ts';
import { readKey } from './secret-files.ts';
import { idOf } from './values/integer.ts';

export const workerArgument = argument('WORKER', 'name of a worker', { completes: 'worker' });

export const byIdOption = flag('--id', 'WORKER is the number of a worker, not its name');

/**
 * The worker of that name or number.
 * @throws NotFoundError
 * @throws UsageError for a key, which is not repeated
 */
export async function findWorker(context: Context, word: string, byId: boolean): Promise<Worker> {
  const [worker] = await findWorkers(context, [word], byId);
  if (worker === undefined) throw new NotFoundError('no worker is named');
  return worker;
}

/** As findWorker, for several; each once, in the order given. */
export async function findWorkers(
  { db, now }: Context,
  words: readonly string[],
  byId: boolean,
): Promise<readonly Worker[]> {
  const workers = await import('../models/workers.ts');
  const different = [...new Set(words)];
  if (byId) {
    const parse = idOf<'Worker'>();
    const ids: readonly Id<'Worker'>[] = different.map((word) =>
      parse(word, { what: 'WORKER', now, position: 0 }),
    );
    return Promise.all(ids.map((id) => workers.get(db, id)));
  }
  if (different.some((word) => /^[0-9a-f]{64}$/i.test(word))) {
    throw new UsageError('WORKER is a key, not a name', {
      hint: 'every user of the machine sees arguments; use --token-file',
    });
  }
  return workers.getByNames(db, different);
}

/** The worker whose token has the key in the file. @throws NotFoundError */
export async function findWorkerByKey(context: Context, file: string): Promise<Worker> {
  const workers = await import('../models/workers.ts');
  const worker = await workers.getWorkerByTokenKeyOrNone(context.db, await readKey(context, file));
  if (worker !== undefined) return worker;
  throw new NotFoundError('no worker has this key', { hint: 'see debusine-admin list-workers' });
}

/**
 * The workers that are named, and the one whose key is given.
 * @throws UsageError when there is neither
 */
export async function selectWorkers(
  context: Context,
  input: {
    readonly workers: readonly string[] | undefined;
    readonly id: boolean;
    readonly tokenFile: string | undefined;
  },
): Promise<readonly Worker[]> {
  const { workers: words = [], id, tokenFile } = input;
  if (words.length === 0 && tokenFile === undefined) {
    throw new UsageError('no worker is named', { hint: 'WORKER, or --token-file' });
  }
  const named = await findWorkers(context, words, id);
  if (tokenFile === undefined) return named;
  const keyed = await findWorkerByKey(context, tokenFile);
  return named.some((worker) => worker.id === keyed.id) ? named : [...named, keyed];
}
