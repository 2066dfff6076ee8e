/** Where something belongs: the workspace option of commands that work in one. Source: cli.md 5.3, 7.2. */
import type { Workspace } from '../models/workspaces.ts';
import { option } from './command.ts';
import type { Context } from './context.ts';

export const workspaceOption = option('--workspace <NAME>', 'where it belongs', {
  default: 'System, or default_workspace of the configuration',
  completes: 'workspace',
});

/** The workspace that was named, else the configured one. @throws NotFoundError */
export async function workspaceFor(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  given: string | undefined,
): Promise<Workspace> {
  const workspaces = await import('../models/workspaces.ts');
  return workspaces.getByName(db, given ?? settings.defaultWorkspace);
}
