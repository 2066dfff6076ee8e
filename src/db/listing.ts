/** Lists that may be long: the server makes the JSON, a cursor brings it in batches, memory stays flat. */
import { type SQL, sql } from 'drizzle-orm';
import { UsageError } from '../errors.ts';
import type { Db } from './database.ts';
import { stream } from './stream.ts';
import { hasOneSnapshot } from './transaction.ts';

/** Which part of a list, in which order. */
export interface Page {
  /** At most so many records; 0 or absent means all. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** Order keys, each optionally with a leading `-` for descending. Absent: the list's own order. */
  readonly order?: readonly string[] | undefined;
}

export interface ListQuery {
  /** `expression as key` for each key of a record, in the order of the record's keys. */
  readonly select: SQL;
  readonly from: SQL;
  /** All must hold. */
  readonly where: readonly SQL[];
  /** What a list can be ordered by. */
  readonly orderKeys: Readonly<Record<string, OrderKey>>;
  /** Order keys when none is asked for. */
  readonly defaultOrder: readonly string[];
  /** A unique expression, always the last key, so that the order is total. */
  readonly tieBreaker: SQL;
  /**
   * For lists that may be long. A page of one is found by `where` and the order alone, in those tables of `from` that
   * they speak of; only then are its records read in full. Otherwise the server would make up all the records that
   * match, in order to sort them, for the few that are asked for.
   */
  readonly pages?: {
    /** What the record is found again by: a primary key. */
    readonly key: SQL;
    readonly from: SQL;
    /**
     * What the list is ordered by, descending, unless another order is asked for; it mostly rises with the key. It is
     * never null. The newest records are then found without sorting the others, of which there is no index.
     */
    readonly risesWithKey?: SQL;
  };
}

/** An expression that is null for some records, or one that never is, for whose order an index can serve both ways. */
export type OrderKey = SQL | { readonly neverNull: SQL };

/** Records of a list, fetched as they are consumed. */
export interface Listing<Row> extends AsyncIterable<readonly Row[]> {
  /** The records as JSON texts, as the server made them. */
  json(): AsyncIterable<readonly string[]>;
  /** How many records match, whatever the page. */
  count(): Promise<number>;
}

/** In longer pages finding each record again costs more than it saves. */
const longestPage = 10_000;

/** How many records of a longer list are read before the server sorts the rest of them. */
const firstRecords = 500;

/**
 * The records of a query. A record is what the server's `row_to_json` makes of the selected columns: ids and
 * counts are numbers; instants must be selected through `instant()`.
 *
 * @throws UsageError for an unknown order key, naming the known ones
 */
export function listing<Row>(db: Db, query: ListQuery, page: Page = {}): Listing<Row> {
  const where = query.where.length === 0 ? sql`` : sql`where ${sql.join([...query.where], sql` and `)}`;
  const order = sql`order by ${orderBy(query, page.order)}`;
  const { pages } = query;
  const [limit, offset] = [page.limit === 0 ? undefined : page.limit, page.offset ?? 0];

  const statement = (rows: SQL): SQL => sql`select row_to_json(q)::text as record from (
    select ${query.select} from ${query.from} ${rows}
  ) q`;
  const part = (from: number, count: number | undefined): SQL => {
    const limited = count === undefined ? sql`` : sql`limit ${count}::bigint`;
    return from === 0 ? limited : sql`${limited} offset ${from}::bigint`;
  };
  /** The condition that only the first `end` records meet, or their equals, where that can be told beforehand. */
  const narrowed = (end: number): SQL =>
    pages?.risesWithKey !== undefined && query.where.length === 0 && page.order === undefined
      ? sql`where ${pages.risesWithKey} >= (
          select min(newest.rising) from (
            select ${pages.risesWithKey} as rising from ${pages.from} order by ${pages.key} desc
            limit ${end}::bigint
          ) newest)`
      : where;
  const whole = (from: number, count: number | undefined): SQL =>
    statement(sql`${count === undefined ? where : narrowed(from + count)} ${order} ${part(from, count)}`);
  const foundByKey = (table: NonNullable<typeof pages>, from: number, count: number): SQL =>
    statement(sql`where ${table.key} = any (array(
        select ${table.key} from ${table.from} ${narrowed(from + count)} ${order} ${part(from, count)}))
      ${order}`);

  /** What to ask the server for, one after the other. */
  function statements(): readonly SQL[] {
    if (pages === undefined) return [whole(offset, limit)];
    if (limit !== undefined && limit <= longestPage) return [foundByKey(pages, offset, limit)];
    // Nobody waits for the order of a million records in order to see the first. Not where rows may come and go in
    // between.
    if (offset > 0 || pages.risesWithKey === undefined || !hasOneSnapshot(db)) return [whole(offset, limit)];
    const rest = limit === undefined ? undefined : limit - firstRecords;
    return [foundByKey(pages, 0, firstRecords), whole(firstRecords, rest)];
  }

  async function* json(): AsyncGenerator<readonly string[]> {
    const parts = statements();
    for (const [turn, text] of parts.entries()) {
      let count = 0;
      for await (const batch of stream<{ record: string }>(db, text)) {
        count += batch.length;
        yield batch.map(({ record }) => record);
      }
      if (turn + 1 < parts.length && count < firstRecords) return;
    }
  }

  return {
    json,
    async *[Symbol.asyncIterator]() {
      for await (const batch of json()) yield batch.map((record) => JSON.parse(record) as Row);
    },
    async count() {
      const [row] = await db.execute<{ count: string }>(
        sql`select count(*) as count from ${pages?.from ?? query.from} ${where}`,
      );
      return Number(row?.count ?? 0);
    },
  };
}

/** The same records with more keys, which follow from the others; the server's texts lack them. */
export function extended<Row extends object, More extends object>(
  rows: Listing<Row>,
  more: (row: Row) => More,
): Listing<Row & More> {
  return {
    ...rows,
    async *[Symbol.asyncIterator]() {
      for await (const batch of rows) yield batch.map((row) => ({ ...row, ...more(row) }));
    },
  };
}

/** A listing without records. */
export const noRecords: Listing<never> = {
  async *json() {},
  async *[Symbol.asyncIterator]() {},
  count: () => Promise.resolve(0),
};

/** All records of a listing at once; for lists known to be short. */
export async function all<Row>(rows: Listing<Row>): Promise<Row[]> {
  const collected: Row[] = [];
  for await (const batch of rows) collected.push(...batch);
  return collected;
}

function orderBy(query: ListQuery, asked: readonly string[] | undefined): SQL {
  const keys = (asked ?? query.defaultOrder).map((word) => {
    const descending = word.startsWith('-');
    const key = descending ? word.slice(1) : word;
    const expression = Object.hasOwn(query.orderKeys, key) ? query.orderKeys[key] : undefined;
    if (expression === undefined) {
      throw new UsageError(`cannot order by "${key}"`, {
        hint: `known keys: ${Object.keys(query.orderKeys).join(', ')}`,
      });
    }
    if (!('neverNull' in expression))
      return descending ? sql`${expression} desc nulls last` : sql`${expression} asc`;
    return descending ? sql`${expression.neverNull} desc` : sql`${expression.neverNull} asc`;
  });
  return sql.join([...keys, query.tieBreaker], sql`, `);
}

/** An instant in a record: UTC, six fractional digits, `Z`; null stays null. */
export function instant(expression: SQL | SQL.Aliased): SQL {
  return sql`to_char((${expression}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** An interval in a record, as seconds with fraction; a day counts 24 hours. */
export function seconds(expression: SQL): SQL {
  return sql`extract(epoch from ${expression})`;
}
