import { argument, defineCommand } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { channelColumns, namedWarning } from '../../views/notification-channels.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Give a notification channel another name',
  description:
    'Gives a notification channel another name. Work requests name channels by their name: unfinished ones that still ' +
    'name the old one are counted in a warning, since they will not find it.',
  arguments: {
    name: argument('NAME', 'name of the channel', { completes: 'notification-channel' }),
    newName: argument('NEW', 'the new name, 1 to 20 characters'),
  },
  options: dryRunOption,
  database: 'write',
  exitCodes: { 3: 'unknown channel, or name refused', 4: 'the new name is taken' },
  examples: [
    {
      what: 'Another name',
      command: 'debusine-admin manage-notification-channel change-name admin-team operators',
    },
  ],
  related: ['list-notification-channels', 'manage-notification-channel change-data'],
  async run({ db, warn }, { name, newName }) {
    const channels = await import('../../../models/notification-channels.ts');
    const { channel, changed, namedByUnfinished } = await channels.rename(db, name, newName);
    if (namedByUnfinished > 0) await warn(namedWarning(name, namedByUnfinished));
    return { ...channel, changed, old_name: name };
  },
}).shownAs({
  kind: 'change',
  columns: [
    ...channelColumns,
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  note: ({ name, old_name: before, changed }, did) =>
    changed
      ? `${did('renamed', 'rename')} notification channel "${before}" to "${name}"`
      : `unchanged: notification channel "${name}"`,
});
