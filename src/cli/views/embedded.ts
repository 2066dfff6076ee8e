import type { Column } from '../../output/columns.ts';
import type { EmbeddedStatus } from '../embedded.ts';

/** The embedded database. */
export const embeddedColumns: readonly Column<EmbeddedStatus>[] = [
  { key: 'configured', label: 'Configured', type: 'boolean', description: 'whether commands use it' },
  { key: 'exists', label: 'Exists', type: 'boolean', description: 'whether it has been made' },
  { key: 'running', label: 'Running', type: 'boolean', description: 'whether its server runs' },
  {
    key: 'pid',
    label: 'Process',
    type: 'integer',
    nullable: true,
    description: 'process number of the server',
  },
  { key: 'data_directory', label: 'Data', type: 'text', description: 'where its data is' },
  { key: 'socket', label: 'Socket', type: 'text', description: 'directory of its socket' },
  { key: 'size_bytes', label: 'Size', type: 'bytes', nullable: true, description: 'size of its data' },
  {
    key: 'changed',
    label: 'Changed',
    type: 'boolean',
    description: 'whether this command changed anything',
    hidden: true,
  },
];
