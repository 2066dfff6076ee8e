import { argument, defineCommand, flag, option } from '../command.ts';
import { retentionOptions } from '../collection-options.ts';
import { dataOptions, givesData, readData } from '../data-options.ts';
import { changedCollectionColumns } from '../views/collections.ts';
import { existingOptions, whenExisting } from '../when-existing.ts';

const categories = ['debian:environments', 'debian:suite', 'debian:suite-lintian'];

export default defineCommand({
  group: 'Collections',
  summary: 'Make an empty collection',
  description:
    'Makes an empty collection. At this database level name and category together are unique in the whole ' +
    'installation. The internal collections of workflows are made with the workflows.',
  arguments: {
    name: argument('NAME', '1 to 255 characters, without "/" and "@"'),
    category: argument('CATEGORY', categories.join(', '), { completes: categories }),
  },
  options: {
    workspace: option('--workspace <NAME>', 'where it belongs', {
      default: 'System',
      completes: 'workspace',
    }),
    ...dataOptions,
    ...retentionOptions,
    ...existingOptions,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: {
    3: 'unknown category or workspace, or name or data refused',
    4: 'it exists already, in this workspace or another one',
  },
  examples: [
    {
      what: 'A suite whose removed packages stay for 30 days',
      command: 'debusine-admin create-collection bookworm debian:suite --full-history-retention 30',
    },
  ],
  related: ['list-collections', 'add-collection-item', 'manage-collection'],
  async run(context, input) {
    const { db, settings, alias, warn } = context;
    const data = givesData(input) ? await readData(context, input) : undefined;
    const [collections, workspaces] = await Promise.all([
      import('../../models/collection-changes.ts'),
      import('../../models/workspaces.ts'),
    ]);
    const workspace = await workspaces.getByName(db, input.workspace ?? settings.defaultWorkspace);
    const { collection, wasCreated, changed } = await collections.create(
      db,
      workspace,
      { name: input.name, category: input.category },
      {
        data,
        fullHistorySeconds: input.fullHistoryRetention,
        metadataOnlySeconds: input.metadataOnlyRetention,
      },
      { anyCategory: alias !== undefined, whenExisting: whenExisting(input) },
    );
    if (!categories.includes(input.category)) {
      await warn(`collection category "${input.category}" is not known; nothing can be added to it here`);
    }
    return { was_created: wasCreated, changed, ...collection };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...changedCollectionColumns,
  ],
  note: ({ name, category, workspace, was_created: wasCreated, changed }, did) => {
    const done = wasCreated ? did('created', 'create') : changed ? did('changed', 'change') : 'unchanged:';
    return `${done} collection "${name}@${category}" in ${workspace}`;
  },
});
