import { argument, defineCommand, flag } from '../command.ts';

export default defineCommand({
  group: 'Notifications',
  summary: 'Send a mail by a notification channel to try it out',
  description:
    'Sends one mail to the recipients of a notification channel, by the mail server that is configured (smtp_url), or ' +
    'else by the mail transfer agent of this machine. The server has its own configuration of mail; this tries the ' +
    'addresses of the channel, and the mail server of this one.',
  arguments: {
    name: argument('NAME', 'name of the channel', { completes: 'notification-channel' }),
  },
  options: { dryRun: flag('--dry-run', 'show who would get it, and send nothing') },
  // No transaction is open while a mail server keeps us waiting.
  database: 'batches',
  exitCodes: { 1: 'the mail was not taken', 3: 'no such channel, or it has no sender or recipient' },
  examples: [
    { what: 'Who would get it', command: 'debusine-admin test-notification-channel admin-team --dry-run' },
  ],
  related: ['list-notification-channels', 'manage-notification-channel'],
  async run({ db, settings }, { name, dryRun }) {
    const notifications = await import('../../models/notifications.ts');
    const test = await notifications.channelTest(db, name);
    const mailer = notifications.openMailer(settings.mail());
    if (!dryRun) await notifications.sendTest(test, mailer);
    const { from, to, cc, subject } = test.mail;
    return { name, from, to, cc, subject, sent: !dryRun };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the channel' },
    { key: 'from', label: 'From', type: 'text', description: 'sender' },
    { key: 'to', label: 'To', type: 'list', description: 'recipients' },
    { key: 'cc', label: 'Cc', type: 'list', description: 'recipients of a copy' },
    { key: 'subject', label: 'Subject', type: 'text', description: 'subject of the mail' },
    { key: 'sent', label: 'Sent', type: 'boolean', description: 'false for a dry run' },
  ],
  note: ({ name, to, cc, sent }) => {
    const recipients = [...to, ...cc].join(', ');
    return sent
      ? `the mail server took the mail of channel "${name}" to ${recipients}`
      : `channel "${name}" would send to ${recipients}; nothing was sent`;
  },
});
