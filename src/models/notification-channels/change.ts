/** Changing notification channels. Source: cli.md 8.12 (manage-notification-channel). */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../data/json.ts';
import { quote } from '../../data/quote.ts';
import type { Db } from '../../db/database.ts';
import { transaction } from '../../db/transaction.ts';
import { ConflictError, ConstraintError } from '../../errors.ts';
import type { NotificationChannel } from '../../schema/notification-channels.ts';
import { nameNotFound } from '../names.ts';
import { find, lock } from './find.ts';
import { check } from './rules.ts';
import { save } from './save.ts';
import { unfinishedNaming } from './unfinished.ts';

export interface ChangedChannel {
  readonly channel: NotificationChannel;
  readonly changed: boolean;
  /** Unfinished work requests whose event reactions name the channel as it was called before a new name; else 0. */
  readonly namedByUnfinished: number;
}

/**
 * Gives a channel another name. Event reactions name channels by their name: those that still name the old one will
 * not find it.
 * @throws NotFoundError when there is no such channel
 * @throws ValidationError for a name that is refused
 * @throws ConflictError when the name is taken
 */
export function rename(db: Db, name: string, newName: string): Promise<ChangedChannel> {
  return transaction(db, async (tx) => {
    // Two changes of one channel at once: the later one starts from what the earlier one wrote.
    const before = await lock(tx, name);
    if (before === undefined) throw nameNotFound('notification-channel', name);
    check({ ...before, name: newName });
    if (newName === name) return { channel: before, changed: false, namedByUnfinished: 0 };
    const taken = (cause?: unknown): ConflictError =>
      new ConflictError(`notification channel ${quote(newName)} exists already`, {
        details: { kind: 'notification-channel', name: newName },
        cause,
      });
    if ((await find(tx, newName)) !== undefined) throw taken();
    const namedByUnfinished = (await unfinishedNaming(tx, [name])).get(name) ?? 0;
    try {
      return { channel: await save(tx, { ...before, name: newName }), changed: true, namedByUnfinished };
    } catch (error) {
      // Somebody took the name since we looked.
      throw error instanceof ConstraintError ? taken(error) : error;
    }
  });
}

/**
 * Replaces a channel's data.
 * @param change makes the new data of the old
 * @throws NotFoundError when there is no such channel
 * @throws ValidationError for data that do not fit the method
 */
export function changeData(
  db: Db,
  name: string,
  change: (data: JsonObject) => JsonObject | Promise<JsonObject>,
): Promise<ChangedChannel> {
  return transaction(db, async (tx) => {
    // Two changes of one channel at once: the later one starts from what the earlier one wrote.
    const before = await lock(tx, name);
    if (before === undefined) throw nameNotFound('notification-channel', name);
    const data = await change(before.data);
    check({ ...before, data });
    if (isDeepStrictEqual(data, before.data))
      return { channel: before, changed: false, namedByUnfinished: 0 };
    return { channel: await save(tx, { ...before, data }), changed: true, namedByUnfinished: 0 };
  });
}
