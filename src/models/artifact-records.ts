/** Artifacts as the commands show them. Source: `list-artifacts` and `show-artifact` in cli.md 8.7. */
import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../data/json.ts';
import type { Db } from '../db/database.ts';
import type { Id } from '../db/ids.ts';
import { all, instant, type Listing, listing, type ListQuery, type Page, seconds } from '../db/listing.ts';
import { one } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { artifactRelations } from '../schema/artifact-relations.ts';
import { artifacts } from '../schema/artifacts.ts';
import { collectionItems } from '../schema/collection-items.ts';
import { collections } from '../schema/collections.ts';
import { fileStores } from '../schema/file-stores.ts';
import { files } from '../schema/files.ts';
import { filesInArtifacts } from '../schema/files-in-artifacts.ts';
import { filesInStores } from '../schema/files-in-stores.ts';
import { users } from '../schema/users.ts';
import { workRequests } from '../schema/work-requests.ts';
import { workspaceOtherFileStores, workspaces } from '../schema/workspaces.ts';
import type { Timestamp } from '../timestamp.ts';
import { expiryInstant, hasExpired } from './artifact-expiry.ts';
import { idList, textList } from './lists.ts';
import { nameNotFound } from './names.ts';

/** An artifact with everything a list shows; instants are UTC text. */
export interface ArtifactRecord {
  readonly id: number;
  readonly category: string;
  readonly workspace: string;
  readonly created_at: Timestamp;
  /** Username. */
  readonly created_by: string | null;
  readonly work_request: number | null;
  /** The artifact's own delay: null when it inherits, 0 for never. */
  readonly expiration_delay_seconds: number | null;
  readonly expire_at: Timestamp | null;
  readonly expired: boolean;
  /** Whether every file is in one of the stores of the workspace. */
  readonly complete: boolean;
  readonly file_count: number;
  /** Of the files under all paths together. */
  readonly size_bytes: number;
  readonly data: JsonObject;
}

/** One artifact with what is around it. */
export interface ArtifactDetails extends ArtifactRecord {
  /** By path; `stores` are names, the workspace's default store first. */
  readonly files: readonly {
    readonly path: string;
    readonly sha256: string;
    readonly size: number;
    readonly stores: readonly string[];
  }[];
  /** `out`: this artifact needs the other one; `in`: the other one needs this. First out, then in, by the other's id. */
  readonly relations: readonly {
    readonly direction: 'out' | 'in';
    readonly type: string;
    readonly artifact: number;
    readonly category: string;
  }[];
  /** Items that hold it, by id; `collection` is NAME@CATEGORY. */
  readonly collection_items: readonly {
    readonly item: number;
    readonly collection: string;
    readonly active: boolean;
  }[];
}

/** All that is given must hold; several values of one are alternatives. */
export interface ArtifactFilter {
  readonly workspaces?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** Usernames. */
  readonly createdBy?: readonly string[] | undefined;
  readonly workRequests?: readonly number[] | undefined;
  /** At that instant or later. */
  readonly createdAfter?: Timestamp | undefined;
  /** Before that instant. */
  readonly createdBefore?: Timestamp | undefined;
  /** By time alone; `never` are those whose delay is zero. */
  readonly expiry?: 'expired' | 'not-expired' | 'never' | undefined;
  /** The instant that `expired` is about, when it is not the present one. */
  readonly expiredAt?: Timestamp | undefined;
  /** Id of a collection that has it as active item. */
  readonly inCollection?: number | undefined;
  /** Id of an artifact that is directly related to it, in either direction. */
  readonly relatedTo?: number | undefined;
  /** Digest of one of its files, in hexadecimal digits. */
  readonly fileSha256?: string | undefined;
  /** Pattern of `like` for the whole path of one of its files. */
  readonly filePathLike?: string | undefined;
  readonly minSizeBytes?: number | undefined;
  /** Only those with a file that none of the workspace's stores has. */
  readonly incomplete?: boolean | undefined;
}

/**
 * Artifacts, newest first.
 * @throws NotFoundError when the filter names a workspace, user, work request, collection or artifact that does not
 *   exist; UsageError for an unknown order key
 */
export async function list(
  db: Db,
  filter: ArtifactFilter,
  page: Page,
  at: Timestamp,
): Promise<Listing<ArtifactRecord>> {
  await refuseUnknown(db, filter);
  const expiredAt = filter.expiredAt ?? at;
  return listing<ArtifactRecord>(db, query(conditions(filter, expiredAt), at), page);
}

/**
 * One artifact, read by a single statement, so that all of it belongs together.
 * @throws NotFoundError when there is no such artifact
 */
export async function show(db: Db, id: Id<'Artifact'>, at: Timestamp): Promise<ArtifactDetails> {
  const plain = query([sql`a.id = ${id}::bigint`], at);
  const select = sql`${plain.select}, ${shownFiles} as files, ${shownRelations} as relations,
    ${shownItems} as collection_items`;
  const rows = await all(listing<ArtifactDetails>(db, { ...plain, select }));
  return one(rows, `artifact ${id} not found`, 'see debusine-admin list-artifacts');
}

const ofFiles = (what: SQL): SQL => sql`(
  select ${what} from ${filesInArtifacts} p join ${files} f on f.id = p.file_id where p.artifact_id = a.id
)`;
const fileCount = sql`(select count(*) from ${filesInArtifacts} p where p.artifact_id = a.id)`;
const sizeBytes = ofFiles(sql`coalesce(sum(f.size), 0)`);

/** Whether artifact `a` of workspace `w` has a file that none of the workspace's stores has. */
export const isIncomplete = sql`exists (
  select from ${filesInArtifacts} p
  where p.artifact_id = a.id
    and not exists (
      select from ${filesInStores} i
      where i.file_id = p.file_id
        and (
          i.store_id = w.default_file_store_id
          or i.store_id in (
            select o.filestore_id from ${workspaceOtherFileStores} o where o.workspace_id = w.id
          )
        )
    )
)`;

const shownFiles = sql`(
  select coalesce(json_agg(json_build_object(
    'path', p.path,
    'sha256', encode(f.sha256, 'hex'),
    'size', f.size,
    'stores', (
      select coalesce(json_agg(s.name order by s.id <> w.default_file_store_id, s.id), '[]')
      from ${filesInStores} i join ${fileStores} s on s.id = i.store_id
      where i.file_id = f.id
    )
  ) order by p.path, p.id), '[]')
  from ${filesInArtifacts} p join ${files} f on f.id = p.file_id
  where p.artifact_id = a.id
)`;

const shownRelations = sql`(
  select coalesce(json_agg(json_build_object(
    'direction', r.direction, 'type', r.type, 'artifact', o.id, 'category', o.category
  ) order by r.direction desc, o.id, r.id), '[]')
  from (
    select id, 'out' as direction, type, target_id as other from ${artifactRelations} where artifact_id = a.id
    union all
    select id, 'in', type, artifact_id from ${artifactRelations} where target_id = a.id
  ) r
  join ${artifacts} o on o.id = r.other
)`;

const shownItems = sql`(
  select coalesce(json_agg(json_build_object(
    'item', i.id, 'collection', c.name || '@' || c.category, 'active', i.removed_at is null
  ) order by i.id), '[]')
  from ${collectionItems} i join ${collections} c on c.id = i.parent_collection_id
  where i.artifact_id = a.id
)`;

function query(where: readonly SQL[], at: Timestamp): ListQuery {
  return {
    select: sql`a.id, a.category, w.name as workspace, ${instant(sql`a.created_at`)} as created_at,
      u.username as created_by, a.created_by_work_request_id as work_request,
      trim_scale(${seconds(sql`a.expiration_delay`)}) as expiration_delay_seconds,
      ${instant(expiryInstant)} as expire_at, ${hasExpired(at)} as expired, not ${isIncomplete} as complete,
      ${fileCount} as file_count, ${sizeBytes} as size_bytes, a.data`,
    from: sql`${artifacts} a
      join ${workspaces} w on w.id = a.workspace_id
      left join ${users} u on u.id = a.created_by_id`,
    where,
    orderKeys: {
      id: { neverNull: sql`a.id` },
      created_at: { neverNull: sql`a.created_at` },
      expire_at: expiryInstant,
      category: sql`a.category`,
      workspace: sql`w.name`,
      size_bytes: sizeBytes,
    },
    defaultOrder: ['-created_at'],
    tieBreaker: sql`a.id desc`,
    pages: {
      key: sql`a.id`,
      from: sql`${artifacts} a
        join ${workspaces} w on w.id = a.workspace_id
        left join ${users} u on u.id = a.created_by_id`,
      risesWithKey: sql`a.created_at`,
    },
  };
}

function conditions(filter: ArtifactFilter, expiredAt: Timestamp): readonly SQL[] {
  const where: SQL[] = [];
  const { workspaces: names, categories, createdBy, workRequests: requests, relatedTo } = filter;
  if (names !== undefined) where.push(sql`w.name in ${textList(names)}`);
  if (categories !== undefined) where.push(sql`a.category in ${textList(categories)}`);
  if (createdBy !== undefined) where.push(sql`u.username in ${textList(createdBy)}`);
  if (requests !== undefined) where.push(sql`a.created_by_work_request_id in ${idList(requests)}`);
  if (filter.createdAfter !== undefined) where.push(sql`a.created_at >= ${filter.createdAfter}::timestamptz`);
  if (filter.createdBefore !== undefined)
    where.push(sql`a.created_at < ${filter.createdBefore}::timestamptz`);
  switch (filter.expiry) {
    case 'expired':
      where.push(hasExpired(expiredAt));
      break;
    case 'not-expired':
      where.push(sql`not ${hasExpired(expiredAt)}`);
      break;
    case 'never':
      where.push(sql`${expiryInstant} is null`);
      break;
    case undefined:
      break;
  }
  if (filter.inCollection !== undefined) {
    where.push(sql`a.id in (
      select artifact_id from ${collectionItems}
      where parent_collection_id = ${filter.inCollection}::bigint and removed_at is null
    )`);
  }
  if (relatedTo !== undefined) {
    where.push(sql`a.id in (
      select target_id from ${artifactRelations} where artifact_id = ${relatedTo}::bigint
      union
      select artifact_id from ${artifactRelations} where target_id = ${relatedTo}::bigint
    )`);
  }
  if (filter.fileSha256 !== undefined) {
    where.push(sql`a.id in (
      select p.artifact_id from ${filesInArtifacts} p join ${files} f on f.id = p.file_id
      where f.sha256 = decode(${filter.fileSha256}::text, 'hex')
    )`);
  }
  if (filter.filePathLike !== undefined) {
    where.push(sql`a.id in (
      select p.artifact_id from ${filesInArtifacts} p where p.path like ${filter.filePathLike}::text
    )`);
  }
  if (filter.minSizeBytes !== undefined) where.push(sql`${sizeBytes} >= ${filter.minSizeBytes}::bigint`);
  if (filter.incomplete === true) where.push(isIncomplete);
  return where;
}

/** One statement for all that the filter names; none when it names nothing. */
async function refuseUnknown(db: Db, filter: ArtifactFilter): Promise<void> {
  const single = (id: number | undefined) => (id === undefined ? [] : [id]);
  const questions: SQL[] = [];
  const ask = (kind: string, given: readonly (string | number)[], isKnown: SQL) => {
    if (given.length === 0) return;
    questions.push(sql`
      select ${kind}::text as kind, g.value as name
      from ${textList(given.map(String))} g(value)
      where not exists (${isKnown})`);
  };
  ask('workspace', filter.workspaces ?? [], sql`select from ${workspaces} x where x.name = g.value`);
  ask('user', filter.createdBy ?? [], sql`select from ${users} x where x.username = g.value`);
  ask(
    'work request',
    filter.workRequests ?? [],
    sql`select from ${workRequests} x where x.id = g.value::bigint`,
  );
  ask(
    'collection',
    single(filter.inCollection),
    sql`select from ${collections} x where x.id = g.value::bigint`,
  );
  ask('artifact', single(filter.relatedTo), sql`select from ${artifacts} x where x.id = g.value::bigint`);
  if (questions.length === 0) return;
  const [unknown] = await db.execute<{ kind: string; name: string }>(
    sql`select kind, name from (${sql.join(questions, sql` union all `)}) q order by kind, name limit 1`,
  );
  if (unknown === undefined) return;
  const { kind, name } = unknown;
  if (kind === 'workspace' || kind === 'user') throw nameNotFound(kind, name);
  throw new NotFoundError(`${kind} ${name} not found`, { details: { kind, name } });
}
