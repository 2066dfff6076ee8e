import type { SwitchedToken, TokenSummary } from '../../models/tokens.ts';
import type { Column } from '../../output/columns.ts';

/** A token in lists and above questions. */
export const tokenColumns: readonly Column<TokenSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the token' },
  { key: 'hash', label: 'Token hash', type: 'digest', description: 'SHA-256 of its key' },
  { key: 'user', label: 'User', type: 'text', nullable: true, description: 'whose it is', shrink: 1 },
  {
    key: 'worker',
    label: 'Worker',
    type: 'text',
    nullable: true,
    description: 'the worker that uses it',
    shrink: 2,
  },
  { key: 'created', label: 'Created', type: 'instant', description: 'when it was made', shrink: 3 },
  {
    key: 'expires',
    label: 'Expires',
    type: 'instant',
    nullable: true,
    description: 'always null',
    hidden: true,
  },
  {
    key: 'enabled',
    label: 'Enabled',
    type: 'boolean',
    description: 'whether it works',
    tone: ({ enabled }) => (enabled ? undefined : 'warning'),
  },
  { key: 'comment', label: 'Comment', type: 'text', description: 'why it was made', shrink: 4 },
];

/** What switching did to a token. */
export const switchedTokenColumns: readonly Column<SwitchedToken>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the token' },
  { key: 'hash', label: 'Token hash', type: 'digest', description: 'SHA-256 of its key' },
  { key: 'enabled', label: 'Enabled', type: 'boolean', description: 'whether it works now' },
  { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether it was otherwise before' },
];
