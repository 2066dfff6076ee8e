import type { ChangedIdentity, IdentitySummary } from '../../models/identities.ts';
import type { Column } from '../../output/columns.ts';

/** An identity in lists and above questions. */
export const identityColumns: readonly Column<IdentitySummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the identity' },
  { key: 'issuer', label: 'Issuer', type: 'text', description: 'which authority', shrink: 2 },
  { key: 'subject', label: 'Subject', type: 'text', description: "the person's id there", shrink: 1 },
  {
    key: 'user',
    label: 'User',
    type: 'text',
    nullable: true,
    description: 'the account it is bound to; null: to none',
  },
  { key: 'last_used', label: 'Last used', type: 'instant', description: 'last login or change', shrink: 3 },
  {
    key: 'claims',
    label: 'Claims',
    type: 'json',
    description: 'what the authority said about the person',
    hidden: true,
  },
];

/** An identity after a change. */
export const changedIdentityColumns: readonly Column<ChangedIdentity>[] = [
  ...identityColumns,
  {
    key: 'changed',
    label: 'Changed',
    type: 'boolean',
    description: 'whether it was bound otherwise before',
  },
];

/** An identity that was to be deleted. */
export const deletedIdentityColumns: readonly Column<IdentitySummary & { readonly deleted: boolean }>[] = [
  ...identityColumns,
  { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when it had gone already' },
];
