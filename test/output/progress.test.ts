import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { startProgress, type ProgressMode } from '../../src/output/progress.ts';
import { sizeForm } from '../../src/output/forms.ts';

/** A stream that remembers, and a clock that is set by hand. */
function setup(mode: ProgressMode, { unicode = true, isTTY = true } = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const clock = { milliseconds: 5000 };
  return { setup: { mode, stream, unicode, elapsed: () => clock.milliseconds }, clock, written: () => text };
}

const artifacts = { unit: 'artifacts' };

describe('the mode none', () => {
  test('writes nothing, but can say where the run is', async () => {
    const { setup: quiet, written } = setup('none');
    const progress = await startProgress(quiet, artifacts);
    expect(progress.line()).toBe('nothing done yet');
    progress.update(400, 1000, '2.0 KiB freed');
    progress.stop();
    expect(progress.line()).toBe('400 of 1000 artifacts (40 %), 2.0 KiB freed');
    expect(written()).toBe('');
  });

  test('writes counts in their own form', async () => {
    const progress = await startProgress(setup('none').setup, { unit: 'read', form: sizeForm });
    progress.update(1024, 4096);
    expect(progress.line()).toBe('1.0 KiB of 4.0 KiB read (25 %)');
    progress.update(0, 0);
    expect(progress.line()).toBe('0 B of 0 B read');
  });
});

describe('the mode lines', () => {
  test('writes one line every ten seconds', async () => {
    const { setup: log, clock, written } = setup('lines', { isTTY: false });
    const progress = await startProgress(log, artifacts);
    for (const [milliseconds, done] of [
      [5000, 0],
      [14_999, 10],
      [15_000, 20],
      [15_001, 30],
      [24_999, 40],
      [40_000, 50],
      [49_999, 60],
    ] as const) {
      clock.milliseconds = milliseconds;
      progress.update(done, 100);
    }
    progress.stop();
    expect(written()).toBe('20 of 100 artifacts (20 %)\n50 of 100 artifacts (50 %)\n');
    expect(progress.line()).toBe('60 of 100 artifacts (60 %)');
  });
});

describe('the mode bar', () => {
  test('draws on a terminal and leaves nothing behind', async () => {
    const { setup: terminal, clock, written } = setup('bar');
    const progress = await startProgress(terminal, artifacts);
    expect(written()).toBe('');
    progress.update(0, 200, 'starting');
    clock.milliseconds += 2000;
    progress.update(50, 200, '1.0 KiB freed');
    progress.stop();
    expect(written()).toContain(`${'░'.repeat(20)} 0 of 200 artifacts, starting`);
    expect(written()).toContain(`${'█'.repeat(5)}${'░'.repeat(15)} 50 of 200 artifacts, 1.0 KiB freed, 25/s`);
    expect(written().endsWith('\x1b[1G\x1b[2K')).toBe(true);
  });

  test('is ASCII where the terminal knows no other', async () => {
    const { setup: terminal, written } = setup('bar', { unicode: false });
    const progress = await startProgress(terminal, artifacts);
    progress.update(5, 10);
    progress.stop();
    expect(written()).toContain(`${'#'.repeat(10)}${'-'.repeat(10)} 5 of 10 artifacts`);
    expect(written()).toMatch(/^[\0-\x7f]*$/);
  });

  test('writes nothing where there is no terminal, and nothing when it was never updated', async () => {
    const pipe = setup('bar', { isTTY: false });
    const progress = await startProgress(pipe.setup, artifacts);
    progress.update(5, 10);
    progress.stop();
    expect(pipe.written()).toBe('');
    expect(progress.line()).toBe('5 of 10 artifacts (50 %)');

    const terminal = setup('bar');
    (await startProgress(terminal.setup, artifacts)).stop();
    expect(terminal.written()).toBe('');
  });
});
