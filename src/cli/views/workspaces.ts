import type {
  CategoryUsage,
  WorkspaceContents,
  WorkspaceDetails,
  WorkspaceSummary,
  WorkspaceUsage,
} from '../../models/workspaces.ts';
import type { Column } from '../../output/columns.ts';
import { listOf, objectOf, values } from '../../output/json-schema.ts';

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

/** How much there is matters more here than how it is set up, where there is no room for both. */
const firstToGo: Partial<Record<keyof WorkspaceSummary, number>> = {
  public: 1,
  expiration: 2,
  default_file_store: 3,
  other_file_stores: 4,
};

/** With how much is in each. */
export const workspaceUsageColumns: readonly Column<WorkspaceSummary & WorkspaceUsage>[] = [
  ...workspaceColumns.map((column) => {
    const leaveOut = firstToGo[column.key];
    return leaveOut === undefined ? column : { ...column, leaveOut };
  }),
  { key: 'artifacts', label: 'Artifacts', type: 'integer', description: 'artifacts in it' },
  {
    key: 'size_bytes',
    label: 'Size',
    type: 'bytes',
    description: 'bytes of the files of its artifacts, each counted once',
    bar: true,
  },
  { key: 'work_requests', label: 'Work requests', type: 'integer', description: 'whatever their status' },
  { key: 'collections', label: 'Collections', type: 'integer', description: 'collections in it' },
];

/** What a workspace holds of one category. */
const categoryColumns: readonly Column<CategoryUsage>[] = [
  { key: 'category', label: 'Category', type: 'text', description: 'what they are', shrink: 1 },
  { key: 'count', label: 'Count', type: 'integer', description: 'artifacts' },
  {
    key: 'size_bytes',
    label: 'Size',
    type: 'bytes',
    description: 'bytes of their files, each counted once',
    bar: true,
  },
];

const { integer } = values;

/** One workspace with what is in it. */
export const workspaceDetailColumns: readonly Column<
  WorkspaceDetails & { readonly deletable_now: number }
>[] = [
  ...workspaceColumns,
  { key: 'artifacts', label: 'Artifacts', type: 'integer', description: 'artifacts in it' },
  {
    key: 'size_bytes',
    label: 'Size',
    type: 'bytes',
    description: 'bytes of the files of its artifacts, each counted once',
  },
  { key: 'expired_now', label: 'Expired now', type: 'integer', description: 'by time alone' },
  {
    key: 'deletable_now',
    label: 'Deletable now',
    type: 'integer',
    description: 'what expire-artifacts would delete: expired, and nothing keeps it',
  },
  { key: 'collections', label: 'Collections', type: 'integer', description: 'collections in it' },
  {
    key: 'work_requests',
    label: 'Work requests',
    type: 'json',
    description: 'by status',
    schema: objectOf({
      pending: integer,
      running: integer,
      blocked: integer,
      completed: integer,
      aborted: integer,
    }),
    show: ({ work_requests: requests }) =>
      Object.entries(requests)
        .filter(([, count]) => count > 0)
        .map(([status, count]) => `${count} ${status}`)
        .join(', ') || 'none',
  },
  { key: 'workflow_templates', label: 'Workflow templates', type: 'integer', description: 'templates in it' },
  {
    key: 'artifacts_by_category',
    label: 'Artifacts by category',
    type: 'json',
    description: 'a file that artifacts of two categories name counts in both',
    schema: listOf(objectOf({ category: values.text, count: integer, size_bytes: integer })),
    rows: categoryColumns,
  },
];

/** What goes with a workspace. */
export const workspaceContentColumns: readonly Column<WorkspaceContents>[] = [
  { key: 'name', label: 'Name', type: 'text', description: 'name of the workspace' },
  { key: 'artifacts', label: 'Artifacts', type: 'integer', description: 'artifacts in it' },
  { key: 'files', label: 'Files', type: 'integer', description: 'files that only these use' },
  { key: 'bytes', label: 'Size', type: 'bytes', description: 'bytes of these files' },
  { key: 'collections', label: 'Collections', type: 'integer', description: 'collections in it' },
  { key: 'collection_items', label: 'Items', type: 'integer', description: 'items of these collections' },
  { key: 'work_requests', label: 'Requests', type: 'integer', description: 'work requests in it' },
  { key: 'workflow_templates', label: 'Templates', type: 'integer', description: 'workflow templates in it' },
];
