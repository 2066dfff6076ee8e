/** How expiry is shown to people. Source: cli.md 8.8. */
import type { ExpiryItem, ExpirySummary, Explanation, Reason } from '../../models/expiry/index.ts';
import type { Column } from '../../output/columns.ts';
import { escapeControls } from '../../output/escape.ts';
import { durationForm, sizeForm } from '../../output/forms.ts';
import type { Timestamp } from '../../timestamp.ts';

export const itemColumns: readonly Column<ExpiryItem>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the artifact' },
  { key: 'category', label: 'Category', type: 'text', description: 'what it is', shrink: 1 },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it lives' },
  { key: 'created_at', label: 'Created', type: 'instant', description: 'when it was made', shrink: 3 },
  { key: 'expired_at', label: 'Expired', type: 'instant', description: 'since when it has expired' },
  { key: 'files', label: 'Files', type: 'integer', description: 'files in it' },
  { key: 'size_bytes', label: 'Size', type: 'bytes', description: 'bytes of its files, shared ones too' },
];

export const explanationColumns: readonly Column<Explanation>[] = [
  { key: 'artifact', label: 'Artifact', type: 'integer', description: 'number of the artifact' },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it lives' },
  { key: 'category', label: 'Category', type: 'text', description: 'what it is' },
  { key: 'created_at', label: 'Created', type: 'instant', description: 'when it was made' },
  { key: 'delay_seconds', label: 'Delay', type: 'seconds', description: 'how long it is kept; 0 for ever' },
  { key: 'delay_from', label: 'Delay from', type: 'text', description: 'who says so: artifact or workspace' },
  {
    key: 'expire_at',
    label: 'Expires',
    type: 'instant',
    description: 'when its time is over',
    nullable: true,
  },
  { key: 'expired', label: 'Expired', type: 'boolean', description: 'whether its time is over' },
  { key: 'decision', label: 'Decision', type: 'text', description: 'keep or delete' },
  {
    key: 'reasons',
    label: 'Reasons',
    type: 'json',
    description: 'why it is kept',
    moments: ['until', 'since', 'keeper_until', 'last_activity_at'],
  },
  { key: 'more_chains', label: 'More chains', type: 'integer', description: 'chains that were left out' },
  {
    key: 'would_free_bytes',
    label: 'Would free',
    type: 'bytes',
    description: 'bytes that only it needs',
  },
  { key: 'files', label: 'Files', type: 'integer', description: 'files in it' },
  { key: 'shared_files', label: 'Shared', type: 'integer', description: 'of these, also in other artifacts' },
];

export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** Null is what the database makes of a moment that is no date: `infinity`. */
const short = (at: Timestamp | null): string =>
  at === null ? 'a time beyond all dates' : at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

/** One artifact that was deleted, as one line. */
export function itemLine({
  id,
  category,
  workspace,
  expired_at: since,
  size_bytes: size,
}: ExpiryItem): string {
  return escapeControls(`${id}  ${category}  ${workspace}  expired since ${short(since)}  ${sizeForm(size)}`);
}

/** What was done, in a few lines. */
export function summaryText({ artifacts, bytes, files, kept_by: keptBy }: ExpirySummary): string {
  const words: readonly (readonly [number, string])[] = [
    [keptBy.related, 'needed by other artifacts'],
    [keptBy.collection, 'in a collection'],
    [keptBy.collection_history, 'in the history of a collection'],
    [keptBy.workflow, 'in an unfinished workflow'],
    [keptBy.upload_in_progress, 'being uploaded'],
  ];
  const reasons = words.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const lines = [
    `Deleted ${counted(artifacts.deleted, 'artifact')}, freed ${sizeForm(bytes.freed)} in ${counted(files.removed, 'file')}.`,
    ...(artifacts.kept > 0
      ? [`Kept ${counted(artifacts.kept, 'expired artifact')}: ${reasons.join(', ')}.`]
      : []),
    ...(artifacts.skipped > 0 ? [`Skipped ${artifacts.skipped} that somebody needs by now.`] : []),
    ...(files.external > 0 ? [`Left ${counted(files.external, 'unused file')} in read-only stores.`] : []),
    ...(artifacts.remaining > 0 ? [`${artifacts.remaining} remain for the next run.`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The decision about one artifact and why. */
export function explanationText(found: Explanation): string {
  const from = found.delay_from === 'workspace' ? `default of ${found.workspace}` : 'its own delay';
  const time =
    found.expire_at === null
      ? 'never expires'
      : `${found.expired ? 'expired since' : 'not expired until'} ${short(found.expire_at)}`;
  const lines = [
    `Artifact ${found.artifact} (${found.category}) in ${found.workspace}`,
    `  created ${short(found.created_at)}, kept ${found.delay_seconds === 0 ? 'for ever' : durationForm(found.delay_seconds)} (${from}), ${time}`,
    `  decision: ${found.decision.toUpperCase()}`,
    ...found.reasons.map((reason) => `  because: ${reasonText(reason)}`),
    ...(found.more_chains > 0 ? [`  and ${counted(found.more_chains, 'more chain')}`] : []),
    `  deleting it would free ${sizeForm(found.would_free_bytes)} in ${counted(found.files - found.shared_files, 'file')}`,
  ];
  return `${lines.map(escapeControls).join('\n')}\n`;
}

function reasonText(reason: Reason): string {
  switch (reason.code) {
    case 'never_expires':
      return 'it never expires';
    case 'not_expired':
      return `not expired until ${short(reason.until)}`;
    case 'collection':
      return `item "${reason.item.name}" of collection ${reason.collection} since ${short(reason.since)}`;
    case 'collection_history': {
      const until = reason.until === null ? 'for ever' : `until ${short(reason.until)}`;
      return `removed item "${reason.item.name}" of collection ${reason.collection}, whose history is kept ${until}`;
    }
    case 'workflow':
      return `item "${reason.item.name}" of workflow ${reason.workflow}, which is ${reason.workflow_status}`;
    case 'upload_in_progress':
      return `"${reason.path}" is being uploaded, last activity ${short(reason.last_activity_at)}`;
    case 'related': {
      const [, ...rest] = reason.chain;
      const until = reason.keeper_until === null ? '' : ` until ${short(reason.keeper_until)}`;
      const steps = rest.map(({ type, artifact }) => ` -${type ?? ''}-> ${artifact}`).join('');
      return `${reason.keeper} (${keeperWords[reason.keeper_code]}${until})${steps}`;
    }
  }
}

const keeperWords = {
  never_expires: 'never expires',
  not_expired: 'not expired',
  collection: 'in a collection',
  collection_history: 'in the history of a collection',
  workflow: 'in an unfinished workflow',
  upload_in_progress: 'being uploaded',
};
