/** Notification channels in lists and as the result of a change. Source: cli.md 8.12. */
import type { ChannelSummary } from '../../models/notification-channels.ts';
import type { Column } from '../../output/columns.ts';

export const channelColumns: readonly Column<ChannelSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the channel', hidden: true },
  { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
  { key: 'method', label: 'Method', type: 'text', description: 'how messages are sent: email' },
  { key: 'data', label: 'Data', type: 'json', description: 'where to: from, to, cc, subject', shrink: 1 },
];

/** The methods, as values of a command line. */
export const methods = { email: 'email' } as const;

/** Why a new name or none at all is dangerous: `1 unfinished work request names it and will not find it`. */
export function namedWarning(name: string, count: number): string {
  const requests = count === 1 ? '1 unfinished work request names' : `${count} unfinished work requests name`;
  return `${requests} notification channel "${name}" and will not find it`;
}
