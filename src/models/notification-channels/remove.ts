/** Deleting notification channels. Source: models.md 2.4, cli.md 8.12. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { notificationChannels } from '../../schema/notification-channels.ts';
import { textList } from '../lists.ts';
import { nameNotFound } from '../names.ts';
import { unfinishedNaming } from './unfinished.ts';

/** What deleting did to a channel. */
export interface RemovedChannel {
  readonly name: string;
  /** False when there was none, and that is accepted. */
  readonly deleted: boolean;
  /** Unfinished work requests whose event reactions name it; they will not find it. */
  readonly named_by_unfinished_work_requests: number;
}

/**
 * Deletes channels, all or none. Nothing refers to one but names in event reactions.
 * @returns one entry for each name, in the order given
 * @throws NotFoundError for the first that does not exist, unless `ifExists`; nothing is deleted then
 */
export function remove(
  db: Db,
  names: readonly string[],
  { ifExists = false }: { readonly ifExists?: boolean } = {},
): Promise<readonly RemovedChannel[]> {
  return transaction(db, async (tx) => {
    const rows = await tx
      .delete(notificationChannels)
      .where(sql`${notificationChannels.name} in ${textList(names)}`)
      .returning({ name: notificationChannels.name });
    const gone = new Set(rows.map(({ name }) => name));
    const wanted = [...new Set(names)];
    const missing = wanted.find((name) => !gone.has(name));
    if (missing !== undefined && !ifExists) throw nameNotFound('notification-channel', missing);
    const naming = await unfinishedNaming(tx, wanted);
    return wanted.map((name) => ({
      name,
      deleted: gone.has(name),
      named_by_unfinished_work_requests: naming.get(name) ?? 0,
    }));
  });
}
