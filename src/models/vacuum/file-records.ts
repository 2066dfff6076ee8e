/** Step 2 of cli.md 8.9: records of files that no artifact uses, whose bytes are old or gone. */
import { storePath } from '../../data/local-store-paths.ts';
import { DebusineError, LockTimeoutError } from '../../errors.ts';
import { fileAt } from '../../storage/entries.ts';
import {
  type FileBatch,
  planUnusedFiles,
  removeUnusedFiles,
  type UnusedFile,
  unusedFiles,
} from '../expiry/unused-files.ts';
import type { VacuumEvent } from './events.ts';
import { deletion, failure, type Job, lookSize, removeSize, type Step } from './job.ts';

/**
 * Deletes them as expiry does, under the same locks. What a store has that cannot be looked at stays, and when stores
 * were selected also what any other store has.
 */
export async function* unusedFileRecords(job: Job): Step {
  let freed = new Map<string, number>();
  const mayGo = async (file: UnusedFile): Promise<boolean> => {
    const bytes = await oldBytes(job, file);
    // Asked again, when a batch is done again, the bytes may be gone already.
    if (bytes !== undefined) freed.set(nameOf(file), Math.max(bytes, freed.get(nameOf(file)) ?? 0));
    return bytes !== undefined;
  };
  const told = (file: Pick<UnusedFile, 'sha256' | 'size'>, stores: readonly string[]): VacuumEvent =>
    deletion(job, {
      kind: 'file_record',
      store: stores.length === 1 ? (stores[0] ?? null) : null,
      path: storePath(file.sha256, file.size),
      size: freed.get(nameOf(file)) ?? 0,
    });
  // A batch that fails is done again one file at a time, so that only the culprit stays.
  let singles = 0;
  for (let from: number | undefined = 0; from !== undefined && job.mayGoOn(); freed = new Map()) {
    const after: number = from;
    const events: VacuumEvent[] = [];
    if (job.dryRun) {
      const plan = await planUnusedFiles(job.db, job.places.backends, { after, limit: lookSize, mayGo });
      events.push(
        ...plan.files.map((file) =>
          told(
            file,
            file.stores.map(({ store }) => store.name),
          ),
        ),
      );
      from = plan.next;
    } else {
      const limit = singles > 0 ? 1 : removeSize;
      try {
        const batch: FileBatch = await removeUnusedFiles(job.db, job.places.backends, {
          after,
          limit,
          mayGo,
        });
        for (const outcome of batch.outcomes) {
          if (outcome.problem === undefined) events.push(told(outcome, outcome.stores));
          else events.push({ event: 'error', message: `file ${nameOf(outcome)} stays: ${outcome.problem}` });
        }
        from = batch.next;
        singles = Math.max(0, singles - 1);
      } catch (error) {
        const event = failure(error);
        if (singles === 0) singles = removeSize;
        else {
          // Whoever keeps it locked is about to name it.
          if (!(error instanceof LockTimeoutError)) events.push(event);
          from = (await unusedFiles(job.db, after, 1))[0];
          singles -= 1;
        }
      }
    }
    yield events;
  }
}

const nameOf = ({ sha256, size }: Pick<UnusedFile, 'sha256' | 'size'>): string => `${sha256}-${size}`;

/** How many bytes the file takes on the disk; undefined when it has to stay. */
async function oldBytes(job: Job, { sha256, size, stores }: UnusedFile): Promise<number | undefined> {
  if (job.selected !== undefined) {
    const { selected } = job;
    if (stores.length === 0 || !stores.every(({ store }) => selected.has(store.name))) return undefined;
  }
  let bytes = 0;
  for (const { store } of stores) {
    const place = job.places.byStore.get(store.id);
    if (place === undefined) return undefined;
    try {
      const facts = await fileAt(place.directory, storePath(sha256, size));
      if (facts !== undefined && facts.changedAt >= job.before) return undefined;
      bytes += facts?.size ?? 0;
    } catch (error) {
      // A digest that is none, or a place that cannot be looked at: nothing is known of the bytes.
      if (error instanceof DebusineError) return undefined;
      throw error;
    }
  }
  return bytes;
}
