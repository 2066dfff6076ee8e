/** Removes files that a deletion left without an artifact. Source: cli.md 8.4 (delete-workspace). */
import type { Db } from '../../db/database.ts';
import { DebusineError, InterruptedError } from '../../errors.ts';
import type { StoreSettings } from '../file-backends.ts';
import { attempt, inBatches } from './batch.ts';
import { removeIfUnused, storeBackends } from './unused-files.ts';

/** Files in one transaction; others wait for no more than that. */
const batchSize = 500;

/**
 * Removes those of the files that no artifact names. What cannot be removed stays, for vacuum-storage.
 * @param db not a transaction: bytes must not go before what named them is gone for good
 * @returns why some of them stay
 * @throws InterruptedError
 */
export async function removeLeftFiles(
  db: Db,
  ids: readonly number[],
  settings: StoreSettings,
): Promise<readonly string[]> {
  const problems: string[] = [];
  if (ids.length === 0) return problems;
  try {
    const backends = await storeBackends(db, settings);
    const groups = ids.map((id) => [id]);
    for (const batch of inBatches(groups, batchSize)) {
      await attempt(
        batch,
        async (some) => {
          const { outcomes } = await removeIfUnused(db, backends, some);
          for (const { sha256, problem } of outcomes) {
            if (problem !== undefined) problems.push(`file ${sha256} stays: ${problem}`);
          }
        },
        (some, error) => problems.push(`file ${some.join(', ')} stays: ${error.message}`),
      );
    }
  } catch (error) {
    if (!(error instanceof DebusineError) || error instanceof InterruptedError) throw error;
    problems.push(error.message);
  }
  return problems;
}
