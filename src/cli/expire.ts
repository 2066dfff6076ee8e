/** What `expire-artifacts` does with its options, and how it tells of it. Source: cli.md 8.8. */
import { LockTimeoutError, InterruptedError, UsageError } from '../errors.ts';
import {
  type Explanation,
  databaseNow,
  explain,
  type ExpiryItem,
  type ExpirySummary,
  plan,
  run,
  runLocks,
  withRunLock,
} from '../models/expiry/index.ts';
import { getByNames } from '../models/workspaces.ts';
import type { Column } from '../output/columns.ts';
import { oneBatch, printList } from '../output/format.ts';
import { durationForm, sizeForm } from '../output/forms.ts';
import { jsonText } from '../output/json.ts';
import { isMachineFormat } from '../output/options.ts';
import { startProgress } from '../output/progress.ts';
import { yamlDocument } from '../output/yaml.ts';
import { ownStyle } from '../output/yaml-scalars.ts';
import type { Timestamp } from '../timestamp.ts';
import { inSnapshot } from './snapshot.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';

export interface ExpireInput {
  readonly artifacts: readonly number[];
  readonly dryRun: boolean;
  readonly explain: boolean;
  readonly at: Timestamp | undefined;
  readonly workspace: readonly string[];
  readonly limit: number | undefined;
  readonly batchSize: number | undefined;
  /** Seconds. */
  readonly maxTime: number | undefined;
  readonly noHistory: boolean;
  readonly keepFiles: boolean;
  readonly progress: string | undefined;
}

/** @throws UsageError for a future `--at` in a run that deletes */
export async function expire(context: Context, input: ExpireInput): Promise<void> {
  const { db } = context;
  const present = await databaseNow(db);
  const at = input.at ?? present;
  if (at > present && !input.dryRun && !input.explain) {
    throw new UsageError('option --at: a time in the future would delete what has not expired', {
      hint: 'add --dry-run',
    });
  }
  if (input.explain) await explainAll(context, input.artifacts, at);
  else await expireAll(context, input, at);
}

async function explainAll(context: Context, ids: readonly number[], at: Timestamp): Promise<void> {
  const explanations = await inSnapshot(context.db, async (db) => {
    const found: Explanation[] = [];
    for (const id of ids) found.push(await explain(db, id, at));
    return found;
  });
  const [only] = explanations;
  if (isMachineFormat(context.output.format)) {
    await document(context, explanations.length === 1 ? only : explanations);
    return;
  }
  await context.host.stdout.write(explanations.map(explanationText).join('\n'));
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const short = (at: Timestamp): string => at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

function explanationText(found: Explanation): string {
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
    ...(found.more_chains > 0 ? [`  and ${found.more_chains} more chains`] : []),
    `  deleting it would free ${sizeForm(found.would_free_bytes)} in ${counted(found.files - found.shared_files, 'file')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function reasonText(reason: Explanation['reasons'][number]): string {
  if (reason.code !== 'related' || reason.chain === undefined)
    return ownReasonText(reason.code, reason.details);
  const [first, ...rest] = reason.chain;
  const until =
    reason.keeper_until === null || reason.keeper_until === undefined
      ? ''
      : ` until ${short(reason.keeper_until)}`;
  const why = (reason.keeper_code ?? '').replaceAll('_', ' ');
  return `${first?.artifact ?? ''} (${why}${until})${rest.map(({ type, artifact }) => ` -${type ?? ''}-> ${artifact}`).join('')}`;
}

function ownReasonText(code: string, details: Readonly<Record<string, unknown>> | undefined): string {
  const known = Object.entries(details ?? {}).filter(([, value]) => value !== null);
  const facts = known.map(([key, value]) => `${key.replaceAll('_', ' ')} ${String(value)}`).join(', ');
  return `${code.replaceAll('_', ' ')}${facts === '' ? '' : ` (${facts})`}`;
}

async function expireAll(context: Context, input: ExpireInput, at: Timestamp): Promise<void> {
  const { db, host, settings } = context;
  const workspaces = input.workspace.length === 0 ? undefined : await getByNames(db, input.workspace);
  const mode = progressMode(context, input);
  const progress = await startProgress(
    {
      mode,
      stream: host.terminal.output,
      unicode: context.output.unicode,
      elapsed: () => host.clock.monotonicMs(),
    },
    { unit: 'artifacts' },
  );
  const stopListening = host.onProgressRequest(() => void host.stderr.write(`${progress.line()}\n`));
  const options = {
    at,
    workspaceIds: workspaces?.map(({ id }) => id),
    limit: input.limit,
    batchSize: input.batchSize ?? 200,
    maxTimeMs: input.maxTime === undefined ? undefined : input.maxTime * 1000,
    history: !input.noHistory,
    files: !input.keepFiles,
    uploadDirectory: settings.uploadDirectory,
    stores: settings,
  };
  const hooks = {
    signal: context.signal,
    elapsedMs: () => host.clock.monotonicMs(),
    now: () => host.clock.now(),
    progress: (done: number, total: number, bytes: number) =>
      progress.update(done, total, `${sizeForm(bytes)} freed`),
  };
  let summary: ExpirySummary;
  try {
    if (input.dryRun) summary = await inSnapshot(db, (tx) => plan(tx, options, hooks));
    else summary = await withRunLock(db, runLocks.expiry, () => run(db, options, hooks));
  } finally {
    progress.stop();
    stopListening();
  }
  await report(context, { ...summary, workspaces: workspaces?.map(({ name }) => name) ?? null });
}

function progressMode(
  context: Context,
  { progress = 'auto', dryRun }: ExpireInput,
): 'bar' | 'lines' | 'none' {
  if (progress === 'bar' || progress === 'lines' || progress === 'none') return progress;
  if (progress !== 'auto')
    throw new UsageError(`option --progress: "${progress}" is none of auto, bar, lines, none`);
  return context.host.stderr.isTerminal && context.verbosity >= 0 && !dryRun ? 'bar' : 'none';
}

async function report(context: Context, summary: ExpirySummary): Promise<void> {
  const { format } = context.output;
  for (const problem of summary.errors) await context.warn(problem);
  if (isMachineFormat(format)) await document(context, summary);
  else if (summary.dry_run) {
    await printList(oneBatch(summary.items ?? []), itemColumns, context.output, context.host.stdout);
    const { artifacts, bytes, files } = summary;
    await context.note(
      `would delete ${counted(artifacts.deleted, 'artifact')} and free ${sizeForm(bytes.freed)} in ${counted(files.removed, 'file')}; nothing was changed`,
    );
  } else if (context.host.stdout.isTerminal || context.verbosity > 0) {
    await context.host.stdout.write(summaryText(summary));
  }
  if (summary.stopped_by === 'signal') {
    throw new InterruptedError(
      String(context.signal.reason) as NodeJS.Signals,
      'interrupted; finished batches stay',
    );
  }
  if (summary.stopped_by === 'lock_timeout') throw new LockTimeoutError('locks were not given in time');
  if (summary.errors.length > 0) context.setExitCode(exitCodes.partial);
}

function summaryText({ artifacts, bytes, files, kept_by: keptBy }: ExpirySummary): string {
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
    ...(artifacts.skipped > 0 ? [`Skipped ${artifacts.skipped} that somebody needs or uses by now.`] : []),
    ...(artifacts.remaining > 0 ? [`${artifacts.remaining} remain for the next run.`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const itemColumns: readonly Column<ExpiryItem>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the artifact' },
  { key: 'category', label: 'Category', type: 'text', description: 'what it is', shrink: 1 },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it lives' },
  { key: 'created_at', label: 'Created', type: 'instant', description: 'when it was made', shrink: 3 },
  { key: 'expired_at', label: 'Expired', type: 'instant', description: 'since when it has expired' },
  { key: 'files', label: 'Files', type: 'integer', description: 'files in it' },
  { key: 'size_bytes', label: 'Size', type: 'bytes', description: 'bytes of its files, shared ones too' },
];

async function document(context: Context, value: unknown): Promise<void> {
  const { format, isTerminal } = context.output;
  const text =
    format === 'yaml'
      ? yamlDocument(value, ownStyle)
      : `${jsonText(value, format === 'json' && isTerminal ? 2 : 0)}\n`;
  await context.host.stdout.write(text);
}
