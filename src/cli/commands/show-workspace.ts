import { argument, defineCommand } from '../command.ts';
import { workspaceDetailColumns } from '../views/workspaces.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show what is in a workspace and how much room it takes',
  description:
    'Shows a workspace with what is in it, of one moment. Each file counts once. "Expired now" looks at the time ' +
    'alone, "deletable now" also at what still keeps the artifacts.',
  arguments: { name: argument('NAME', 'existing workspace', { completes: 'workspace' }) },
  // Expiry plans in temporary tables, for which a transaction that only reads has no room.
  database: 'batches',
  exitCodes: { 3: 'unknown workspace' },
  examples: [
    { what: 'The default workspace', command: 'debusine-admin show-workspace System' },
    { what: 'For a program', command: 'debusine-admin show-workspace System --json' },
  ],
  related: ['list-workspaces', 'manage-workspace', 'expire-artifacts'],
  async run({ db }, { name }) {
    const [workspaces, { databaseNow }] = await Promise.all([
      import('../../models/workspaces.ts'),
      import('../../models/expiry/index.ts'),
    ]);
    return workspaces.showWithDeletable(db, name, await databaseNow(db));
  },
}).shownAs({ kind: 'details', columns: workspaceDetailColumns });
