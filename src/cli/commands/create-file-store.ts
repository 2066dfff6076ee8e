import { fileStoreBackends } from '../../data/file-stores.ts';
import { argument, defineCommand, flag } from '../command.ts';
import { configurationOptions, readConfiguration } from '../data-options.ts';
import { parseBackend } from '../values/file-store-backend.ts';
import { existingOptions } from '../when-existing.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Register a place where files are kept',
  description:
    'Registers a directory of this machine where files are kept, or an archive they can be read from. A directory ' +
    'must be there and writable, and lie neither in nor around that of another store.',
  arguments: {
    name: argument('NAME', '1 to 255 characters, unique in the installation'),
    backend: argument('BACKEND', fileStoreBackends.join(' or '), parseBackend, {
      completes: fileStoreBackends,
    }),
  },
  options: {
    ...configurationOptions,
    createDirectory: flag('--create-directory', 'make a missing directory (mode 0750)'),
    noCheck: flag('--no-check', 'do not look whether the directory can be used'),
    ifNotExists: existingOptions.ifNotExists,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  exclusive: [['createDirectory', 'noCheck']],
  // One transaction, that of the model: a directory that was made for a store goes when the store cannot be made.
  database: 'batches',
  exitCodes: {
    3: 'configuration refused, or the directory cannot be used',
    4: 'it exists already, or its directory meets that of another store',
  },
  examples: [
    {
      what: 'A second disk',
      command:
        'debusine-admin create-file-store archive Local --set base_directory=/srv/debusine/archive --create-directory',
    },
    {
      what: 'An archive to read from; its configuration has archive_root_url, suite and components',
      command: 'debusine-admin create-file-store bookworm ExternalDebianSuite --configuration bookworm.yaml',
    },
  ],
  related: ['list-file-stores', 'show-file-store', 'manage-workspace'],
  async run(context, input) {
    const { db, settings } = context;
    const configuration = await readConfiguration(context, input);
    const stores = await import('../../models/file-stores.ts');
    const { store, wasCreated } = await stores.create(
      db,
      { name: input.name, backend: input.backend, configuration },
      {
        ifNotExists: input.ifNotExists,
        directory: input.createDirectory ? 'created' : input.noCheck ? 'unchecked' : 'usable',
        dryRun: input.dryRun,
      },
      settings,
    );
    // A store that was not made has no number.
    const id = wasCreated && input.dryRun ? null : store.id;
    return { was_created: wasCreated, changed: wasCreated, ...store, id };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    {
      key: 'id',
      label: 'ID',
      type: 'integer',
      nullable: true,
      description: 'number of the store; null: a dry run',
    },
    { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
    { key: 'backend', label: 'Backend', type: 'text', description: 'Local or ExternalDebianSuite' },
    { key: 'configuration', label: 'Configuration', type: 'json', description: 'its settings' },
  ],
  note: ({ name, backend, was_created: wasCreated }, did) =>
    `${wasCreated ? did('created', 'create') : 'unchanged:'} file store "${name}" (${backend})`,
});
