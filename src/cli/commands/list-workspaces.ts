import { defineCommand, flag, option, options } from '../command.ts';
import { either } from '../values/either.ts';
import { likeContaining } from '../values/glob.ts';
import { workspaceColumns } from '../views/workspaces.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show the workspaces',
  description: 'Shows the workspaces, oldest first.',
  options: {
    public: flag('--public', 'readable without an account'),
    private: flag('--private', 'all others'),
    fileStore: options('--file-store <NAME>', 'that use this store, as default or other', {
      completes: 'file-store',
    }),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
  },
  exclusive: [['public', 'private']],
  database: 'read',
  examples: [{ what: 'What everybody can read', command: 'debusine-admin list-workspaces --public' }],
  exitCodes: { 3: 'unknown file store' },
  related: ['show-workspace', 'create-workspace'],
  async run({ db, page }, input) {
    const workspaces = await import('../../models/workspaces.ts');
    const nameLike = input.match === undefined ? undefined : likeContaining(input.match);
    const stores =
      input.fileStore.length === 0 ? undefined : await workspaces.storesByName(db, input.fileStore);
    const fileStoreIds = stores && input.fileStore.map((name) => stores.get(name).id);
    return workspaces.list(db, { public: either(input.public, input.private), nameLike, fileStoreIds }, page);
  },
}).shownAs({ kind: 'list', things: 'workspaces', columns: workspaceColumns });
