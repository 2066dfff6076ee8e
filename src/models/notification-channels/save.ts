/** Storing notification channels. Source: models.md 3.21, cli.md 8.12 and 7.7. */
import { eq } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { inserted, one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import { ValidationError } from '../../errors.ts';
import { type NotificationChannel, notificationChannels } from '../../schema/notification-channels.ts';
import { needsUpdate, type Outcome, type WhenExisting } from '../when-existing.ts';
import { find, lock } from './find.ts';
import { type ChannelProperties, check } from './rules.ts';

/**
 * Validates a channel and stores it: a new one without `id`, else the one with that id. The data are stored as they
 * are given.
 *
 * Source: `NotificationChannel.save` in the mission document.
 * @throws ValidationError when anything is wrong with it, or another channel has its name; nothing is stored then
 * @throws ConstraintError `db_notificationchannel_name_key` when somebody takes the name at the same moment
 * @throws NotFoundError when there is no channel with that id
 */
export async function save(
  db: Db,
  channel: ChannelProperties & { readonly id?: Id<'NotificationChannel'> | undefined },
): Promise<NotificationChannel> {
  const { id, name, method, data } = channel;
  check(channel);
  return transaction(db, async (tx) => {
    const holder = await find(tx, name);
    if (holder !== undefined && holder.id !== id) {
      throw new ValidationError({ name: [`notification channel ${quote(name)} exists already`] });
    }
    if (id === undefined)
      return inserted(await tx.insert(notificationChannels).values({ name, method, data }).returning());
    const rows = await tx
      .update(notificationChannels)
      .set({ name, method, data })
      .where(eq(notificationChannels.id, id))
      .returning();
    return one(rows, `notification channel ${id} not found`);
  });
}

/**
 * Makes a channel. Two callers at once cannot both make it.
 *
 * Source: cli.md 8.12 and 7.7.
 * @throws ValidationError when anything is wrong with it
 * @throws ConflictError when it exists and that is not accepted
 */
export async function create(
  db: Db,
  given: { readonly name: string; readonly method: string; readonly data?: JsonObject | undefined },
  whenExisting: WhenExisting = 'refuse',
): Promise<Outcome & { readonly channel: NotificationChannel }> {
  const { name, method, data = {} } = given;
  check({ name, method, data });
  return transaction(db, async (tx) => {
    for (;;) {
      // Whoever inserts the name first has made it; everybody else waits here for that commit and then finds it.
      const [created] = await tx
        .insert(notificationChannels)
        .values({ name, method, data })
        .onConflictDoNothing({ target: notificationChannels.name })
        .returning();
      if (created !== undefined) return { channel: created, wasCreated: true, changed: true };
      const existing = await lock(tx, name);
      // It may have been deleted since; then once more.
      if (existing !== undefined) return adopt(tx, existing, given, whenExisting);
    }
  });
}

async function adopt(
  tx: Db,
  existing: NotificationChannel,
  { method, data }: { readonly method: string; readonly data?: JsonObject | undefined },
  whenExisting: WhenExisting,
): Promise<Outcome & { readonly channel: NotificationChannel }> {
  const isDifferent = needsUpdate(
    'notification channel',
    existing.name,
    [
      ['method', method, existing.method],
      ['data', data === undefined ? undefined : isDeepStrictEqual(data, existing.data), true],
    ],
    whenExisting,
  );
  if (!isDifferent) return { channel: existing, wasCreated: false, changed: false };
  const channel = await save(tx, { ...existing, method, data: data ?? existing.data });
  return { channel, wasCreated: false, changed: true };
}
