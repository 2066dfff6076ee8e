import type { CollectionRecord, ItemRecord } from '../../models/collection-records.ts';
import type { Column } from '../../output/columns.ts';
import { durationForm } from '../../output/forms.ts';

const periodForm = (seconds: number | null): string =>
  seconds === null ? 'for ever' : durationForm(seconds);

/** A collection in lists and as the result of a change. */
export const collectionColumns: readonly Column<CollectionRecord>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the collection' },
  { key: 'name', label: 'Name', type: 'text', description: 'name; unique in its category' },
  { key: 'category', label: 'Category', type: 'text', description: 'what it collects' },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it belongs' },
  {
    key: 'active_items',
    label: 'Items',
    type: 'integer',
    description: 'items that are in it now',
  },
  {
    key: 'removed_items',
    label: 'Removed',
    type: 'integer',
    description: 'items of its history',
    hidden: true,
  },
  {
    key: 'full_history_retention_seconds',
    label: 'Full history',
    type: 'seconds',
    nullable: true,
    description: 'how long removed items hold their artifacts; null is for ever',
    show: (row) => periodForm(row.full_history_retention_seconds),
    shrink: 2,
  },
  {
    key: 'metadata_only_retention_seconds',
    label: 'Metadata',
    type: 'seconds',
    nullable: true,
    description: 'how long they are remembered after that; null is for ever',
    show: (row) => periodForm(row.metadata_only_retention_seconds),
    shrink: 2,
  },
  { key: 'data', label: 'Data', type: 'json', description: 'settings of the collection', hidden: true },
  {
    key: 'workflow',
    label: 'Workflow',
    type: 'integer',
    nullable: true,
    description: 'the workflow whose internal collection it is',
    hidden: true,
  },
];

/** The keys of a change: what is the same for every collection that was just made is left out. */
export const changedCollectionColumns = collectionColumns.filter(
  ({ key }) => !['active_items', 'removed_items', 'workflow'].includes(key),
);

/** An item in lists and as the result of a change. */
export const itemColumns: readonly Column<ItemRecord>[] = [
  { key: 'id', label: 'Item', type: 'integer', description: 'number of the item' },
  { key: 'name', label: 'Name', type: 'text', description: 'name in the collection' },
  { key: 'type', label: 'Type', type: 'text', description: 'bare, artifact or collection' },
  { key: 'category', label: 'Category', type: 'text', description: 'category of what it holds', shrink: 2 },
  {
    key: 'artifact',
    label: 'Target',
    type: 'integer',
    nullable: true,
    description: 'number of the artifact it holds',
    show: ({ artifact, collection }) =>
      artifact !== null ? `artifact ${artifact}` : collection !== null ? `collection ${collection}` : '-',
  },
  {
    key: 'collection',
    label: 'Collection',
    type: 'integer',
    nullable: true,
    description: 'number of the collection it holds',
    hidden: true,
  },
  { key: 'data', label: 'Data', type: 'json', description: 'data of the item', hidden: true },
  { key: 'created_at', label: 'Added', type: 'instant', description: 'when it was added', shrink: 3 },
  { key: 'created_by', label: 'By', type: 'text', description: 'who added it', leaveOut: 1 },
  {
    key: 'removed_at',
    label: 'Removed',
    type: 'instant',
    nullable: true,
    description: 'when it was removed; null while it is active',
    shrink: 3,
  },
  {
    key: 'removed_by',
    label: 'Removed by',
    type: 'text',
    nullable: true,
    description: 'who removed it',
    hidden: true,
  },
  {
    key: 'held_until',
    label: 'Held until',
    type: 'instant',
    nullable: true,
    description: 'when a removed item lets go of its artifact; null when that is never',
    hidden: true,
  },
];
