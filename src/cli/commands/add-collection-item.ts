import { UsageError } from '../../errors.ts';
import { collectionArgument } from '../collection-options.ts';
import { defineCommand, flag, option, options } from '../command.ts';
import { createdByOption, requireCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { applyAssignments, parseSet } from '../values/assignments.ts';
import { itemColumns } from '../views/collections.ts';

export default defineCommand({
  group: 'Collections',
  summary: 'Put an artifact into a collection',
  description:
    'Puts an artifact into a collection, by the rules of its category: which artifacts it takes, which name the item ' +
    'gets, and which data. A suite needs the variables component and section (and priority for binary packages). At ' +
    'this database level no category takes collections.',
  arguments: { into: collectionArgument },
  options: {
    artifact: option('--artifact <ARTIFACT>', 'what to add: a number, or a lookup that ends in an artifact'),
    collection: option('--collection <COLLECTION>', 'what to add, instead of an artifact', {
      completes: 'collection',
    }),
    name: option('--name <NAME>', 'name of the item, where the collection does not compute it'),
    ...dataOptions,
    variable: options('--variable <KEY=VALUE>', 'what name and data are computed from', parseSet),
    replace: flag('--replace', 'remove the active item of that name first'),
    ifNotExists: flag('--if-not-exists', 'success when it is there under that name'),
    createdBy: createdByOption,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  exclusive: [
    ['artifact', 'collection'],
    ['replace', 'ifNotExists'],
  ],
  database: 'write',
  exitCodes: {
    2: 'nobody to record as creator',
    3: 'unknown collection or artifact, or the collection does not take it',
    4: 'the name is taken, or a file of that name has other contents',
  },
  examples: [
    {
      what: 'A source package into a suite',
      command:
        'debusine-admin add-collection-item bookworm@debian:suite --artifact 12 --variable component=main --variable section=devel --created-by alice',
    },
  ],
  related: ['remove-collection-item', 'show-collection', 'lookup'],
  async run(context, input) {
    const { db, now } = context;
    if (input.artifact === undefined && input.collection === undefined) {
      throw new UsageError('add-collection-item needs --artifact or --collection');
    }
    const data = await readData(context, input);
    const variables = await applyAssignments(data, input.variable, (file) => context.readText(file));
    const creator = await requireCreator(context, input.createdBy);
    const [lookups, { addArtifact }, { manager }] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../models/collection-item-changes.ts'),
      import('../../models/collections.ts'),
    ]);
    const parent = await lookups.namedCollection(db, input.into);
    const { name, replace, ifNotExists } = input;
    const options = { userId: creator.id, variables, name, replace, ifNotExists };
    if (input.collection !== undefined) {
      const child = await lookups.namedCollection(db, input.collection);
      await manager(parent).addCollection(db, child, options, now);
    }
    const artifact = await lookups.namedArtifact(db, input.artifact ?? '');
    const { item, wasCreated } = await addArtifact(db, parent, artifact, options, now);
    return { was_created: wasCreated, changed: wasCreated, ...item };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'false when it was there' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...itemColumns,
  ],
  data: ({ id }) => String(id),
  note: ({ id, name, was_created: wasCreated }, did) =>
    wasCreated ? `${did('added', 'add')} item ${id} "${name}"` : `item ${id} "${name}" is there already`,
});
