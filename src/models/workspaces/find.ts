/** One workspace, or several by name. Source: models.md 3.8. */
import { eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { one } from '../../db/rows.ts';
import { type Workspace, workspaces } from '../../schema/workspaces.ts';
import { idList, textList } from '../lists.ts';
import { nameNotFound } from '../names.ts';

/** The workspace with that id. @throws NotFoundError */
export async function get(db: Db, id: Id<'Workspace'>): Promise<Workspace> {
  const rows = await db.select().from(workspaces).where(eq(workspaces.id, id));
  return one(rows, `workspace ${id} not found`, 'see debusine-admin list-workspaces');
}

/** The workspace of exactly that name, or undefined. */
export async function findByName(db: Db, name: string): Promise<Workspace | undefined> {
  const [workspace] = await db.select().from(workspaces).where(eq(workspaces.name, name));
  return workspace;
}

/** The workspace of exactly that name. @throws NotFoundError */
export async function getByName(db: Db, name: string): Promise<Workspace> {
  const workspace = await findByName(db, name);
  if (workspace === undefined) throw nameNotFound('workspace', name);
  return workspace;
}

/** Workspaces of these names, in the order given. @throws NotFoundError for the first that is missing */
export async function getByNames(db: Db, names: readonly string[]): Promise<readonly Workspace[]> {
  const rows = await db
    .select()
    .from(workspaces)
    .where(sql`${workspaces.name} in ${textList(names)}`);
  const byName = new Map(rows.map((workspace) => [workspace.name, workspace]));
  return names.map((name) => {
    const workspace = byName.get(name);
    if (workspace === undefined) throw nameNotFound('workspace', name);
    return workspace;
  });
}

/** Names of workspaces by their ids. */
export async function namesOf(db: Db, ids: readonly Id<'Workspace'>[]): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(sql`${workspaces.id} in ${idList(ids)}`);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/**
 * The workspace that the setting `DEBUSINE_DEFAULT_WORKSPACE` names.
 *
 * Source: `default_workspace` in the mission document.
 * @param name the value of the setting
 * @throws NotFoundError
 */
export function defaultWorkspace(db: Db, name: string): Promise<Workspace> {
  return getByName(db, name);
}
