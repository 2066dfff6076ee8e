/** What will go wrong with an installation, found before it does. Source: cli.md 8.13, `database doctor`. */
import { access, constants } from 'node:fs/promises';
import { sql, type SQL } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { readLevel, refuse } from '../db/level.ts';
import { runLocks } from '../db/run-lock.ts';
import { DebusineError } from '../errors.ts';
import { freeBytes } from '../storage/free-space.ts';
import { checkUsable } from '../storage/store-directories.ts';
import { microsecondsOf, type Timestamp, timestampFromMicroseconds } from '../timestamp.ts';
import { databaseNow, dryRun } from './expiry/index.ts';
import { all as allStores, getBackendObject } from './file-stores.ts';
import { checkSchema } from './schema-check.ts';

export type Severity = 'warning' | 'error';

/** Something that is wrong, and what mends it. */
export interface Finding {
  readonly severity: Severity;
  readonly finding: string;
  readonly hint: string;
}

/** What the checks are told of the world outside the database. */
export interface Surroundings {
  readonly storeDirectory: string;
  readonly uploadDirectory: string;
  readonly defaultWorkspace: string;
  /** Whose rights are looked at; empty: those of all. */
  readonly commands: readonly string[];
  readonly signal: AbortSignal;
  now(): Timestamp;
  elapsedMs(): number;
}

export interface Check {
  readonly name: string;
  /** A phrase for `--list-checks`. */
  readonly description: string;
  /** Whether it reads tables of ours, and so needs the level. */
  readonly needsSchema: boolean;
  find(db: Db, surroundings: Surroundings): Promise<readonly Finding[]>;
}

const error = (finding: string, hint: string): Finding => ({ severity: 'error', finding, hint });
const warning = (finding: string, hint: string): Finding => ({ severity: 'warning', finding, hint });

/** So many names are told of a longer list. */
const most = 5;

/** A check that counts: one finding with the number and the first names. */
function byCount(
  name: string,
  description: string,
  matching: SQL,
  toFinding: (count: number, names: string) => Finding,
): Check {
  return {
    name,
    description,
    needsSchema: true,
    async find(db) {
      const [row] = await db.execute<{ count: string; names: readonly string[] | null }>(sql`
        with found as (${matching})
        select (select count(*) from found) as count,
          (select array_to_json(array_agg(name)) from (select name::text from found order by 1 limit ${most}::int) f) as names`);
      const count = Number(row?.count ?? 0);
      const names = row?.names ?? [];
      const list = (typeof names === 'string' ? (JSON.parse(names) as readonly string[]) : names).map(quote);
      return count === 0 ? [] : [toFinding(count, list.join(', ') + (count > most ? ', …' : ''))];
    },
  };
}

const dayUs = 86_400_000_000n;
const before = (at: Timestamp, days: bigint): Timestamp =>
  timestampFromMicroseconds(microsecondsOf(at) - days * dayUs);

/** The database's clock and ours may differ so much, in microseconds. Source: cli.md 8.13. */
const clockToleranceUs = 60_000_000n;

/** Below this a disk is nearly full, in bytes. */
const littleSpace = 1024 ** 3;

/** All checks, in the order of what depends on what. */
export const checks: readonly Check[] = [
  {
    name: 'server_version',
    description: 'the server is PostgreSQL 15 or later',
    needsSchema: false,
    async find(db) {
      const [row] = await db.execute<{ number: string; text: string }>(sql`
        select current_setting('server_version_num') as number, current_setting('server_version') as text`);
      return Number(row?.number ?? 0) >= 150_000
        ? []
        : [error(`the server is PostgreSQL ${row?.text ?? '?'}`, 'upgrade it to PostgreSQL 15 or later')];
    },
  },
  {
    name: 'read_only',
    description: 'the server can be written to',
    needsSchema: false,
    async find(db) {
      const [row] = await db.execute<{ standby: boolean; readonly: string }>(sql`
        select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as readonly`);
      if (row?.standby === true)
        return [error('the server is a standby and takes no changes', 'connect to the primary server')];
      if (row?.readonly !== 'on') return [];
      return [error('transactions are read-only by default', 'reset default_transaction_read_only')];
    },
  },
  {
    name: 'level',
    description: 'the schema is at the level of this release',
    needsSchema: false,
    async find(db) {
      try {
        refuse(await readLevel(db));
        return [];
      } catch (problem) {
        if (!(problem instanceof DebusineError)) throw problem;
        return [error(problem.message, problem.hint ?? 'debusine-admin database info')];
      }
    },
  },
  {
    name: 'btree_gist',
    description: 'the extension btree_gist is installed',
    needsSchema: false,
    async find(db) {
      const rows = await db.execute(sql`select from pg_extension where extname = 'btree_gist'`);
      return rows.length > 0
        ? []
        : [error('the extension btree_gist is missing', 'as superuser: create extension btree_gist')];
    },
  },
  {
    name: 'schema',
    description: 'tables, columns, constraints and indexes are those of this level',
    needsSchema: true,
    async find(db) {
      const { drift } = await checkSchema(db);
      return drift.length === 0
        ? []
        : [
            error(
              `${drift.length} objects of the schema are missing or different`,
              'debusine-admin database check names them',
            ),
          ];
    },
  },
  {
    name: 'rights',
    description: 'this role may do what the commands need',
    needsSchema: true,
    async find(db, { commands }) {
      const { lackingRights } = await import('./rights.ts');
      const lacking = [...(await lackingRights(db))].filter(
        ([command]) => commands.length === 0 || commands.includes(command),
      );
      const told = lacking
        .slice(0, most)
        .map(([command, missing]) => `${command} (${missing.join(', ')})`)
        .join('; ');
      const hint =
        'as owner of the tables grant what docs/rights.md lists, or ask with --for about fewer commands';
      if (lacking.length === 0) return [];
      const more = lacking.length > most ? `; and ${lacking.length - most} more` : '';
      return [error(`this role lacks rights for ${told}${more}`, hint)];
    },
  },
  {
    name: 'first_rows',
    description: 'the store "Default" and the default workspace are there',
    needsSchema: true,
    async find(db, { defaultWorkspace }) {
      const [row] = await db.execute<{ store: boolean; workspace: boolean }>(sql`
        select exists (select from db_filestore where name = 'Default') as store,
          exists (select from db_workspace where name = ${defaultWorkspace}::text) as workspace`);
      return [
        ...(row?.store === true
          ? []
          : [error('there is no file store "Default"', 'debusine-admin create-file-store Default Local')]),
        ...(row?.workspace === true
          ? []
          : [
              error(
                `the default workspace ${quote(defaultWorkspace)} does not exist`,
                'create it, or correct the setting default_workspace',
              ),
            ]),
      ];
    },
  },
  {
    name: 'file_store_directories',
    description: 'the directory of each local store exists and can be written to',
    needsSchema: true,
    async find(db, { storeDirectory }) {
      const found: Finding[] = [];
      for (const store of await allStores(db)) {
        const mend = `mend it, or debusine-admin delete-file-store ${store.name}`;
        try {
          const backend = getBackendObject(store, { storeDirectory });
          if (backend.kind === 'Local') await checkUsable(backend.baseDirectory);
        } catch (problem) {
          if (!(problem instanceof DebusineError)) throw problem;
          const hint = store.name === 'Default' ? (problem.hint ?? 'debusine-admin database info') : mend;
          found.push(error(`file store ${quote(store.name)}: ${problem.message}`, hint));
        }
      }
      return found;
    },
  },
  {
    name: 'upload_directory',
    description: 'the directory of unfinished uploads exists and can be written to',
    needsSchema: false,
    async find(_, { uploadDirectory }) {
      try {
        await access(uploadDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
        return [];
      } catch {
        return [
          warning(
            `the upload directory ${uploadDirectory} does not exist or cannot be written to`,
            'make it, or correct the setting upload_directory',
          ),
        ];
      }
    },
  },
  {
    name: 'disk_space',
    description: 'the disks of local stores have a gigabyte left',
    needsSchema: true,
    async find(db, { storeDirectory }) {
      const found: Finding[] = [];
      for (const store of await allStores(db)) {
        try {
          const backend = getBackendObject(store, { storeDirectory });
          if (backend.kind !== 'Local') continue;
          const free = await freeBytes(backend.baseDirectory);
          if (free === null || free >= littleSpace) continue;
          found.push(
            warning(
              `the disk of file store ${quote(store.name)} has ${Math.floor(free / 1024 ** 2)} MiB left`,
              'debusine-admin expire-artifacts, or another store: debusine-admin create-file-store',
            ),
          );
        } catch (problem) {
          // A store that cannot be used at all is told by file_store_directories.
          if (!(problem instanceof DebusineError)) throw problem;
        }
      }
      return found;
    },
  },
  {
    name: 'clock',
    description: 'the clocks of this machine and of the server differ by less than a minute',
    needsSchema: false,
    async find(db, { now }) {
      const [early, theirs, late] = [now(), await databaseNow(db), now()].map(microsecondsOf);
      if (early === undefined || theirs === undefined || late === undefined) return [];
      const apart = theirs < early ? early - theirs : theirs > late ? theirs - late : 0n;
      if (apart <= clockToleranceUs) return [];
      return [
        error(
          `the clocks of this machine and of the server are ${apart / 1_000_000n} s apart`,
          'set both by the same time server',
        ),
      ];
    },
  },
  {
    name: 'long_transactions',
    description: 'no transaction has been open for five minutes, which would block expiry',
    needsSchema: false,
    async find(db) {
      const rows = await db.execute<{ pid: number; seconds: string; state: string; name: string }>(sql`
        select pid, floor(extract(epoch from clock_timestamp() - xact_start)) as seconds,
          coalesce(state, '') as state, coalesce(application_name, '') as name
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
          and xact_start < clock_timestamp() - interval '5 minutes'
        order by xact_start`);
      return rows.map(({ pid, seconds, state, name }) =>
        warning(
          `process ${pid} (${name === '' ? 'no name' : name}) has had a transaction open for ${Math.floor(Number(seconds) / 60)} min (${state})`,
          `if nobody misses it: select pg_terminate_backend(${pid})`,
        ),
      );
    },
  },
  {
    name: 'expiry_lock',
    description: 'no run of expire-artifacts has been active for an hour',
    needsSchema: false,
    async find(db) {
      const rows = await db.execute<{ pid: number; seconds: string }>(sql`
        select l.pid, extract(epoch from clock_timestamp() - a.backend_start) as seconds
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and (l.classid::bigint << 32 | l.objid::bigint) = ${runLocks.expiry.number}::bigint
          and l.database = (select oid from pg_database where datname = current_database())
          and a.backend_start < clock_timestamp() - interval '1 hour'`);
      return rows.map(({ pid, seconds }) =>
        warning(
          `expire-artifacts has held its lock (${runLocks.expiry.number}) for ${Math.floor(Number(seconds) / 60)} min`,
          `look whether it works; else: select pg_terminate_backend(${pid})`,
        ),
      );
    },
  },
  byCount(
    'expiration_delays',
    'no workspace has a negative delay, or one of less than a day',
    sql`select name from db_workspace
      where default_expiration_delay < interval '0'
        or (default_expiration_delay > interval '0' and default_expiration_delay < interval '1 day')`,
    (count, names) =>
      warning(
        `${count} workspaces keep artifacts for less than a day: ${names}`,
        'debusine-admin manage-workspace NAME --default-expiration-delay DELAY',
      ),
  ),
  byCount(
    'worker_concurrency',
    'every enabled worker may work on something',
    sql`select w.name from db_worker w left join db_token t on t.id = w.token_id
      where w.concurrency < 1 and (w.internal or t.enabled)`,
    (count, names) =>
      warning(`${count} enabled workers have a concurrency of 0: ${names}`, 'the workers get no work'),
  ),
  byCount(
    'stranded_work_requests',
    'no work request is assigned to a worker that is disabled or away',
    sql`select r.id as name from db_workrequest r join db_worker w on w.id = r.worker_id
        left join db_token t on t.id = w.token_id
      where r.status in ('pending', 'running') and not w.internal
        and (t.enabled is not true or w.connected_at is null)`,
    (count, names) =>
      warning(
        `${count} work requests are assigned to workers that are disabled or away: ${names}`,
        'debusine-admin manage-work-request unassign N, or manage-worker disable NAME',
      ),
  ),
  byCount(
    'old_work_requests',
    'no work request has been waiting for a week',
    sql`select id as name from db_workrequest
      where status = 'pending' and worker_id is null and created_at < clock_timestamp() - interval '7 days'`,
    (count, names) =>
      warning(
        `${count} work requests have been pending for more than 7 days: ${names}`,
        'debusine-admin list-workers --connected shows who could take them',
      ),
  ),
  byCount(
    'tokens_of_inactive_users',
    'no inactive user has a token that works',
    sql`select t.id as name from db_token t join db_user u on u.id = t.user_id where t.enabled and not u.is_active`,
    (count, names) =>
      warning(
        `${count} enabled tokens belong to inactive users: ${names}`,
        'debusine-admin manage-token disable --id N',
      ),
  ),
  byCount(
    'missing_channels',
    'event reactions of unfinished work requests name channels that exist',
    sql`select distinct n.channel #>> '{}' as name
      from db_workrequest r,
        jsonb_path_query(r.event_reactions, 'lax $.*[*] ? (@.action == "send-notification").channel') n(channel)
      where r.status in ('pending', 'running', 'blocked') and jsonb_typeof(n.channel) = 'string'
        and not exists (select from db_notificationchannel c where c.name = n.channel #>> '{}')`,
    (count, names) =>
      warning(
        `${count} notification channels are named by work requests and do not exist: ${names}`,
        'debusine-admin create-notification-channel NAME email',
      ),
  ),
  byCount(
    'old_uploads',
    'no upload has been unfinished for a day',
    sql`select id as name from db_fileupload where last_activity_at < clock_timestamp() - interval '1 day'`,
    (count, names) =>
      warning(
        `${count} uploads have been unfinished for more than a day: ${names}`,
        'debusine-admin vacuum-storage removes what is left of them',
      ),
  ),
  {
    name: 'overdue_expiry',
    description: 'nothing has been waiting for expiry for a week',
    needsSchema: true,
    async find(db, { signal, now, elapsedMs, uploadDirectory, storeDirectory }) {
      const at = before(await databaseNow(db), 7n);
      const options = {
        at,
        batchSize: 200,
        history: true,
        files: false,
        uploadDirectory,
        stores: { storeDirectory },
      };
      const hooks = { signal, now, elapsedMs, progress: () => undefined };
      const deletable = await dryRun(db, options, hooks, ({ summary }) =>
        Promise.resolve(summary.artifacts.deleted),
      );
      return deletable === 0
        ? []
        : [
            warning(
              `${deletable} artifacts could have been deleted more than 7 days ago`,
              'does the timer run? debusine-admin expire-artifacts',
            ),
          ];
    },
  },
];

/** What one check found: at least one line, `ok` where nothing is wrong. */
export interface Diagnosis {
  readonly check: string;
  readonly state: 'ok' | Severity;
  readonly finding: string;
  readonly hint: string | null;
}

/**
 * Makes the checks, one after the other. One that cannot be made is an error of its own.
 * @param db not a transaction: a check that fails must not take the others with it
 */
export async function diagnose(
  db: Db,
  chosen: readonly Check[],
  surroundings: Surroundings,
): Promise<readonly Diagnosis[]> {
  const hasSchema = (await readLevel(db)).state === 'exact';
  const diagnoses: Diagnosis[] = [];
  for (const check of chosen) {
    surroundings.signal.throwIfAborted();
    if (check.needsSchema && !hasSchema) continue;
    diagnoses.push(...(await one(db, check, surroundings)));
  }
  return diagnoses;
}

async function one(db: Db, check: Check, surroundings: Surroundings): Promise<readonly Diagnosis[]> {
  const { name } = check;
  try {
    const found = await check.find(db, surroundings);
    if (found.length === 0) return [{ check: name, state: 'ok', finding: check.description, hint: null }];
    return found.map(({ severity, finding, hint }) => ({ check: name, state: severity, finding, hint }));
  } catch (problem) {
    if (surroundings.signal.aborted) throw problem;
    const cause = problem instanceof Error && problem.cause instanceof Error ? problem.cause : problem;
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown';
    return [{ check: name, state: 'error', finding: `cannot be checked: ${reason}`, hint: null }];
  }
}
