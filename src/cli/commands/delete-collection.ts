import { NotFoundError } from '../../errors.ts';
import { defineCommand, flag } from '../command.ts';
import { collectionArgument } from '../collection-options.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';

export default defineCommand({
  group: 'Collections',
  summary: 'Remove a collection; what it holds stays',
  description:
    'Removes a collection with its items and match constraints; the artifacts in it stay. Refused with active items ' +
    'unless --force, and always while it is an active item of another collection or belongs to an unfinished workflow.',
  arguments: { collection: collectionArgument },
  options: {
    force: flag('--force', 'also when it has active items'),
    ...confirmOptions,
    ...ifExistsOption,
  },
  database: 'write',
  exitCodes: { 2: 'nobody to ask, and no --yes', 3: 'unknown collection', 4: 'it is still in use' },
  examples: [
    {
      what: 'What would go',
      command: 'debusine-admin delete-collection bookworm@debian:suite --force --dry-run',
    },
  ],
  related: ['remove-collection-item', 'list-collections'],
  async look({ db }, input) {
    const [{ namedCollection }, { show }] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../models/collection-records.ts'),
    ]);
    try {
      return await show(db, (await namedCollection(db, input.collection)).id);
    } catch (error) {
      if (error instanceof NotFoundError && input.ifExists) return undefined;
      throw error;
    }
  },
  async ask(context, input, seen) {
    if (seen === undefined) return undefined;
    const items = seen.active_items + seen.removed_items;
    const name = `"${seen.name}@${seen.category}"`;
    await confirm(context, input, {
      text: `Delete collection ${name} with ${items} ${items === 1 ? 'item' : 'items'}?`,
      refusal: `delete collection ${name}`,
    });
    return seen;
  },
  async run({ db }, { collection, force, ifExists }, seen) {
    const gone = { name: collection, category: null, deleted: false, items: 0 };
    if (seen === undefined) return gone;
    const { remove } = await import('../../models/collection-changes.ts');
    try {
      return { deleted: true, ...(await remove(db, seen.id, { force })) };
    } catch (error) {
      // Somebody else was quicker.
      if (error instanceof NotFoundError && ifExists) return gone;
      throw error;
    }
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the collection' },
    { key: 'category', label: 'Category', type: 'text', nullable: true, description: 'its category' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
    { key: 'items', label: 'Items', type: 'integer', description: 'items that went with it' },
  ],
  note: ({ name, category, deleted, items }, did) =>
    deleted
      ? `${did('deleted', 'delete')} collection "${name}@${category ?? ''}" with ${items} ${items === 1 ? 'item' : 'items'}`
      : `there is no collection "${name}"`,
});
