/** What `vacuum-storage` does with its options, and how it tells of it. Source: cli.md 8.9. */
import { InterruptedError } from '../errors.ts';
import {
  type Deletion,
  type Problem,
  runLocks,
  vacuum,
  type VacuumEvent,
  type VacuumSummary,
  withRunLock,
} from '../models/vacuum/index.ts';
import { documentText } from '../output/document.ts';
import { escapeText } from '../output/escape.ts';
import { printList } from '../output/format.ts';
import { sizeForm } from '../output/forms.ts';
import { type Progress, type ProgressMode, startProgress } from '../output/progress.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { keepMemoryFlat } from './flat-memory.ts';
import { deletionColumns, kindText } from './views/vacuum.ts';

export interface VacuumInput {
  readonly dryRun: boolean;
  /** Names; empty for all. */
  readonly store: readonly string[];
  /** Seconds. */
  readonly grace: number | undefined;
  readonly verify: boolean;
  /** Per cent of the contents. */
  readonly sample: number | undefined;
  readonly noUploads: boolean;
  /** Seconds. */
  readonly maxTime: number | undefined;
  readonly progress: ProgressMode | 'auto' | undefined;
}

const oneDay = 24 * 60 * 60;

/**
 * How many problems, errors and deletions a document lists at most: it is held in memory until its end. The counts
 * are always complete, and JSON lines have everything.
 */
const mostListed = 20_000;

/**
 * @throws LockTimeoutError when another run is active; InterruptedError after a signal, when the report is out;
 *   NotFoundError for an unknown store
 */
export async function vacuumStorage(context: Context, input: VacuumInput): Promise<void> {
  keepMemoryFlat();
  const { db, host, settings } = context;
  const progress = await startProgress(
    {
      mode: progressMode(context, input),
      stream: host.terminal.output,
      unicode: context.output.unicode,
      elapsed: () => host.clock.monotonicMs(),
    },
    { unit: 'checks' },
  );
  const stopListening = host.onProgressRequest(() => void host.stderr.write(`${progress.line()}\n`));
  const events = vacuum(
    db,
    {
      dryRun: input.dryRun,
      stores: input.store.length === 0 ? undefined : input.store,
      graceSeconds: input.grace ?? oneDay,
      verifiedShare: input.verify ? (input.sample ?? 100) / 100 : 0,
      uploads: !input.noUploads,
      maxTimeMs: input.maxTime === undefined ? undefined : input.maxTime * 1000,
      uploadDirectory: settings.uploadDirectory,
      storeSettings: settings,
    },
    {
      signal: context.signal,
      elapsedMs: () => host.clock.monotonicMs(),
      now: () => host.clock.now(),
      random: () => Math.random(),
      progress: (done, total) => progress.update(done, Math.max(done, total)),
    },
  );
  const report = new Report(context, input, progress);
  let summary: VacuumSummary;
  try {
    const work = () => report.follow(events);
    summary = input.dryRun ? await work() : await withRunLock(db, runLocks.vacuum, work);
  } finally {
    progress.stop();
    stopListening();
  }
  await report.end(summary);
  if (summary.stopped_by === 'signal') {
    throw new InterruptedError(
      String(context.signal.reason) as NodeJS.Signals,
      'interrupted; what was done so far stays',
    );
  }
  if (summary.error_count > 0) context.setExitCode(exitCodes.partial);
  else if (Object.values(summary.problem_counts).some((count) => count > 0)) {
    context.setExitCode(exitCodes.failed);
  }
}

function progressMode(context: Context, { progress = 'auto', dryRun, verify }: VacuumInput): ProgressMode {
  if (progress !== 'auto') return progress;
  const mayShow = context.host.stderr.isTerminal && context.verbosity >= 0;
  return mayShow && (verify || !dryRun) ? 'bar' : 'none';
}

/** Prints what happens while it happens, and the summary. */
class Report {
  readonly #context: Context;
  readonly #input: VacuumInput;
  readonly #progress: Progress;
  readonly #problems: Problem[] = [];
  readonly #errors: string[] = [];
  readonly #items: Deletion[] = [];

  constructor(context: Context, input: VacuumInput, progress: Progress) {
    this.#context = context;
    this.#input = input;
    this.#progress = progress;
  }

  /** Goes through all events. */
  async follow(events: AsyncGenerator<readonly VacuumEvent[], VacuumSummary>): Promise<VacuumSummary> {
    const { format } = this.#context.output;
    const isList = format === 'csv' || (this.#input.dryRun && (format === 'table' || format === 'plain'));
    let summary: VacuumSummary | undefined;
    const take = async function* (this: Report): AsyncGenerator<readonly Deletion[]> {
      for (;;) {
        const next = await events.next();
        if (next.done === true) {
          summary = next.value;
          return;
        }
        yield await this.#take(next.value);
      }
    }.bind(this);
    if (format === 'jsonl')
      await this.#line({ event: 'start', command: 'vacuum-storage', dry_run: this.#input.dryRun });
    if (isList) await printList(take(), deletionColumns, this.#context.output, this.#context.host.stdout);
    else for await (const deletions of take()) await this.#tell(deletions);
    if (summary === undefined) throw new Error('the run gave no summary');
    return summary;
  }

  /** Tells of problems and failures. @returns the deletions */
  async #take(events: readonly VacuumEvent[]): Promise<readonly Deletion[]> {
    const deletions: Deletion[] = [];
    for (const event of events) {
      if (this.#context.output.format === 'jsonl') await this.#line(event);
      switch (event.event) {
        case 'problem': {
          const { event: _, ...problem } = event;
          if (this.#problems.length < mostListed) this.#problems.push(problem);
          if (this.#context.verbosity >= 0) {
            this.#progress.stop();
            await this.#context.host.stderr.write(
              `problem: ${problemText(problem, this.#context.output.unicode)}\n`,
            );
          }
          break;
        }
        case 'error':
          if (this.#errors.length < mostListed) this.#errors.push(event.message);
          this.#progress.stop();
          await this.#context.error(event);
          break;
        case 'deleted':
        case 'would-delete':
          deletions.push(event);
          break;
      }
    }
    return deletions;
  }

  async #tell(deletions: readonly Deletion[]): Promise<void> {
    const { output, verbosity, host } = this.#context;
    if (this.#input.dryRun || verbosity > 0) {
      this.#items.push(...deletions.slice(0, Math.max(0, mostListed - this.#items.length)));
    }
    if (verbosity <= 0 || deletions.length === 0 || (output.format !== 'table' && output.format !== 'plain'))
      return;
    this.#progress.stop();
    await host.stdout.write(deletions.map((deletion) => `${deletionText(deletion)}\n`).join(''));
  }

  #line(value: unknown): Promise<void> {
    return this.#context.host.stdout.write(documentText(value, this.#context.output));
  }

  async end(summary: VacuumSummary): Promise<void> {
    const { output, host, verbosity } = this.#context;
    const { command, dry_run, complete, deleted, freed_bytes, ...rest } = summary;
    const document = {
      ...{ command, dry_run, complete, deleted, freed_bytes },
      problems: this.#problems,
      errors: this.#errors,
      ...rest,
      ...(this.#input.dryRun || verbosity > 0
        ? { items: this.#items.map(({ event: _, ...item }) => item) }
        : {}),
    };
    switch (output.format) {
      case 'json':
      case 'yaml':
        await host.stdout.write(documentText(document, output));
        return;
      case 'jsonl':
        // The other lines have what happened; this one has no lists.
        await this.#line({ event: 'summary', ...summary });
        return;
      case 'csv':
        return;
      case 'table':
      case 'plain':
        if (this.#input.dryRun) {
          await this.#context.note(`would delete ${whatWentText(summary)}; nothing was changed`);
        } else if (host.stdout.isTerminal || verbosity > 0) await host.stdout.write(summaryText(summary));
        return;
    }
  }
}

const counted = (count: number, thing: string): string =>
  `${count} ${count === 1 ? thing : thing.replace(/y$/, 'ie').concat('s')}`;

function deletionText({ kind, store, path, artifact, size }: Deletion): string {
  const where = store === null ? '' : ` of store ${JSON.stringify(store)}`;
  const what = artifact === null ? escapeText(path ?? '') : String(artifact);
  return `deleted ${kindText(kind)}${escapeText(where)} ${what}${size > 0 ? `, ${sizeForm(size)}` : ''}`;
}

function whatWentText({ deleted, freed_bytes: freed }: VacuumSummary): string {
  const parts = [
    [deleted.store_files, 'file without a record'],
    [deleted.file_records, 'unused file record'],
    [deleted.artifacts, 'incomplete artifact'],
    [deleted.upload_files, 'upload file'],
    [deleted.directories, 'empty directory'],
  ] as const;
  const some = parts.filter(([count]) => count > 0).map(([count, thing]) => countedThing(count, thing));
  return some.length === 0 ? 'nothing' : `${some.join(', ')}, and free ${sizeForm(freed)}`;
}

function countedThing(count: number, thing: string): string {
  return thing === 'file without a record' && count !== 1
    ? `${count} files without a record`
    : counted(count, thing);
}

function summaryText(summary: VacuumSummary): string {
  const { checked, stores, kept_artifacts: kept, problem_counts: counts } = summary;
  const problems = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = [
    `Checked ${counted(checked.file_records, 'file')} in ${counted(stores.length, 'store')}${checked.contents > 0 ? `, read ${checked.contents} of them` : ''}.`,
    `Deleted ${whatWentText(summary).replace(', and free ', ', freed ')}.`,
    ...(kept > 0 ? [`Kept ${counted(kept, 'incomplete artifact')} that a collection holds.`] : []),
    ...(problems > 0 ? [`Found ${counted(problems, 'problem')}.`] : []),
    ...(summary.stopped_by === 'max_time' ? ['Stopped by --max-time; the rest is for the next run.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function problemText(problem: Problem, unicode: boolean): string {
  const { code, store, path, sha256 = '', size = 0, reason } = problem;
  const where = store === null ? 'upload directory' : `store "${escapeText(store)}"`;
  const bytes = `bytes of ${sha256.slice(0, 6)}${unicode ? '…' : '...'}${sha256.slice(-4)} (${size} B)`;
  const name = `"${escapeText(path ?? '')}"`;
  switch (code) {
    case 'missing_bytes':
      return `${where}: ${bytes} are missing`;
    case 'wrong_size':
      return `${where}: ${bytes} have the wrong size: ${problem.found_size ?? 0} B`;
    case 'wrong_hash':
      return `${where}: ${bytes} are not what their name says`;
    case 'missing_upload':
      return `${where}: ${name} of artifact ${problem.artifact ?? ''} is missing`;
    case 'foreign':
      return `${where}: ${name} does not belong there`;
    case 'store_unreachable':
      return `${where}: ${escapeText(reason ?? 'cannot be looked at')}`;
  }
}
