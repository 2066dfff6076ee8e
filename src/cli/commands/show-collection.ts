import { UsageError } from '../../errors.ts';
import type { CollectionDetails, ItemRecord, ItemType } from '../../models/collection-records.ts';
import { collectionArgument } from '../collection-options.ts';
import { defineCommand, flag, option, options, type Output, shown } from '../command.ts';
import type { Listing } from '../context.ts';
import { likePattern } from '../values/glob.ts';
import { oneOf } from '../values/one-of.ts';
import { collectionColumns, itemColumns } from '../views/collections.ts';

const types = {
  bare: 'bare',
  artifact: 'artifact',
  collection: 'collection',
} as const satisfies Record<ItemType, ItemType>;

const asDetails: Output<CollectionDetails> = {
  kind: 'details',
  columns: [
    // Here everything is shown.
    ...collectionColumns.map(({ hidden: _, ...column }) => column),
    {
      key: 'constraints',
      label: 'Constraints',
      type: 'json',
      description: 'how many match constraints there are of each name',
    },
  ],
};

const asItems: Output<Listing<ItemRecord>> = { kind: 'list', things: 'items', columns: itemColumns };

export default defineCommand({
  group: 'Collections',
  summary: 'Show one collection, or its items',
  description: 'Shows one collection, or with --items what is in it, by name.',
  arguments: { collection: collectionArgument },
  options: {
    items: flag('--items', 'list the active items'),
    removed: flag('--removed', 'with --items: only those that were removed'),
    allItems: flag('--all-items', 'with --items: active and removed ones'),
    type: options('--type <TYPE>', 'with --items: bare, artifact or collection', oneOf<ItemType>(types), {
      completes: Object.keys(types),
    }),
    category: options('--category <CATEGORY>', 'with --items: what holds something of this category'),
    name: option('--name <GLOB>', 'with --items: with this name; * stands for anything'),
  },
  exclusive: [['removed', 'allItems']],
  database: 'read',
  exitCodes: { 3: 'unknown collection' },
  examples: [
    {
      what: 'The packages of a suite',
      command: 'debusine-admin show-collection bookworm@debian:suite --items --type artifact',
    },
  ],
  related: ['list-collections', 'add-collection-item', 'lookup'],
  async run({ db, page }, input) {
    const [{ namedCollection }, records] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../models/collection-records.ts'),
    ]);
    const isAboutItems = input.removed || input.allItems || input.name !== undefined;
    if (!input.items && (isAboutItems || input.type.length > 0 || input.category.length > 0)) {
      throw new UsageError('--removed, --all-items, --type, --category and --name choose items', {
        hint: 'add --items',
      });
    }
    const { id } = await namedCollection(db, input.collection);
    if (!input.items) return shown(asDetails, await records.show(db, id));
    const filter = {
      collectionId: id,
      removed: input.allItems ? undefined : input.removed,
      types: input.type.length === 0 ? undefined : input.type,
      categories: input.category.length === 0 ? undefined : input.category,
      nameLike: input.name === undefined ? undefined : likePattern(input.name),
    };
    return shown(asItems, records.listItems(db, filter, page));
  },
}).shownAs({
  kind: 'choice',
  columns: [],
  outputs: [asDetails as Output<never>, asItems as Output<never>],
  listedBy: '--items',
});
