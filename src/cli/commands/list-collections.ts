import { defineCommand, flag, option, options } from '../command.ts';
import { likeContaining } from '../values/glob.ts';
import { collectionColumns } from '../views/collections.ts';

export default defineCommand({
  group: 'Collections',
  summary: 'Show the collections',
  description: 'Shows which collections exist, by workspace, category and name.',
  options: {
    workspace: options('--workspace <NAME>', 'of this workspace', { completes: 'workspace' }),
    category: options('--category <CATEGORY>', 'of this category'),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
    internal: flag('--internal', 'also the internal collections of workflows'),
  },
  database: 'read',
  exitCodes: { 3: 'unknown workspace' },
  examples: [{ what: 'The suites', command: 'debusine-admin list-collections --category debian:suite' }],
  related: ['show-collection', 'create-collection'],
  async run({ db, page }, input) {
    const [collections, workspaces] = await Promise.all([
      import('../../models/collection-records.ts'),
      import('../../models/workspaces.ts'),
    ]);
    const found = await workspaces.getByNames(db, input.workspace);
    return collections.list(
      db,
      {
        workspaceIds: input.workspace.length === 0 ? undefined : found.map(({ id }) => id),
        categories: input.category.length === 0 ? undefined : input.category,
        nameLike: input.match === undefined ? undefined : likeContaining(input.match),
        internal: input.internal,
      },
      page,
    );
  },
}).shownAs({ kind: 'list', things: 'collections', columns: collectionColumns });
