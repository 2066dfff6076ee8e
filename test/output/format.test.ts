import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { Column } from '../../src/output/columns.ts';
import { formats, printList, printObject, selectColumns } from '../../src/output/format.ts';
import { inBatches, listed, nothing, options, Paper, sample, sampleColumns } from './printing.ts';

describe('--columns', () => {
  const keys = (given: readonly string[] | undefined, format: (typeof formats)[number]): readonly string[] =>
    selectColumns(sampleColumns, options({ columns: given, format })).map(({ key }) => key);

  test('selects and orders, hidden columns included', () => {
    expect(keys(['comment', 'data', 'id'], 'table')).toEqual(['comment', 'data', 'id']);
  });

  test('without it people see all but the hidden columns, programs see all', () => {
    expect(keys(undefined, 'table')).not.toContain('data');
    expect(keys(undefined, 'plain')).not.toContain('data');
    for (const format of ['json', 'jsonl', 'yaml', 'csv'] as const) {
      expect(keys(undefined, format)).toEqual(sampleColumns.map(({ key }) => key));
    }
  });

  test.each([
    [['id', 'nope\n'], 'option --columns: "nope\\n" is not a column'],
    [['id', 'id'], 'option --columns: a column is named twice'],
    [[], 'option --columns: no column is named'],
    [['toString'], 'option --columns: "toString" is not a column'],
  ])('%j is refused with the list of keys', (given, message) => {
    const attempt = (): unknown => keys(given, 'json');
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(
      expect.objectContaining({
        message,
        hint: 'columns are id, name, created, delay_seconds, size_bytes, enabled, hash, stores, data, comment',
      }),
    );
  });

  test('a bad key is refused before a row is read or a byte written', async () => {
    const paper = new Paper();
    let reads = 0;
    const rows = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true as const, value: (reads += 1) }),
      }),
    };
    for (const format of formats) {
      await expect(
        printList(rows, sampleColumns, options({ format, columns: ['x'] }), paper),
      ).rejects.toThrow(UsageError);
      await expect(
        printObject(sample, sampleColumns, options({ format, columns: ['x'] }), paper),
      ).rejects.toThrow(UsageError);
    }
    expect([reads, paper.text]).toEqual([0, '']);
  });
});

describe('printList', () => {
  const rows = Array.from({ length: 2500 }, (_, id) => ({ ...sample, id }));

  test.each(formats)('counts the records of %s', async (format) => {
    expect(await printList(inBatches(rows), sampleColumns, options({ format }), new Paper())).toBe(2500);
  });

  test.each(['json', 'jsonl', 'yaml', 'csv'] as const)(
    '%s writes each batch before asking for the next',
    async (format) => {
      const paper = new Paper();
      const written: number[] = [];
      async function* watched(): AsyncGenerator<readonly (typeof sample)[]> {
        for await (const batch of inBatches(rows.slice(0, 300))) {
          written.push(paper.pieces.length);
          yield batch;
        }
      }
      await printList(watched(), sampleColumns, options({ format }), paper);
      expect(written).toEqual([0, 1, 2]);
    },
  );

  test.each(['plain', 'table'] as const)('%s waits for the first thousand records only', async (format) => {
    const paper = new Paper();
    const written: number[] = [];
    async function* watched(): AsyncGenerator<readonly (typeof sample)[]> {
      for await (const batch of inBatches(rows, 500)) {
        written.push(paper.pieces.length);
        yield batch;
      }
    }
    await printList(watched(), sampleColumns, options({ format }), paper);
    expect(written.slice(0, 2)).toEqual([0, 0]);
    expect(written.at(-1)).toBeGreaterThan(0);
  });

  test.each(formats)(
    'closes the source and passes on the error when %s cannot be written',
    async (format) => {
      let closed = false;
      async function* source(): AsyncGenerator<readonly (typeof sample)[]> {
        try {
          yield* inBatches(rows, 1200);
        } finally {
          closed = true;
        }
      }
      const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
      const sink = { write: () => Promise.reject(broken) };
      await expect(printList(source(), sampleColumns, options({ format }), sink)).rejects.toBe(broken);
      expect(closed).toBe(true);
    },
  );

  test.each(formats)('%s gives the same text however the rows arrive', async (format) => {
    const some = rows.slice(0, 1100).map((row, index) => (index % 3 === 0 ? { ...nothing, id: index } : row));
    const whole = await listed(some, sampleColumns, { format }, 5000);
    expect(await listed(some, sampleColumns, { format }, 1)).toBe(whole);
    expect(await listed(some, sampleColumns, { format }, 333)).toBe(whole);
  });
});

test.each(['json', 'jsonl', 'yaml', 'csv'] as const)(
  '%s has no colour even when it is forced',
  async (format) => {
    const colourful = await listed([sample, nothing], sampleColumns, { format, colour: true });
    expect(colourful).not.toContain('\x1b');
    expect(colourful).toBe(await listed([sample, nothing], sampleColumns, { format }));
  },
);

test.each(formats)('%s keeps what would drive a terminal out of a terminal', async (format) => {
  const nasty = {
    ...sample,
    name: 'a\x1b]0;x\x07\u202eb\x9bc',
    comment: 'tab\tnew\nline\u2028',
    data: ['\x7f\u0085'],
  };
  const columns: readonly Column<typeof sample>[] = sampleColumns;
  const text = await listed([nasty], columns, { format, isTerminal: true, width: 200 });
  expect(text.replaceAll('\r\n', '\n')).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/);
});
