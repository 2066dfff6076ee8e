/** Objects that people know by a name: what is said when there is none of it, and which names there are. */
import { type SQL, sql } from 'drizzle-orm';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { NotFoundError } from '../errors.ts';

interface Named {
  readonly words: string;
  /** The command that lists them. */
  readonly list: string;
  /** All names, as column `name`. */
  readonly names: SQL;
}

const kinds = {
  user: { words: 'user', list: 'list-users', names: sql`select username as name from db_user` },
  identity: {
    words: 'identity',
    list: 'list-identities',
    names: sql`select issuer || ':' || subject as name from db_identity`,
  },
  worker: { words: 'worker', list: 'list-workers', names: sql`select name from db_worker` },
  workspace: { words: 'workspace', list: 'list-workspaces', names: sql`select name from db_workspace` },
  'file-store': { words: 'file store', list: 'list-file-stores', names: sql`select name from db_filestore` },
  collection: {
    words: 'collection',
    list: 'list-collections',
    names: sql`select name || '@' || category as name from db_collection
      where category <> 'debusine:workflow-internal'`,
  },
  'workflow-template': {
    words: 'workflow template',
    list: 'list-workflow-templates',
    names: sql`select t.name, w.name as workspace
      from db_workflowtemplate t join db_workspace w on w.id = t.workspace_id`,
  },
  'notification-channel': {
    words: 'notification channel',
    list: 'list-notification-channels',
    names: sql`select name from db_notificationchannel`,
  },
} as const satisfies Readonly<Record<string, Named>>;

export type NamedKind = keyof typeof kinds;

/** Whether the word is one of the kinds of objects with a name. */
export const isNamedKind = (word: unknown): word is NamedKind =>
  typeof word === 'string' && Object.hasOwn(kinds, word);

/** Says that there is no such object; the details let the command line look for a typing mistake. */
export function nameNotFound(kind: NamedKind, name: string): NotFoundError {
  const { words, list } = kinds[kind];
  return new NotFoundError(`${words} ${quote(name)} not found`, {
    hint: `see debusine-admin ${list}`,
    details: { kind, name },
  });
}

/** More names than these are not looked through. */
export const mostNames = 1000;

/** What such an object is called in a message. */
export function wordsFor(kind: NamedKind): string {
  return kinds[kind].words;
}

/**
 * Other names that may have been meant, in order: as long as the given one, give or take two characters, or beginning
 * with it. At most a thousand.
 * @param workspace only what is in this one; for workflow templates
 */
export function similarNames(
  db: Db,
  kind: NamedKind,
  name: string,
  workspace?: string,
): Promise<readonly string[]> {
  const near = sql`n.name <> ${name}::text and (abs(length(n.name) - ${[...name].length}::int) <= 2
    or starts_with(lower(n.name), lower(${name}::text)))`;
  return namesWhere(db, kind, near, workspace);
}

/**
 * Names that begin so, in order, for completion. At most a thousand.
 * @param workspace only what is in this one; for workflow templates
 */
export function namesBeginningWith(
  db: Db,
  kind: NamedKind,
  prefix: string,
  workspace?: string,
): Promise<readonly string[]> {
  return namesWhere(db, kind, sql`starts_with(n.name, ${prefix}::text)`, workspace);
}

async function namesWhere(
  db: Db,
  kind: NamedKind,
  condition: SQL,
  workspace: string | undefined,
): Promise<readonly string[]> {
  const isThere =
    kind === 'workflow-template' && workspace !== undefined
      ? sql`n.workspace = ${workspace}::text`
      : sql`true`;
  const rows = await db.execute<{ name: string }>(sql`
    select distinct n.name from (${kinds[kind].names}) n
    where ${condition} and ${isThere}
    order by 1 limit ${mostNames}::int`);
  return rows.map(({ name }) => name);
}
