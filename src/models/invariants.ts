/**
 * What must hold in the whole database whoever changed it: for tests of concurrency, and for `check --data`. Foreign
 * keys are looked at too, since a restore or a superuser can leave rows behind that break them.
 */
import { lstat } from 'node:fs/promises';
import { sql, type SQL } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { stream } from '../db/stream.ts';
import { transaction } from '../db/transaction.ts';
import { DebusineError } from '../errors.ts';
import { all as allStores, getBackendObject, getLocalPath, type StoreSettings } from './file-stores.ts';

/** One thing that does not hold. */
export interface Violation {
  /** Name of the rule. */
  readonly rule: string;
  /** `work request 51`. */
  readonly object: string;
  readonly problem: string;
}

/** So many of each rule are told. */
const mostOfEach = 100;

/** A rule that is one query; it selects `object` and `problem`. */
interface Rule {
  readonly name: string;
  readonly query: SQL;
}

const rules: readonly Rule[] = [
  {
    name: 'status_has_its_times',
    query: sql`select 'work request ' || id as object, 'is ' || status || ' without the time of its '
        || case when status = 'running' then 'start' else 'end' end as problem
      from db_workrequest
      where (status = 'running' and started_at is null)
        or (status in ('completed', 'aborted') and completed_at is null)
      union all
      select 'work request ' || id, 'is ' || status || ' and has the time of its end'
      from db_workrequest where status in ('pending', 'running', 'blocked') and completed_at is not null
      union all
      select 'work request ' || id, 'started after it ended'
      from db_workrequest where started_at > completed_at`,
  },
  {
    name: 'status_has_its_result',
    query: sql`select 'work request ' || id as object,
        case when result = '' then 'is completed without a result'
          else 'is ' || status || ' and has the result ' || result end as problem
      from db_workrequest where (status = 'completed') = (result = '')`,
  },
  {
    name: 'known_values',
    query: sql`select 'work request ' || id as object,
        'has status "' || status || '", result "' || result || '", type "' || task_type || '"' as problem
      from db_workrequest
      where status not in ('pending', 'running', 'completed', 'aborted', 'blocked')
        or result not in ('', 'success', 'failure', 'error')
        or task_type not in ('Worker', 'Server', 'Internal', 'Workflow')`,
  },
  {
    name: 'workflow_has_its_collection',
    query: sql`select 'workflow ' || r.id as object,
        case when c.id is null then 'is a root without an internal collection'
          else 'has the collection ' || c.name || '@' || c.category end as problem
      from db_workrequest r left join db_collection c on c.id = r.internal_collection_id
      where r.task_type = 'Workflow' and r.parent_id is null
        and (c.id is null or c.category <> 'debusine:workflow-internal' or c.workspace_id <> r.workspace_id)`,
  },
  {
    name: 'parents_are_workflows',
    query: sql`select 'work request ' || r.id as object,
        'is below ' || p.id || ', which is no workflow' as problem
      from db_workrequest r join db_workrequest p on p.id = r.parent_id where p.task_type <> 'Workflow'
      union all
      select 'work request ' || id, 'is below itself' from db_workrequest where parent_id = id`,
  },
  {
    name: 'one_active_item_per_name',
    query: sql`select 'collection ' || parent_collection_id as object,
        'has ' || count(*) || ' active items called "' || name || '"' as problem
      from db_collectionitem where removed_at is null
      group by parent_collection_id, name having count(*) > 1`,
  },
  {
    name: 'items_have_their_target',
    query: sql`select 'collection item ' || i.id as object, 'is active and points at nothing' as problem
      from db_collectionitem i
      where i.removed_at is null
        and ((i.child_type = 'a' and i.artifact_id is null) or (i.child_type = 'c' and i.collection_id is null))
      union all
      select 'collection item ' || i.id, 'says category ' || i.category || ', its artifact ' || a.category
      from db_collectionitem i join db_artifact a on a.id = i.artifact_id where a.category <> i.category`,
  },
  {
    name: 'workers_have_tokens',
    query: sql`select 'worker ' || name as object, 'is external and has no token' as problem
      from db_worker where not internal and token_id is null
      union all
      select 'token ' || t.id, 'belongs to a user and to the worker ' || w.name
      from db_token t join db_worker w on w.token_id = t.id where t.user_id is not null`,
  },
  {
    name: 'workspaces_can_store',
    query: sql`select 'workspace ' || w.name as object, 'has its default store among the others' as problem
      from db_workspace w join db_workspace_other_file_stores o
        on o.workspace_id = w.id and o.filestore_id = w.default_file_store_id
      union all
      select 'workspace ' || w.name, 'keeps new files in ' || s.name || ', which takes none'
      from db_workspace w join db_filestore s on s.id = w.default_file_store_id where s.backend <> 'Local'`,
  },
];

/**
 * Everything that does not hold, at most a hundred of each rule, in one snapshot.
 * @param stores where local files are; without it they are not looked at
 */
export function findViolations(db: Db, stores?: StoreSettings): Promise<readonly Violation[]> {
  return transaction(
    db,
    async (tx) => {
      const found: Violation[] = [...(await brokenReferences(tx))];
      for (const { name, query } of rules) {
        const rows = await tx.execute<{ object: string; problem: string }>(
          sql`select object, problem from (${query}) q order by object, problem limit ${mostOfEach}::int`,
        );
        found.push(...rows.map(({ object, problem }) => ({ rule: name, object, problem })));
      }
      if (stores !== undefined) found.push(...(await missingFiles(tx, stores)));
      return found;
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** Rows whose foreign key points at nothing. */
async function brokenReferences(tx: Db): Promise<readonly Violation[]> {
  // The server writes each query, with its names quoted.
  const keys = await tx.execute<{ name: string; query: string }>(sql`
    select c.relname || '.' || a.attname as name,
      format('select child.%1$I::text as value, count(*)::int as count from public.%2$I child
        left join public.%3$I parent on parent.%4$I = child.%1$I
        where child.%1$I is not null and parent.%4$I is null group by 1 order by 1 limit ${sql.raw(String(mostOfEach))}',
        a.attname, c.relname, p.relname, b.attname) as query
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
      join pg_attribute b on b.attrelid = p.oid and b.attnum = k.confkey[1]
    where k.contype = 'f' and n.nspname = 'public' and c.relname like 'db\\_%'
    order by 1`);
  const found: Violation[] = [];
  for (const { name, query } of keys) {
    const rows = await tx.execute<{ value: string; count: number }>(sql.raw(query));
    found.push(
      ...rows.map(({ value, count }) => ({
        rule: 'references_resolve',
        object: name,
        problem: `${count} rows point at ${value}, which does not exist`,
      })),
    );
  }
  return found;
}

/** Files that a local store should have: there, and of the right size. */
async function missingFiles(tx: Db, settings: StoreSettings): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (const store of await allStores(tx)) {
    const rule = 'stored_files_exist';
    const object = `file store ${quote(store.name)}`;
    try {
      const backend = getBackendObject(store, settings);
      if (backend.kind !== 'Local') continue;
      let told = 0;
      const rows = stream<{ sha256: string; size: string }>(
        tx,
        sql`select encode(f.sha256, 'hex') as sha256, f.size from db_fileinstore s
          join db_file f on f.id = s.file_id where s.store_id = ${store.id} order by s.id`,
      );
      for await (const batch of rows) {
        for (const { sha256, size } of batch) {
          if (told >= mostOfEach) break;
          const content = { sha256: Buffer.from(sha256, 'hex'), size: Number(size) };
          const problem = await fileProblem(getLocalPath(backend, content), content.size);
          if (problem === undefined) continue;
          told += 1;
          found.push({ rule, object, problem: `${sha256}: ${problem}` });
        }
      }
    } catch (error) {
      if (!(error instanceof DebusineError)) throw error;
      found.push({ rule, object, problem: error.message });
    }
  }
  return found;
}

async function fileProblem(path: string | null, size: number): Promise<string | undefined> {
  if (path === null) return undefined;
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) return 'is no ordinary file';
    return stats.size === size ? undefined : `has ${stats.size} bytes instead of ${size}`;
  } catch {
    return 'its bytes are missing';
  }
}
