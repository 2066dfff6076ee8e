/** Where messages about work requests go. Source: models.md 3.21; cli.md 8.12. */
import { eq, sql } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import { isMapping, type JsonObject } from '../data/json.ts';
import { nameProblem } from '../data/names.ts';
import { channelSchemas } from '../data/notification-data.ts';
import { problemLine, problemsOf } from '../data/problems.ts';
import { describe, quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { type Listing, listing, type Page } from '../db/listing.ts';
import { inserted, one } from '../db/rows.ts';
import { transaction } from '../db/transaction.ts';
import { ConflictError, ConstraintError, NotFoundError, ValidationError } from '../errors.ts';
import { type NotificationChannel, notificationChannels } from '../schema/notification-channels.ts';
import { textList } from './lists.ts';
import { needsUpdate, type Outcome, type WhenExisting } from './when-existing.ts';

export type { NotificationChannel } from '../schema/notification-channels.ts';

/** How messages are sent, with the label a person sees. Source: `NotificationChannel.Methods`. */
export const methods = { email: 'Email' } as const;

export type Method = keyof typeof methods;

/** Schemas of the data, by method. Source: `NotificationChannel.data_validators`. */
export const dataValidators = channelSchemas;

/** The label of the channel's method; a method nobody knows is its own label. Source: `get_method_display`. */
export function methodDisplay({ method }: Pick<NotificationChannel, 'method'>): string {
  return isMethod(method) ? methods[method] : method;
}

function isMethod(word: string): word is Method {
  return Object.hasOwn(methods, word);
}

/** What a channel is made of. */
export interface ChannelProperties {
  readonly name: string;
  readonly method: string;
  readonly data: JsonObject;
}

/**
 * Checks that the data fit the method.
 *
 * Source: `NotificationChannel.clean` in the mission document.
 * @throws ValidationError of no single field, with everything that is wrong
 */
export function clean({ method, data }: { readonly method: string; readonly data: unknown }): void {
  const problems = dataProblems(method, data);
  if (problems.length > 0) throw new ValidationError({ __all__: problems });
}

function dataProblems(method: string, data: unknown): readonly string[] {
  if (!isMapping(data)) return [`data: must be a mapping, not ${describe(data)}`];
  const schema = dataValidators.get(method);
  if (schema === undefined) return [`data: there are no rules for the method ${quote(method)}`];
  return problemsOf(schema(), data).map((problem) => `data: ${problemLine(problem)}`);
}

/** Everything that is wrong with a channel but for the uniqueness of its name. */
function check({ name, method, data }: ChannelProperties): void {
  const problems: Record<string, readonly string[]> = {};
  const problem = nameProblem('channel', name);
  if (problem !== undefined) problems['name'] = [problem.message];
  if (isMethod(method)) {
    const inData = dataProblems(method, data);
    if (inData.length > 0) problems['__all__'] = inData;
  } else {
    problems['method'] = [`method ${quote(method)} is not one of ${Object.keys(methods).join(', ')}`];
  }
  if (Object.keys(problems).length > 0) throw new ValidationError(problems);
}

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

/** Says that there is no channel of that name. */
function channelNotFound(name: string): NotFoundError {
  return new NotFoundError(`notification channel ${quote(name)} not found`, {
    hint: 'see debusine-admin list-notification-channels',
    details: { kind: 'notification-channel', name },
  });
}

/** The channel of exactly that name, or undefined. */
export async function find(db: Db, name: string): Promise<NotificationChannel | undefined> {
  const [channel] = await db.select().from(notificationChannels).where(eq(notificationChannels.name, name));
  return channel;
}

/** The channel of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<NotificationChannel> {
  const channel = await find(db, name);
  if (channel === undefined) throw channelNotFound(name);
  return channel;
}

async function lock(tx: Db, name: string): Promise<NotificationChannel | undefined> {
  const [channel] = await tx
    .select()
    .from(notificationChannels)
    .where(eq(notificationChannels.name, name))
    .for('no key update');
  return channel;
}

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
    if (before === undefined) throw channelNotFound(name);
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
  change: (data: JsonObject) => JsonObject,
): Promise<ChangedChannel> {
  return transaction(db, async (tx) => {
    // Two changes of one channel at once: the later one starts from what the earlier one wrote.
    const before = await lock(tx, name);
    if (before === undefined) throw channelNotFound(name);
    const data = change(before.data);
    check({ ...before, data });
    if (isDeepStrictEqual(data, before.data))
      return { channel: before, changed: false, namedByUnfinished: 0 };
    return { channel: await save(tx, { ...before, data }), changed: true, namedByUnfinished: 0 };
  });
}

/** A channel as lists show it. */
export interface ChannelSummary {
  readonly id: Id<'NotificationChannel'>;
  readonly name: string;
  readonly method: string;
  readonly data: JsonObject;
}

/** All that is given must hold; of several methods any will do. */
export interface ChannelFilter {
  readonly methods?: readonly string[] | undefined;
  /** Pattern of SQL's LIKE for the name. */
  readonly nameLike?: string | undefined;
}

/** Channels by name. One query, whatever their number. */
export function list(db: Db, filter: ChannelFilter = {}, page: Page = {}): Listing<ChannelSummary> {
  return listing(
    db,
    {
      select: sql`c.id, c.name, c.method, c.data`,
      from: sql`db_notificationchannel c`,
      where: [
        filter.methods === undefined ? undefined : sql`c.method in ${textList(filter.methods)}`,
        filter.nameLike === undefined ? undefined : sql`c.name like ${filter.nameLike}::text`,
      ].filter((condition) => condition !== undefined),
      orderKeys: { id: sql`c.id`, name: sql`c.name`, method: sql`c.method` },
      defaultOrder: ['name'],
      tieBreaker: sql`c.id`,
    },
    page,
  );
}

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
    if (missing !== undefined && !ifExists) throw channelNotFound(missing);
    const naming = await unfinishedNaming(tx, wanted);
    return wanted.map((name) => ({
      name,
      deleted: gone.has(name),
      named_by_unfinished_work_requests: naming.get(name) ?? 0,
    }));
  });
}

/**
 * How many work requests that are pending, running or blocked name each of these channels in their event reactions;
 * with one statement. Names that none of them has are left out.
 */
export async function unfinishedNaming(
  db: Db,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ name: string; count: number }>(sql`
    select named.channel as name, count(distinct r.id)::int as count
    from db_workrequest r
    cross join lateral (
      select reaction ->> 'channel' as channel
      from jsonb_path_query(r.event_reactions, '$.*[*] ? (@.action == "send-notification")') reaction
    ) named
    where r.status in ('pending', 'running', 'blocked') and named.channel in ${textList(names)}
    group by 1`);
  return new Map(rows.map(({ name, count }) => [name, count]));
}

/** How messages name a channel. */
export function toText({ name }: NotificationChannel): string {
  return name;
}
