/** What became of work requests that were managed by hand. Source: cli.md 8.10 (manage-work-request). */
import type { ManagedWorkRequest } from '../../models/work-requests/index.ts';
import type { Column } from '../../output/columns.ts';

export interface Managed extends ManagedWorkRequest {
  readonly also_changed: readonly number[];
}

/** With the key that only aborting fills in, so that every form has the same keys. */
export const managed = <Request extends ManagedWorkRequest>(
  requests: readonly Request[],
): readonly (Request & Managed)[] => requests.map((request) => ({ also_changed: [], ...request }));

export const managedColumns: readonly Column<Managed>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
  { key: 'status', label: 'Status', type: 'text', description: 'as it is now' },
  { key: 'changed', label: 'Changed', type: 'boolean', description: 'false when it was so before' },
  {
    key: 'also_changed',
    label: 'Also changed',
    type: 'list',
    description: 'numbers of those that were aborted with it',
  },
];

/** `work requests 51, 52` of those that changed; undefined when none did. */
export function changedOnes(requests: readonly Managed[]): string | undefined {
  const ids = requests.filter(({ changed }) => changed).map(({ id }) => id);
  if (ids.length === 0) return undefined;
  return `work request${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
}
