/** How far a long run is, told on standard error. Source: cli.md 8.8 (`--progress`, SIGUSR1). */

/** `bar` for a terminal, `lines` for a log, `none` for silence. */
export type ProgressMode = 'bar' | 'lines' | 'none';

/** What is counted: `artifacts`, or bytes with a form of their own. */
export interface ProgressSubject {
  /** What the numbers count, in the plural: `artifacts`. */
  readonly unit: string;
  /** How a count is written; without it as a plain number. */
  readonly form?: (count: number) => string;
}

export interface ProgressSetup {
  readonly mode: ProgressMode;
  /** Standard error. A bar is drawn only when this is a terminal. */
  readonly stream: NodeJS.WritableStream;
  /** Whether the bar may be other than ASCII. */
  readonly unicode: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

export interface Progress {
  /**
   * Tells how much is done.
   * @param note what else is worth saying, harmless text: `2.0 KiB freed`
   */
  update(done: number, total: number, note?: string): void;
  /** One line about where the run is, in every mode; for SIGUSR1. */
  line(): string;
  /** Removes the bar. Must be called before anything else is written to the terminal, and at the end. */
  stop(): void;
}

/** Milliseconds between two lines in the mode `lines`. */
const lineInterval = 10_000;

/** Starts telling progress in the given mode. Nothing is shown before the first update. */
export async function startProgress(setup: ProgressSetup, subject: ProgressSubject): Promise<Progress> {
  const form = subject.form ?? String;
  let current = `nothing done yet`;
  const remember = (done: number, total: number, note: string | undefined): void => {
    const share = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : '';
    const addition = note === undefined || note === '' ? '' : `, ${note}`;
    current = `${form(done)} of ${form(total)} ${subject.unit}${share}${addition}`;
  };
  const line = (): string => current;

  switch (setup.mode) {
    case 'none':
      return { update: remember, line, stop: () => undefined };
    case 'lines': {
      let last = setup.elapsed();
      return {
        update(done, total, note) {
          remember(done, total, note);
          if (setup.elapsed() - last < lineInterval) return;
          last = setup.elapsed();
          setup.stream.write(`${current}\n`);
        },
        line,
        stop: () => undefined,
      };
    }
    case 'bar': {
      const bar = await openBar(setup, subject);
      return {
        update(done, total, note) {
          remember(done, total, note);
          bar.update(done, total, note ?? '');
        },
        line,
        stop: () => bar.stop(),
      };
    }
  }
}

interface Bar {
  update(done: number, total: number, note: string): void;
  stop(): void;
}

async function openBar(setup: ProgressSetup, subject: ProgressSubject): Promise<Bar> {
  const { SingleBar } = await import('cli-progress');
  const form = subject.form ?? String;
  const [full, empty] = setup.unicode ? ['█', '░'] : ['#', '-'];
  let started: number | undefined;
  const bar = new SingleBar({
    stream: setup.stream,
    format: (_options, { progress, eta, value, total }, payload: { note?: string }) => {
      const filled = Math.round(barLength * progress);
      const seconds = (setup.elapsed() - (started ?? setup.elapsed())) / 1000;
      const rate = seconds > 0 ? `${form(Math.round(value / seconds))}/s` : '';
      const left = value > 0 && value < total && Number.isFinite(eta) ? `${Math.ceil(eta)} s left` : '';
      const drawn = full.repeat(filled) + empty.repeat(barLength - filled);
      const facts = [`${form(value)} of ${form(total)} ${subject.unit}`, payload.note ?? '', rate, left];
      return `${drawn} ${facts.filter((fact) => fact !== '').join(', ')}`;
    },
    clearOnComplete: true,
    hideCursor: false,
    fps: 5,
  });
  return {
    update(done, total, note) {
      if (started === undefined) {
        started = setup.elapsed();
        bar.start(total, done, { note });
        return;
      }
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => bar.stop(),
  };
}

/** Columns of the bar itself; the rest of the line is for the facts. */
const barLength = 20;
