import type { WorkspaceSummary } from '../../models/workspaces.ts';
import type { Column } from '../../output/columns.ts';

/** A workspace in lists and as the result of a change. */
export const workspaceColumns: readonly Column<WorkspaceSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the workspace', hidden: true },
  { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
  { key: 'public', label: 'Public', type: 'boolean', description: 'readable without an account' },
  {
    key: 'expiration',
    label: 'Default expiration',
    type: 'text',
    description: 'whole days, rounded up, or "Never"; default_expiration_delay_seconds is exact',
  },
  {
    key: 'default_expiration_delay_seconds',
    label: 'Default expiration delay',
    type: 'seconds',
    description: 'how long new artifacts are kept at least; 0 is for ever',
    hidden: true,
  },
  { key: 'default_file_store', label: 'Default file store', type: 'text', description: 'where new files go' },
  {
    key: 'other_file_stores',
    label: 'Other file stores',
    type: 'list',
    description: 'stores whose files count too',
    shrink: 1,
  },
];
