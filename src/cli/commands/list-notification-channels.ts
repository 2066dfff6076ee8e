import { defineCommand, option, options } from '../command.ts';
import { likeContaining } from '../values/glob.ts';
import { oneOf } from '../values/one-of.ts';
import { channelColumns, methods } from '../views/notification-channels.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Show the notification channels',
  description: 'Shows the notification channels, by name.',
  options: {
    method: options('--method <METHOD>', 'of this method: email', oneOf(methods), {
      completes: Object.keys(methods),
    }),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
  },
  database: 'read',
  examples: [{ what: 'All of them', command: 'debusine-admin list-notification-channels' }],
  related: ['create-notification-channel', 'manage-notification-channel', 'delete-notification-channel'],
  async run({ db, page }, { method, match }) {
    const channels = await import('../../models/notification-channels.ts');
    const filter = {
      methods: method.length === 0 ? undefined : method,
      nameLike: match === undefined ? undefined : likeContaining(match),
    };
    return channels.list(db, filter, page);
  },
}).shownAs({ kind: 'list', things: 'notification channels', columns: channelColumns });
