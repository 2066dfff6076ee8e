/** File stores in lists and in full. Source: cli.md 8.5. */
import type { FileStoreDetails, FileStoreRecord } from '../../models/file-stores.ts';
import type { Column } from '../../output/columns.ts';

export const fileStoreColumns: readonly Column<FileStoreRecord>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the store', hidden: true },
  { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
  { key: 'backend', label: 'Backend', type: 'text', description: 'Local or ExternalDebianSuite' },
  { key: 'configuration', label: 'Configuration', type: 'json', description: 'its settings', hidden: true },
  {
    key: 'location',
    label: 'Location',
    type: 'text',
    nullable: true,
    description: 'directory or URL',
    shrink: 3,
  },
  { key: 'files', label: 'Files', type: 'integer', description: 'files it has' },
  { key: 'size_bytes', label: 'Size', type: 'bytes', description: 'bytes of these files' },
  {
    key: 'default_of',
    label: 'Default of',
    type: 'list',
    description: 'workspaces whose new files go here',
    shrink: 2,
  },
  {
    key: 'other_of',
    label: 'Other of',
    type: 'list',
    description: 'workspaces that also use it',
    shrink: 1,
  },
  {
    key: 'reachable',
    label: 'Reachable',
    type: 'boolean',
    nullable: true,
    description: 'can be written to; null: not on this machine',
    tone: ({ reachable }) => (reachable === false ? 'bad' : undefined),
  },
];

export const fileStoreDetailColumns: readonly Column<FileStoreDetails>[] = [
  ...fileStoreColumns.map((column) => ({ ...column, hidden: false })),
  {
    key: 'free_bytes',
    label: 'Free',
    type: 'bytes',
    nullable: true,
    description: 'room left for us on its disk; null: not on this machine, or not reachable',
  },
  { key: 'unused_files', label: 'Unused files', type: 'integer', description: 'files that no artifact has' },
  { key: 'unused_bytes', label: 'Unused', type: 'bytes', description: 'bytes of these files' },
];
