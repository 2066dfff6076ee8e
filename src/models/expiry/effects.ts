/** What goes with artifacts besides them. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { one } from '../../db/rows.ts';
import { transaction } from '../../db/transaction.ts';
import type { IdSpool } from '../../storage/spool.ts';
import { idList } from '../lists.ts';
import { inBatches } from './batch.ts';
import { chosenArtifacts, isTrimmed, type Scope } from './plan.ts';

export interface Effects {
  readonly relations: number;
  readonly items: number;
  /** Files that no artifact names then. */
  readonly files: number;
  readonly external: number;
  readonly bytes: number;
  readonly stillUsed: StillUsed;
  readonly stores: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
}

/** Files of deleted artifacts that other artifacts name too, each once. */
export interface StillUsed {
  readonly files: number;
  readonly bytes: number;
}

/**
 * What would go with the chosen artifacts.
 * @param tx the one that `planning` gives
 */
export async function effects(tx: Db, scope: Scope): Promise<Effects> {
  const rows = await tx.execute<{ record: string }>(sql`
    with used as materialized (
      select distinct p.file_id as id
      from db_fileinartifact p left join ${chosenArtifacts} g on g.id = p.artifact_id where g.id is null
    ), unused as materialized (
      select f.id, f.size,
        exists (select 1 from db_fileinstore s join db_filestore t on t.id = s.store_id
          where s.file_id = f.id and t.backend = 'ExternalDebianSuite') as is_external,
        exists (select 1 from db_fileinstore s where s.file_id = f.id) as is_stored
      from db_file f left join used u on u.id = f.id where u.id is null
    ), shared as (
      select count(*) as files, coalesce(sum(f.size), 0) as bytes
      from db_file f join used u on u.id = f.id
      where exists (select 1 from db_fileinartifact p join ${chosenArtifacts} g on g.id = p.artifact_id
        where p.file_id = f.id)
    )
    select json_build_object(
      'relations', (select count(*) from db_artifactrelation l
        where exists (select 1 from ${chosenArtifacts} g where g.id = l.artifact_id)
          or exists (select 1 from ${chosenArtifacts} g where g.id = l.target_id)),
      'items', (select count(*) from db_collectionitem i join ${chosenArtifacts} g on g.id = i.artifact_id
        join db_collection c on c.id = i.parent_collection_id where c.category = 'debusine:workflow-internal' and not ${isTrimmed(scope)}),
      'files', (select count(*) from unused where not is_external),
      'external', (select count(*) from unused where is_external),
      'bytes', (select coalesce(sum(size), 0) from unused where not is_external and is_stored),
      'stillUsed', (select to_json(shared) from shared),
      'stores', coalesce((select json_agg(json_build_object('name', t.name, 'files', t.files, 'bytes', t.bytes)
          order by t.name)
        from (select s.name, count(*) as files, sum(u.size) as bytes
          from unused u join db_fileinstore x on x.file_id = u.id join db_filestore s on s.id = x.store_id
          where not u.is_external group by s.name) t), '[]'))::text as record`);
  return JSON.parse(one(rows, 'the effects gave no row').record) as Effects;
}

/**
 * Which of the files artifacts still name.
 * @param spool ids, some of them more than once
 */
export async function countStillUsed(db: Db, spool: IdSpool): Promise<StillUsed> {
  if (spool.count === 0) return { files: 0, bytes: 0 };
  return transaction(
    db,
    async (tx) => {
      await tx.execute(sql`create temp table expiry_shared (id bigint primary key) on commit drop`);
      for (const batch of inBatches(spool.groups(), 5000)) {
        await tx.execute(
          sql`insert into pg_temp.expiry_shared select value from ${idList(batch.flat())} g (value) on conflict do nothing`,
        );
      }
      const [row] = await tx.execute<{ files: string; bytes: string }>(sql`
        select count(*) as files, coalesce(sum(f.size), 0) as bytes
        from pg_temp.expiry_shared s join db_file f on f.id = s.id
        where exists (select 1 from db_fileinartifact p where p.file_id = f.id)`);
      return { files: Number(row?.files ?? 0), bytes: Number(row?.bytes ?? 0) };
    },
    { dryRun: true },
  );
}
