import { argument, defineCommand, flag } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { fileStoreColumns } from '../views/file-stores.ts';
import { unlessMissing } from '../when-missing.ts';

const records = (count: number): string => `${count} file ${count === 1 ? 'record' : 'records'}`;

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Remove a file store that is no longer used',
  description:
    'Removes the registration of a store; its bytes stay where they are. Never the store named Default, nor the ' +
    'default store of a workspace. A store that cannot be reached can be removed like any other.',
  arguments: { store: argument('NAME', 'name of the store', { completes: 'file-store' }) },
  options: {
    force: flag(
      '--force',
      'also when workspaces have it as other store or it has records of files; these go with it',
    ),
    ...confirmOptions,
    ...ifExistsOption,
  },
  database: 'write',
  exitCodes: { 2: 'nobody can be asked, and no --yes', 3: 'unknown store', 4: 'it is still in use' },
  examples: [
    { what: 'What would go', command: 'debusine-admin delete-file-store archive --force --dry-run' },
    { what: 'In a script', command: 'debusine-admin delete-file-store archive --yes --if-exists' },
  ],
  related: ['show-file-store', 'manage-workspace', 'vacuum-storage'],
  async look({ db, settings }, input) {
    const stores = await import('../../models/file-stores.ts');
    const store = await unlessMissing(input.ifExists, () => stores.getByName(db, input.store));
    if (store === undefined) return undefined;
    const goes = await stores.deletion(db, store, input);
    return { id: store.id, goes, shown: await stores.show(db, store.name, settings) };
  },
  async ask(context, input, seen) {
    if (seen === undefined) return undefined;
    const { name, fileRecordsRemoved } = seen.goes;
    await confirm(context, input, {
      text: `Delete file store "${name}"${fileRecordsRemoved > 0 ? ` and ${records(fileRecordsRemoved)}` : ''}?`,
      refusal: `delete file store "${name}"`,
      rows: [seen.shown],
      columns: fileStoreColumns,
    });
    return seen;
  },
  async run({ db }, input, seen) {
    const gone =
      seen === undefined
        ? undefined
        : await unlessMissing(input.ifExists, async () => {
            const stores = await import('../../models/file-stores.ts');
            return stores.delete(db, input.store, { force: input.force, id: seen.id });
          });
    return {
      name: input.store,
      deleted: gone !== undefined,
      links_removed: gone?.linksRemoved ?? [],
      file_records_removed: gone?.fileRecordsRemoved ?? 0,
    };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the store' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
    {
      key: 'links_removed',
      label: 'Links removed',
      type: 'list',
      description: 'workspaces that had it as other store',
    },
    {
      key: 'file_records_removed',
      label: 'File records removed',
      type: 'integer',
      description: 'files it was recorded to have; their bytes stay',
    },
  ],
  note: ({ name, deleted, links_removed: links, file_records_removed: count }, did) => {
    if (!deleted) return `there is no file store "${name}"`;
    const more = [
      ...(count > 0 ? [`${records(count)}; the bytes stay`] : []),
      ...(links.length > 0 ? [`no longer another store of ${links.join(', ')}`] : []),
    ];
    return [`${did('deleted', 'delete')} file store "${name}"`, ...more].join('; ');
  },
});
