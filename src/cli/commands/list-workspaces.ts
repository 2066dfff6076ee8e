import type { WorkspaceSummary, WorkspaceUsage } from '../../models/workspaces.ts';
import { defineCommand, flag, type ListOutput, option, options, type Output, shown } from '../command.ts';
import { either } from '../values/either.ts';
import { likeContaining } from '../values/glob.ts';
import { workspaceColumns, workspaceUsageColumns } from '../views/workspaces.ts';

type Batches<Row> = AsyncIterable<readonly Row[]>;

const plain: ListOutput<Batches<WorkspaceSummary>> = {
  kind: 'list',
  things: 'workspaces',
  columns: workspaceColumns,
};
const usage: ListOutput<Batches<WorkspaceSummary & WorkspaceUsage>> = {
  kind: 'list',
  things: 'workspaces',
  columns: workspaceUsageColumns,
};

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show the workspaces',
  description:
    'Shows the workspaces, oldest first. With --usage the size is that of the files of the artifacts, each counted ' +
    'once for each workspace it is used in.',
  options: {
    public: flag('--public', 'readable without an account'),
    private: flag('--private', 'all others'),
    fileStore: options('--file-store <NAME>', 'that use this store, as default or other', {
      completes: 'file-store',
    }),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
    usage: flag('--usage', 'count what is in each, too'),
  },
  exclusive: [['public', 'private']],
  database: 'read',
  examples: [
    { what: 'What everybody can read', command: 'debusine-admin list-workspaces --public' },
    {
      what: 'Which are the largest',
      command: 'debusine-admin list-workspaces --usage --order -size_bytes --limit 10',
    },
  ],
  exitCodes: { 3: 'unknown file store' },
  related: ['show-workspace', 'create-workspace'],
  async run({ db, page }, input) {
    const workspaces = await import('../../models/workspaces.ts');
    const nameLike = input.match === undefined ? undefined : likeContaining(input.match);
    const stores =
      input.fileStore.length === 0 ? undefined : await workspaces.storesByName(db, input.fileStore);
    const fileStoreIds = stores && input.fileStore.map((name) => stores.get(name).id);
    const filter = { public: either(input.public, input.private), nameLike, fileStoreIds };
    return input.usage
      ? shown(usage, workspaces.listWithUsage(db, filter, page))
      : shown(plain, workspaces.list(db, filter, page));
  },
}).shownAs({
  kind: 'choice',
  // All that --columns and --order may name.
  columns: usage.columns as never,
  outputs: [plain as Output<never>, usage as Output<never>],
});
