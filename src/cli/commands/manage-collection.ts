import { UsageError } from '../../errors.ts';
import { defineCommand, flag, option } from '../command.ts';
import { collectionArgument, retentionOptions } from '../collection-options.ts';
import { editOptions, readEdit } from '../data-options.ts';
import { changedCollectionColumns } from '../views/collections.ts';

export default defineCommand({
  group: 'Collections',
  summary: 'Change a collection',
  description: 'Changes the name, the data or the retention periods of a collection.',
  arguments: { collection: collectionArgument },
  options: {
    rename: option('--rename <NEW>', 'give it another name'),
    ...editOptions,
    ...retentionOptions,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: { 2: 'nothing to change', 3: 'unknown collection, or data or name refused', 4: 'name taken' },
  examples: [
    {
      what: 'Forget removed packages after 90 days',
      command: 'debusine-admin manage-collection bookworm@debian:suite --metadata-only-retention 90',
    },
  ],
  related: ['show-collection', 'delete-collection', 'expire-artifacts'],
  async run(context, input) {
    const { db, now, note } = context;
    const data = await readEdit(context, input);
    const { rename, fullHistoryRetention, metadataOnlyRetention } = input;
    const periods = { fullHistorySeconds: fullHistoryRetention, metadataOnlySeconds: metadataOnlyRetention };
    if ([rename, data, fullHistoryRetention, metadataOnlyRetention].every((given) => given === undefined)) {
      throw new UsageError('nothing to change', {
        hint: '--rename, --data, --set, --unset, --full-history-retention or --metadata-only-retention',
      });
    }
    const [{ namedCollection }, collections] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../models/collection-changes.ts'),
    ]);
    const { id } = await namedCollection(db, input.collection);
    const { collection, changed } = await collections.change(db, id, { name: rename, data, ...periods });
    if (changed && [fullHistoryRetention, metadataOnlyRetention].some((given) => given !== undefined)) {
      const released = await collections.countReleased(db, id, now);
      if (released.artifacts + released.items > 0) {
        await note(
          `the next expire-artifacts lets go of ${released.artifacts} artifacts and deletes ${released.items} removed items`,
        );
      }
    }
    return { changed, ...collection };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...changedCollectionColumns,
  ],
  note: ({ name, category, changed }, did) =>
    `${changed ? did('changed', 'change') : 'unchanged:'} collection "${name}@${category}"`,
});
