/** What `expire-artifacts` does with its options, and how it tells of it. Source: cli.md 8.8. */
import { DebusineError, OutputError, UsageError } from '../errors.ts';
import {
  databaseNow,
  dryRun,
  type DryRun,
  explain,
  type ExpiryEvent,
  type ExpiryHooks,
  type ExpiryItem,
  type ExpiryOptions,
  type ExpirySummary,
  type Explanation,
  run,
  runLocks,
  withRunLock,
} from '../models/expiry/index.ts';
import { interruptible } from '../db/interruptible.ts';
import { getByNames } from '../models/workspaces.ts';
import { oneBatch, printList, printObject } from '../output/format.ts';
import { sizeForm } from '../output/forms.ts';
import { jsonText } from '../output/json.ts';
import { isMachineFormat } from '../output/options.ts';
import { startProgress } from '../output/progress.ts';
import { withMoments, yamlDocument } from '../output/yaml.ts';
import { ownStyle } from '../output/yaml-scalars.ts';
import { Spool } from '../storage/spool.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Context } from './context.ts';
import { keepMemoryFlat } from './flat-memory.ts';
import { openQuietly } from './session.ts';
import { inSnapshot } from './snapshot.ts';
import {
  counted,
  explanationColumns,
  explanationText,
  itemColumns,
  itemLine,
  summaryText,
} from './views/expiry.ts';

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
  const mode = progressMode(context, input);
  const present = await databaseNow(db);
  const at = input.at ?? present;
  if (at > present && !input.dryRun && !input.explain) {
    throw new UsageError('option --at: a time in the future would delete what has not expired', {
      hint: 'add --dry-run',
    });
  }
  if (input.explain) await explainAll(context, input.artifacts, at);
  else await expireAll(context, input, at, mode);
}

async function explainAll(context: Context, ids: readonly number[], at: Timestamp): Promise<void> {
  const { db, output, host, signal } = context;
  const explanations = await interruptible(db, signal, () =>
    inSnapshot(db, async (tx) => {
      const found: Explanation[] = [];
      for (const id of ids) found.push(await explain(tx, id, at));
      return found;
    }),
  );
  if (!isMachineFormat(output.format)) {
    await host.stdout.write(explanations.map(explanationText).join('\n'));
    return;
  }
  const [only] = explanations;
  if (only !== undefined && explanations.length === 1) {
    await printObject(only, explanationColumns, output, host.stdout);
  } else await printList(oneBatch(explanations), explanationColumns, output, host.stdout);
}

type ProgressMode = 'bar' | 'lines' | 'none';

/** A person at a terminal sees a bar; with --verbose a log gets lines; cron stays silent. */
function progressMode(
  { host, verbosity }: Context,
  { progress = 'auto', dryRun: isDry }: ExpireInput,
): ProgressMode {
  if (progress === 'bar' || progress === 'lines' || progress === 'none') return progress;
  if (progress !== 'auto')
    throw new UsageError(`option --progress: "${progress}" is none of auto, bar, lines, none`);
  if (isDry || verbosity < 0) return 'none';
  // One line for each artifact and a bar would not fit onto one screen.
  if (verbosity > 0) return 'lines';
  return host.stderr.isTerminal ? 'bar' : 'none';
}

async function expireAll(
  context: Context,
  input: ExpireInput,
  at: Timestamp,
  mode: ProgressMode,
): Promise<void> {
  keepMemoryFlat();
  const { db, host, settings } = context;
  const workspaces = input.workspace.length === 0 ? undefined : await getByNames(db, input.workspace);
  const names = workspaces?.map(({ name }) => name) ?? null;
  const progress = await startProgress(
    {
      mode,
      stream: host.terminal.output,
      unicode: context.output.unicode,
      elapsed: () => host.clock.monotonicMs(),
    },
    { unit: 'artifacts' },
  );
  let state: readonly [done: number, total: number, note: string] = [0, 0, 'looking for what has expired'];
  const update = (): void => progress.update(...state);
  const stopListening = host.onProgressRequest(() => void host.stderr.write(`${progress.line()}\n`));
  // A search may take longer than the time between two lines.
  const ticking = mode === 'lines' ? setInterval(update, 1000) : undefined;
  const options: ExpiryOptions = {
    at,
    workspaceIds: workspaces?.map(({ id }) => id),
    limit: input.limit,
    batchSize: input.batchSize,
    maxTimeMs: input.maxTime === undefined ? undefined : input.maxTime * 1000,
    history: !input.noHistory,
    files: !input.keepFiles,
    uploadDirectory: settings.uploadDirectory,
    stores: settings,
  };
  const hooks: ExpiryHooks = {
    signal: context.signal,
    elapsedMs: () => host.clock.monotonicMs(),
    now: () => host.clock.now(),
    progress(done, total, bytes) {
      state = [done, total, `${sizeForm(bytes)} freed`];
      update();
    },
    warn: (message) => context.warn(message),
    // Behind a limit for connections it may be refused: then one has to do.
    another: () =>
      openQuietly(settings, host, { applicationName: 'debusine-admin expire-artifacts' }).catch(
        () => undefined,
      ),
  };
  const named = (summary: ExpirySummary): ExpirySummary => ({ ...summary, workspaces: names });
  const stop = (): void => {
    clearInterval(ticking);
    progress.stop();
    stopListening();
  };
  try {
    if (input.dryRun) {
      await dryRun(db, options, hooks, (found) =>
        reportDryRun(context, { ...found, summary: named(found.summary) }),
      );
      return;
    }
    const telling = tellingOf(context);
    const { summary, failure } = await withRunLock(db, runLocks.expiry, () =>
      run(db, options, telling.tell === undefined ? hooks : { ...hooks, tell: telling.tell }),
    );
    stop();
    for (const problem of summary.errors) await context.warn(problem);
    await telling.end(named(summary));
    endWith(summary, failure);
  } finally {
    stop();
  }
}

/** The exit status of a run follows from what is thrown here. */
function endWith({ errors }: ExpirySummary, failure: unknown): void {
  if (failure !== undefined) throw failure;
  if (errors.length === 0) return;
  const [first = ''] = errors;
  throw new DebusineError(
    'partial',
    errors.length === 1 ? first : `${errors.length} things could not be done; the first: ${first}`,
    { hint: 'the rest is done; mend what is wrong and run it again', details: { errors } },
  );
}

/** How a run is told of while it lasts, and at its end. */
interface Telling {
  readonly tell: ExpiryHooks['tell'];
  end(summary: ExpirySummary): Promise<void>;
}

function tellingOf(context: Context): Telling {
  const { output, verbosity, host } = context;
  const out = new Patient(host.stdout);
  switch (output.format) {
    case 'jsonl':
      return {
        tell: (event) => out.write(`${jsonText(event, 0)}\n`),
        async end(summary) {
          await out.write(`${jsonText({ event: 'summary', ...summary }, 0)}\n`);
          out.finish();
        },
      };
    case 'json':
    case 'yaml': {
      if (verbosity <= 0) return { tell: undefined, end: (summary) => printDocument(context, summary) };
      // The document ends with the items, but what stands before them is known only at the end of the run.
      const items = new Spool();
      return {
        tell: (event) => {
          const item = deletedItem(event);
          if (item !== undefined) items.append(Buffer.from(`${JSON.stringify(item)}\n`));
          return Promise.resolve();
        },
        end: (summary) => printDocument(context, summary, spooledItems(items)).finally(() => items.close()),
      };
    }
    case 'csv': {
      let headers = output.headers;
      const print = async (items: readonly ExpiryItem[]): Promise<void> => {
        await printList(oneBatch(items), itemColumns, { ...output, headers }, out);
        headers = false;
      };
      return {
        async tell(event) {
          const item = deletedItem(event);
          if (item !== undefined) await print([item]);
        },
        async end() {
          if (headers) await print([]);
          out.finish();
        },
      };
    }
    case 'table':
    case 'plain': {
      const isVerbose = verbosity > 0;
      return {
        tell: isVerbose
          ? async (event) => {
              const item = deletedItem(event);
              if (item !== undefined) await out.write(`${itemLine(item)}\n`);
            }
          : undefined,
        async end(summary) {
          if (isVerbose || host.stdout.isTerminal) await out.write(summaryText(summary));
          out.finish();
        },
      };
    }
  }
}

function deletedItem(event: ExpiryEvent): ExpiryItem | undefined {
  if (event.event !== 'artifact' || event.action === 'skip') return undefined;
  const { event: _event, action: _action, reason: _reason, ...item } = event;
  return item;
}

/**
 * Standard output of a run that must not end because its reader has gone, or the disk of its log is full: what was
 * announced to be deleted has to be deleted all the same.
 */
class Patient {
  readonly #out: Context['host']['stdout'];
  #failure: OutputError | undefined;

  constructor(out: Context['host']['stdout']) {
    this.#out = out;
  }

  async write(text: string): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#out.write(text);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.#failure = error;
    }
  }

  /** @throws OutputError when something could not be written; that somebody stopped reading is none */
  finish(): void {
    if (this.#failure !== undefined && !this.#failure.isClosedPipe) throw this.#failure;
  }
}

async function reportDryRun(context: Context, { summary, items }: DryRun): Promise<void> {
  const { output, host } = context;
  switch (output.format) {
    case 'jsonl': {
      const { at, started_at, dry_run, artifacts } = summary;
      const start: ExpiryEvent = { event: 'start', dry_run, at, started_at, artifacts: artifacts.deleted };
      await host.stdout.write(`${jsonText(start, 0)}\n`);
      for await (const batch of items) {
        const events = batch.map((item) => ({
          event: 'artifact',
          action: 'would-delete',
          reason: null,
          ...item,
        }));
        await host.stdout.write(events.map((event) => `${jsonText(event, 0)}\n`).join(''));
      }
      await host.stdout.write(`${jsonText({ event: 'summary', ...summary }, 0)}\n`);
      return;
    }
    case 'json':
    case 'yaml':
      await printDocument(context, summary, items);
      return;
    case 'csv':
    case 'table':
    case 'plain': {
      // Under the original's names a dry run is silent as well. Source: cli.md 8.8, "Original".
      if (context.alias !== undefined && context.verbosity <= 0) return;
      await printList(items, itemColumns, output, host.stdout);
      if (output.format === 'csv') return;
      const { artifacts, bytes, files } = summary;
      await context.note(
        `would delete ${counted(artifacts.deleted, 'artifact')} and free ${sizeForm(bytes.freed)} in ${counted(files.removed, 'file')}; nothing was changed`,
      );
    }
  }
}

const summaryMoments = ['at', 'started_at', 'finished_at'];
const itemMoments = ['created_at', 'expired_at'];

/** The summary as one document, with the items in it where there are any; they are written as they come. */
async function printDocument(
  context: Context,
  summary: ExpirySummary,
  items?: AsyncIterable<readonly ExpiryItem[]>,
): Promise<void> {
  const { output, host } = context;
  const { stdout } = host;
  if (output.format === 'yaml') {
    const value = withMoments(summary, summaryMoments) as Readonly<Record<string, unknown>>;
    if (items === undefined) {
      await stdout.write(yamlDocument(value, ownStyle));
      return;
    }
    const part = (wanted: (key: string) => boolean): string =>
      yamlDocument(Object.fromEntries(Object.entries(value).filter(([key]) => wanted(key))), ownStyle);
    // Keys are sorted.
    await stdout.write(part((key) => key < 'items'));
    let head = 'items:\n';
    for await (const batch of items) {
      if (batch.length === 0) continue;
      const list = batch.map((item) => withMoments(item, itemMoments));
      await stdout.write(head + yamlDocument(list, ownStyle));
      head = '';
    }
    await stdout.write((head === '' ? '' : 'items: []\n') + part((key) => key > 'items'));
    return;
  }
  const indent = output.isTerminal ? 2 : 0;
  const text = jsonText(summary, indent);
  if (items === undefined) {
    await stdout.write(`${text}\n`);
    return;
  }
  const lineEnd = (spaces: number): string => (indent === 0 ? '' : `\n${' '.repeat(spaces)}`);
  let separator = `${text.slice(0, -1).trimEnd()},${lineEnd(2)}"items":${indent === 0 ? '' : ' '}[`;
  let isEmpty = true;
  for await (const batch of items) {
    let piece = '';
    for (const item of batch) {
      piece += separator + lineEnd(4) + jsonText(item, indent).replaceAll('\n', '\n    ');
      separator = ',';
      isEmpty = false;
    }
    await stdout.write(piece);
  }
  await stdout.write(`${isEmpty ? separator : lineEnd(2)}]${lineEnd(0)}}\n`);
}

/** What was put aside, line by line. */
async function* spooledItems(spool: Spool): AsyncGenerator<readonly ExpiryItem[]> {
  let rest = Buffer.alloc(0);
  for (const piece of spool.pieces()) {
    const bytes = Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(0x0a);
    rest = bytes.subarray(end + 1);
    const lines = bytes.subarray(0, Math.max(end, 0)).toString().split('\n');
    yield await Promise.resolve(
      lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ExpiryItem),
    );
  }
}
