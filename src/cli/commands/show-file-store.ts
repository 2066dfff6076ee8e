import { argument, defineCommand } from '../command.ts';
import { fileStoreDetailColumns } from '../views/file-stores.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show one file store, its room and what could go',
  description:
    'Shows where one store keeps files, who uses it, the room that is left, and the files that no artifact has. ' +
    'A store that cannot be reached is shown, too; one elsewhere is not contacted.',
  arguments: { store: argument('NAME', 'name of the store', { completes: 'file-store' }) },
  database: 'read',
  exitCodes: { 3: 'unknown store' },
  examples: [
    { what: 'The store of new workspaces', command: 'debusine-admin show-file-store Default' },
    {
      what: 'The room that is left, for a monitor',
      command: 'debusine-admin show-file-store Default --csv --no-headers --columns free_bytes',
    },
  ],
  related: ['list-file-stores', 'vacuum-storage'],
  async run({ db, settings }, { store }) {
    const stores = await import('../../models/file-stores.ts');
    return stores.show(db, store, settings);
  },
}).shownAs({ kind: 'details', columns: fileStoreDetailColumns });
