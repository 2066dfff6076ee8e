import { UsageError } from '../../errors.ts';
import { collectionArgument } from '../collection-options.ts';
import { argument, defineCommand, flag, optional, options, several } from '../command.ts';
import { ifExistsOption } from '../confirm.ts';
import { createdByOption, requireCreator } from '../created-by.ts';
import { idOf } from '../values/integer.ts';
import { itemColumns } from '../views/collections.ts';

export default defineCommand({
  group: 'Collections',
  summary: 'Take something out of a collection',
  description:
    'Marks items as removed. Nothing is deleted: expire-artifacts does that when the periods of the collection are ' +
    'over. All or none.',
  arguments: {
    collection: collectionArgument,
    names: optional(several(argument('NAME', 'names of active items'))),
  },
  options: {
    item: options('--item <N>', 'number of an item, instead of names', idOf<'CollectionItem'>()),
    createdBy: createdByOption,
    ...ifExistsOption,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: { 2: 'nobody to record', 3: 'unknown collection, or no such item' },
  examples: [
    {
      what: 'Remove a package from a suite',
      command: 'debusine-admin remove-collection-item bookworm@debian:suite hello_2.10-3 --created-by alice',
    },
  ],
  related: ['add-collection-item', 'show-collection'],
  async run(context, input) {
    const { db, now } = context;
    const names = input.names ?? [];
    if ((names.length === 0) === (input.item.length === 0)) {
      throw new UsageError('give either names or --item', {
        hint: 'debusine-admin remove-collection-item --help',
      });
    }
    const remover = await requireCreator(context, input.createdBy);
    const [{ namedCollection }, { remove }] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../models/collection-item-changes.ts'),
    ]);
    const collection = await namedCollection(db, input.collection);
    return remove(
      db,
      collection,
      names.length > 0 ? { names } : { ids: input.item },
      { userId: remover.id, ifExists: input.ifExists },
      now,
    );
  },
}).shownAs({
  kind: 'changes',
  columns: [
    ...itemColumns,
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'false when it had been removed' },
  ],
  note: (items, did) => {
    const removed = items.filter(({ changed }) => changed).length;
    return `${did('removed', 'remove')} ${removed} ${removed === 1 ? 'item' : 'items'}`;
  },
});
