/** A role of the database that may do only what it is granted. */
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Privilege, Rights } from '../../src/models/rights.ts';
import type { TestDatabase } from './database.ts';
import { type Place, runExample } from './examples.ts';
import type { Outcome } from './run-command.ts';

export const privileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const satisfies readonly Privilege[];

export interface LimitedRole {
  /** Gives the role exactly these rights in that database. */
  restrict(database: TestDatabase, rights: Rights): Promise<void>;
  /** The database as the role reaches it. */
  of(database: TestDatabase): { readonly url: string };
  remove(database: TestDatabase): Promise<void>;
}

export async function makeLimitedRole({ db }: TestDatabase): Promise<LimitedRole> {
  const name = `limited_${randomBytes(4).toString('hex')}`;
  const role = sql.identifier(name);
  await db.execute(sql`create role ${role} login`);
  return {
    async restrict(database, rights) {
      await database.db.execute(sql`revoke all on all tables in schema public from ${role}`);
      for (const [table, granted] of Object.entries(rights)) {
        await database.db.execute(
          sql`grant ${sql.raw(granted.join(', '))} on ${sql.identifier(table)} to ${role}`,
        );
      }
    },
    of: ({ url, server }) => ({ url: url.replace(`//${server.user}@`, `//${name}@`) }),
    async remove(database) {
      await database.db.execute(sql`drop owned by ${role}`);
      await database.db.execute(sql`drop role ${role}`);
    },
  };
}

/** The table that a command was denied, if it was. */
const deniedIn = ({ stdout, stderr }: Outcome): string | undefined =>
  /permission denied for table (\w+)/.exec(stderr + stdout)?.[1];

/** Every set of privileges, the smaller ones first; `for update` and `on conflict` need several at once. */
const sets: readonly (readonly Privilege[])[] = Array.from({ length: 16 }, (_, bits) =>
  privileges.filter((__, at) => (bits & (1 << at)) !== 0),
).sort((one, other) => one.length - other.length);

/**
 * Finds out what an example needs beyond `known`, by granting what it was denied until it works. What is
 * denied may have done its first half, hence a fresh place each time.
 */
export async function measureRights(
  freshPlace: () => Promise<Place>,
  role: LimitedRole,
  known: Rights,
): Promise<Rights> {
  const deniedWith = async (rights: Rights): Promise<string | undefined> => {
    const place = await freshPlace();
    try {
      await role.restrict(place.database, rights);
      const outcome = await runExample(place, role.of(place.database));
      const denied = deniedIn(outcome);
      if (outcome.exitCode !== 0 && denied === undefined) {
        throw new Error(`${place.words.join(' ')}: ${outcome.exitCode} ${outcome.stderr}`);
      }
      return denied;
    } finally {
      await place.remove();
    }
  };
  let rights = known;
  let table = await deniedWith(rights);
  while (table !== undefined) {
    const denied = table;
    const had = rights[denied] ?? [];
    let helped: Rights | undefined;
    for (const set of sets) {
      if (set.length <= had.length || !had.every((one) => set.includes(one))) continue;
      const tried = withRights(rights, { [denied]: set });
      table = await deniedWith(tried);
      if (table === denied) continue;
      helped = tried;
      break;
    }
    if (helped === undefined) throw new Error(`denied ${denied} whatever is granted`);
    rights = helped;
  }
  return rights;
}

/** The rights of both. */
export function withRights(rights: Rights, more: Rights): Rights {
  const tables = [...new Set([...Object.keys(rights), ...Object.keys(more)])].sort();
  return Object.fromEntries(
    tables.map((table) => [
      table,
      privileges.filter(
        (one) => rights[table]?.includes(one) === true || more[table]?.includes(one) === true,
      ),
    ]),
  );
}
