import { UsageError } from '../../../errors.ts';
import { argument, defineCommand } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { editOptions, readEdit } from '../../data-options.ts';
import { channelColumns } from '../../views/notification-channels.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Change where a notification channel sends to',
  description:
    'Changes where a notification channel sends to: --data replaces all of it, --set and --unset change single keys.',
  arguments: { name: argument('NAME', 'name of the channel', { completes: 'notification-channel' }) },
  options: { ...editOptions, ...dryRunOption },
  database: 'write',
  exitCodes: { 2: 'nothing to change', 3: 'unknown channel, or data refused' },
  examples: [
    {
      what: 'One more recipient',
      command:
        "debusine-admin manage-notification-channel change-data admin-team --set 'cc=[audit@example.org]'",
    },
  ],
  related: ['list-notification-channels', 'manage-notification-channel change-name'],
  async run(context, input) {
    const change = await readEdit(context, input);
    if (change === undefined) {
      throw new UsageError('nothing to change', {
        hint: '--data, --set, --set-string, --set-file or --unset',
      });
    }
    const channels = await import('../../../models/notification-channels.ts');
    const { channel, changed } = await channels.changeData(context.db, input.name, change);
    return { ...channel, changed };
  },
}).shownAs({
  kind: 'change',
  columns: [
    ...channelColumns,
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  note: ({ name, changed }, did) =>
    `${changed ? did('changed', 'change') : 'unchanged:'} notification channel "${name}"`,
});
