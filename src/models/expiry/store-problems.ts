/** Stores and files whose bytes cannot be removed, as a person wants to be told of them. */
import { sql } from 'drizzle-orm';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { StorageError } from '../../errors.ts';
import { baseDirectory } from '../../storage/directories.ts';
import type { Backend } from '../file-backends.ts';
import { chosenArtifacts } from './plan.ts';
import type { Broken, FileOutcome } from './unused-files.ts';

/**
 * What is wrong with stores that have files which are going to be removed; one line for each.
 * @param tx the one that `planning` gives
 */
export async function unusableStores(
  tx: Db,
  backends: ReadonlyMap<number, Backend | Broken>,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [id, backend] of backends) {
    const problem = await problemOf(backend);
    if (problem === undefined) continue;
    const [row] = await tx.execute<{ concerned: boolean }>(sql`
      select exists (
        select 1 from db_fileinstore s join db_fileinartifact p on p.file_id = s.file_id
        join ${chosenArtifacts} g on g.id = p.artifact_id where s.store_id = ${id}::bigint
      ) or exists (
        select 1 from db_fileinstore s where s.store_id = ${id}::bigint
          and not exists (select 1 from db_fileinartifact p where p.file_id = s.file_id)
      ) as concerned`);
    if (row?.concerned === true) {
      lines.push(`file store ${quote(backend.store.name)} cannot be used, its files will stay: ${problem}`);
    }
  }
  return lines;
}

async function problemOf(backend: Backend | Broken): Promise<string | undefined> {
  if (backend.kind === 'broken') return backend.problem;
  if (backend.kind !== 'Local') return undefined;
  try {
    await baseDirectory(backend.baseDirectory);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    throw error;
  }
}

/** How many different problems are told of; a store that is full of them must not fill the report. */
const mostLines = 50;

/** Collects what could not be removed: the same problem of a store is told of once. */
export class FileProblems {
  readonly #groups = new Map<string, { readonly first: FileOutcome; count: number }>();
  #untold = 0;
  count = 0;

  add(outcome: FileOutcome): void {
    this.count += 1;
    const key = `${outcome.problemIn ?? ''}\n${outcome.problem ?? ''}`;
    const group = this.#groups.get(key);
    if (group !== undefined) group.count += 1;
    else if (this.#groups.size < mostLines) this.#groups.set(key, { first: outcome, count: 1 });
    else this.#untold += 1;
  }

  lines(): readonly string[] {
    const lines = [...this.#groups.values()].map(({ first, count }) => {
      const { sha256, size, problem = '', problemIn = '' } = first;
      const what = count === 1 ? `file ${sha256.slice(0, 12)} (${size} bytes) stays` : `${count} files stay`;
      return `file store ${quote(problemIn)}: ${what}: ${problem}`;
    });
    if (this.#untold > 0) lines.push(`${this.#untold} more files stay for other reasons`);
    return lines;
  }
}
