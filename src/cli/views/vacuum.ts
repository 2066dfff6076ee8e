/** What a tidied storage has lost, as people see it. Source: cli.md 8.9. */
import type { Deletion } from '../../models/vacuum/index.ts';
import type { Column } from '../../output/columns.ts';

/** A kind in words: `store file`. */
export const kindText = (kind: Deletion['kind']): string => kind.replaceAll('_', ' ');

export const deletionColumns: readonly Column<Deletion>[] = [
  { key: 'kind', label: 'Kind', type: 'text', description: 'what it is', show: ({ kind }) => kindText(kind) },
  { key: 'store', label: 'Store', type: 'text', nullable: true, description: 'store that has it' },
  {
    key: 'artifact',
    label: 'Artifact',
    type: 'integer',
    nullable: true,
    description: 'number of the artifact',
  },
  {
    key: 'path',
    label: 'Path',
    type: 'text',
    nullable: true,
    description: 'path below the directory of the store, or the upload directory',
    shrink: 1,
  },
  { key: 'size', label: 'Size', type: 'bytes', description: 'bytes that get free' },
];
