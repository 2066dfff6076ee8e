import { argument, defineCommand, several } from '../command.ts';
import { dryRunOption, ifExistsOption } from '../confirm.ts';
import { namedWarning } from '../views/notification-channels.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Remove notification channels',
  description:
    'Removes notification channels: all or none, without a question. Unfinished work requests that name one are ' +
    'counted in a warning, since they will not find it.',
  arguments: {
    names: several(argument('NAME', 'name of a channel', { completes: 'notification-channel' })),
  },
  options: { ...ifExistsOption, ...dryRunOption },
  database: 'write',
  exitCodes: { 3: 'unknown channel' },
  examples: [{ what: 'One of them', command: 'debusine-admin delete-notification-channel admin-team' }],
  related: ['list-notification-channels', 'create-notification-channel'],
  async run({ db, warn }, { names, ifExists }) {
    const channels = await import('../../models/notification-channels.ts');
    const removed = await channels.remove(db, names, { ifExists });
    for (const { name, named_by_unfinished_work_requests: count } of removed) {
      if (count > 0) await warn(namedWarning(name, count));
    }
    return removed;
  },
}).shownAs({
  kind: 'changes',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the channel' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
    {
      key: 'named_by_unfinished_work_requests',
      label: 'Named by',
      type: 'integer',
      description: 'unfinished work requests that name it and will not find it',
    },
  ],
  note(removed, did) {
    const names = removed.filter(({ deleted }) => deleted).map(({ name }) => `"${name}"`);
    if (names.length === 0) return 'unchanged: there was none';
    return `${did('deleted', 'delete')} notification channel${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
  },
});
