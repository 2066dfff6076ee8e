/**
 * All commands by the name a user types, with what the overview says of them. A command's own file is loaded
 * when it is called; so the overview and the completion of names cost nothing.
 */
import type { Command } from './command.ts';

export interface CatalogEntry {
  readonly name: string;
  readonly group: Group;
  readonly summary: string;
  load(): Promise<{ readonly default: Command }>;
}

/** Headings of the overview, in its order. */
export const groups = [
  'Tokens',
  'Users',
  'Workers',
  'Workspaces and stores',
  'Collections',
  'Artifacts',
  'Work requests',
  'Workflows',
  'Notifications',
  'Maintenance',
  'Database',
] as const;

export type Group = (typeof groups)[number];

const entry = (group: Group, name: string, summary: string, load: CatalogEntry['load']): CatalogEntry => ({
  group,
  name,
  summary,
  load,
});

export const catalog: readonly CatalogEntry[] = [
  entry(
    'Tokens',
    'create-token',
    'Give a user a new key for the API',
    () => import('./commands/create-token.ts'),
  ),
  entry(
    'Users',
    'create-user',
    'Make an account and print its first password',
    () => import('./commands/create-user.ts'),
  ),
  entry(
    'Workers',
    'list-workers',
    'Show which workers are registered, connected, and busy',
    () => import('./commands/list-workers.ts'),
  ),
  entry(
    'Workers',
    'create-worker',
    'Register a worker by its host name',
    () => import('./commands/create-worker.ts'),
  ),
  entry(
    'Workspaces and stores',
    'create-workspace',
    'Make a workspace',
    () => import('./commands/create-workspace.ts'),
  ),
  entry(
    'Workflows',
    'create-workflow',
    'Start a workflow from a template',
    () => import('./commands/create-workflow.ts'),
  ),
  entry(
    'Workflows',
    'create-workflow-template',
    'Offer a workflow with fixed parameters',
    () => import('./commands/create-workflow-template.ts'),
  ),
  entry(
    'Database',
    'database migrate',
    'Bring an empty database to the level this release needs',
    () => import('./commands/database/migrate.ts'),
  ),
  entry(
    'Database',
    'database info',
    'Show what the tool is talking to, and with which settings',
    () => import('./commands/database/info.ts'),
  ),
  entry(
    'Database',
    'database init',
    'Make the embedded database',
    () => import('./commands/database/init.ts'),
  ),
  entry(
    'Database',
    'database start',
    'Keep the embedded database running',
    () => import('./commands/database/start.ts'),
  ),
  entry(
    'Database',
    'database status',
    'Tell whether the embedded database runs',
    () => import('./commands/database/status.ts'),
  ),
  entry(
    'Database',
    'database stop',
    'Stop the embedded database',
    () => import('./commands/database/stop.ts'),
  ),
  entry(
    'Artifacts',
    'create-artifact',
    'Store local files as an artifact',
    () => import('./commands/create-artifact.ts'),
  ),
  entry(
    'Artifacts',
    'relate-artifacts',
    'Say that one artifact needs another',
    () => import('./commands/relate-artifacts.ts'),
  ),
  entry(
    'Maintenance',
    'expire-artifacts',
    'Delete expired artifacts that nothing needs, and their files',
    () => import('./commands/expire-artifacts.ts'),
  ),
  entry(
    'Tokens',
    'list-tokens',
    'Show which tokens exist, whose they are, and which work',
    () => import('./commands/list-tokens.ts'),
  ),
  entry('Users', 'list-users', 'Show who has an account', () => import('./commands/list-users.ts')),
  entry(
    'Workspaces and stores',
    'list-workspaces',
    'Show the workspaces',
    () => import('./commands/list-workspaces.ts'),
  ),
  entry(
    'Workspaces and stores',
    'list-file-stores',
    'Show where files are kept, and how full it is',
    () => import('./commands/list-file-stores.ts'),
  ),
  entry(
    'Workflows',
    'list-workflow-templates',
    'Show the workflow templates',
    () => import('./commands/list-workflow-templates.ts'),
  ),
];

/** The command of that name; undefined when there is none. */
export function findCommand(name: string): CatalogEntry | undefined {
  return catalog.find((command) => command.name === name);
}

/** Commands whose name begins with this word and a blank: `database`. */
export function commandsBelow(word: string): readonly CatalogEntry[] {
  return catalog.filter(({ name }) => name.startsWith(`${word} `));
}
