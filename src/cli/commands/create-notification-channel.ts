import { argument, defineCommand, flag } from '../command.ts';
import { dataOptions, givesData, readData } from '../data-options.ts';
import { oneOf } from '../values/one-of.ts';
import { channelColumns, methods } from '../views/notification-channels.ts';
import { existingOptions, whenExisting } from '../when-existing.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Name a place where messages about work requests go',
  description:
    'Names a place where messages about work requests go. Data of the method email: from (an address), to and cc ' +
    '(lists of addresses), subject; an address may be "Name <address>". What is missing, the work request must supply.',
  arguments: {
    name: argument('NAME', '1 to 20 characters, unique'),
    method: argument('METHOD', 'email', oneOf(methods), { completes: Object.keys(methods) }),
  },
  options: {
    ...dataOptions,
    ...existingOptions,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: { 2: 'unknown method', 3: 'name or data refused', 4: 'it exists already' },
  examples: [
    {
      what: 'Mail to a team',
      command:
        "debusine-admin create-notification-channel admin-team email --set from=debusine@example.org --set 'to=[team@example.org]'",
    },
  ],
  related: ['list-notification-channels', 'manage-notification-channel', 'create-work-request'],
  async run(context, input) {
    const { db, warn } = context;
    const data = await readData(context, input);
    const channels = await import('../../models/notification-channels.ts');
    const { channel, wasCreated, changed } = await channels.create(
      db,
      { name: input.name, method: input.method, data: givesData(input) ? data : undefined },
      whenExisting(input),
    );
    const missing = ['from', 'to'].filter((key) => !Object.hasOwn(channel.data, key));
    if (missing.length > 0) {
      await warn(
        `notification channel "${channel.name}" has no ${missing.map((key) => `"${key}"`).join(' and no ')}; each work request must supply it`,
      );
    }
    return { was_created: wasCreated, changed, ...channel };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...channelColumns,
  ],
  note: ({ name, method, was_created: wasCreated, changed }, did) =>
    `${wasCreated ? did('created', 'create') : changed ? did('changed', 'change') : 'unchanged:'} notification channel "${name}" (${method})`,
});
