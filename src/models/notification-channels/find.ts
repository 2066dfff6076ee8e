/** One notification channel. Source: models.md 3.21. */
import { eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { type NotificationChannel, notificationChannels } from '../../schema/notification-channels.ts';
import { nameNotFound } from '../names.ts';

/** The channel of exactly that name, or undefined. */
export async function find(db: Db, name: string): Promise<NotificationChannel | undefined> {
  const [channel] = await db.select().from(notificationChannels).where(eq(notificationChannels.name, name));
  return channel;
}

/** The channel of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<NotificationChannel> {
  const channel = await find(db, name);
  if (channel === undefined) throw nameNotFound('notification-channel', name);
  return channel;
}

/** As find, locked until the end of the transaction. */
export async function lock(tx: Db, name: string): Promise<NotificationChannel | undefined> {
  const [channel] = await tx
    .select()
    .from(notificationChannels)
    .where(eq(notificationChannels.name, name))
    .for('no key update');
  return channel;
}

/** How messages name a channel. */
export function toText({ name }: NotificationChannel): string {
  return name;
}
