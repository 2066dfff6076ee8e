import { fileStoreBackends } from '../../data/file-stores.ts';
import { defineCommand, options } from '../command.ts';
import { parseBackend } from '../values/file-store-backend.ts';
import { fileStoreColumns } from '../views/file-stores.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show where files are kept, and how full it is',
  description:
    'Shows where files are kept, how full it is, and who uses it. Whether a local store can be written to is looked ' +
    'at; external ones are not contacted.',
  options: {
    backend: options('--backend <BACKEND>', fileStoreBackends.join(' or '), parseBackend, {
      completes: fileStoreBackends,
    }),
    workspace: options('--workspace <NAME>', 'that this workspace uses', { completes: 'workspace' }),
  },
  database: 'read',
  exitCodes: { 3: 'unknown workspace' },
  examples: [
    { what: 'Stores that take new files', command: 'debusine-admin list-file-stores --backend Local' },
  ],
  related: ['show-file-store', 'create-file-store', 'list-workspaces'],
  async run({ db, page, settings }, input) {
    const stores = await import('../../models/file-stores.ts');
    const filter = {
      backends: input.backend.length === 0 ? undefined : input.backend,
      workspaces: input.workspace.length === 0 ? undefined : input.workspace,
    };
    return stores.list(db, filter, page, settings);
  },
}).shownAs({ kind: 'list', things: 'file stores', columns: fileStoreColumns });
