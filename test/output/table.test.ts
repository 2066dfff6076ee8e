import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/output/columns.ts';
import { loadPaint } from '../../src/output/colour.ts';
import { borderLine, drawRow, drawWithLibrary, frames } from '../../src/output/table-drawing.ts';
import { fittedWidths } from '../../src/output/table-widths.ts';
import { textWidth } from '../../src/output/width.ts';
import { printList } from '../../src/output/format.ts';
import { inBatches, listed, nothing, options, sample, sampleColumns, shown } from './printing.ts';

const table = { format: 'table', isTerminal: true } as const;

const withoutColour = (text: string): string => text.replaceAll(/\x1b\[\d+m/g, '');

describe('a table', () => {
  test('has light borders, and values in the form people read', async () => {
    expect(await listed([sample, nothing], sampleColumns, { ...table, width: 200 })).toBe(
      `┌────┬────────┬──────────────────────┬───────┬─────────┬─────────┬──────────────┬──────────────────┬─────────┐
│ ID │ Name   │ Created              │ Delay │    Size │ Enabled │ Token hash   │ Stores           │ Comment │
├────┼────────┼──────────────────────┼───────┼─────────┼─────────┼──────────────┼──────────────────┼─────────┤
│  7 │ saturn │ 2024-05-02 09:14:07Z │  10 d │ 2.0 KiB │ yes     │ f299978eb768 │ Default, archive │ CI job  │
│  8 │        │ -                    │     - │       - │ -       │ -            │ -                │ -       │
└────┴────────┴──────────────────────┴───────┴─────────┴─────────┴──────────────┴──────────────────┴─────────┘
`,
    );
  });

  test('has ASCII borders and ellipsis where the terminal knows no other', async () => {
    const row = { ...sample, comment: 'a long comment' };
    const given = { ...table, unicode: false, width: 20, columns: ['id', 'comment'] };
    expect(await listed([row], sampleColumns, given)).toBe(
      `+----+-------------+
| ID | Comment     |
+----+-------------+
|  7 | a long c... |
+----+-------------+
`,
    );
  });

  test('without a header begins with the first record', async () => {
    const text = await listed([sample], sampleColumns, { ...table, headers: false, columns: ['id', 'name'] });
    expect(text).toBe('┌───┬────────┐\n│ 7 │ saturn │\n└───┴────────┘\n');
  });

  test('of nothing is the header, or nothing', async () => {
    expect(await listed([], sampleColumns, { ...table, columns: ['id', 'name'] })).toBe(
      '┌────┬──────┐\n│ ID │ Name │\n└────┴──────┘\n',
    );
    expect(await listed([], sampleColumns, { ...table, headers: false })).toBe('');
  });

  test('shows local and relative times', async () => {
    const given = { ...table, columns: ['created'], headers: false } as const;
    expect(await listed([sample], sampleColumns, { ...given, time: 'relative' })).toContain('│ 2 h ago │');
    expect(await listed([sample], sampleColumns, { ...given, time: 'local' })).toMatch(
      /│ 2024-05-0\d \d\d:\d\d:07[-+]\d\d:\d\d │/,
    );
  });

  test('has a bold header and coloured words, and not one escape byte without colour', async () => {
    const given = { ...table, columns: ['enabled', 'created'] } as const;
    const rows = [sample, { ...nothing, enabled: false }];
    const coloured = await listed(rows, sampleColumns, { ...given, colour: true });
    expect(coloured).toContain('│ \x1b[1mEnabled\x1b[22m │');
    expect(coloured).toContain('│ \x1b[32myes\x1b[39m     │');
    expect(coloured).toContain('│ \x1b[31mno\x1b[39m      │ \x1b[2m-\x1b[22m ');
    const plain = await listed(rows, sampleColumns, given);
    expect(plain).not.toContain('\x1b');
    expect(withoutColour(coloured)).toBe(plain);
  });

  test('keeps each record on one line whatever is in it', async () => {
    const rows = [{ ...sample, name: 'a\nb\x1b[2J\tc', comment: 'd\r\ne' }];
    const text = await listed(rows, sampleColumns, { ...table, columns: ['name', 'comment'] });
    expect(text.split('\n')[3]).toBe(String.raw`│ a\nb\x1b[2J\tc │ d\r\ne  │`);
  });
});

describe('the width of a table', () => {
  const rows = Array.from({ length: 5 }, (_, id) => ({
    ...sample,
    id: 1000 + id,
    comment: `a comment of some length, number ${id}, 漢字`,
    stores: ['Default', 'archive', 'another'],
  }));

  test('is at most that of the terminal when columns can give way', async () => {
    const columns = ['id', 'name', 'created', 'stores', 'comment'];
    for (const width of [70, 80, 100]) {
      const lines = (await listed(rows, sampleColumns, { ...table, width, columns }))
        .split('\n')
        .slice(0, -1);
      expect(new Set(lines.map(textWidth))).toEqual(new Set([width]));
    }
    const lines = (await listed(rows, sampleColumns, { ...table, width: 200, columns }))
      .split('\n')
      .slice(0, -1);
    expect(new Set(lines.map(textWidth)).size).toBe(1);
    expect(textWidth(lines[0] ?? '')).toBeLessThan(200);
    expect(lines.join('')).not.toContain('…');
  });

  test('shortens the column with the highest number first, the others only when that is not enough', async () => {
    const columns = ['name', 'stores', 'comment'];
    const wide = await listed(rows, sampleColumns, { ...table, width: 70, columns });
    expect(wide).toContain('│ saturn │ Default, archive, another │ a comment of some length, nu… │');
    const narrow = await listed(rows, sampleColumns, { ...table, width: 40, columns });
    expect(narrow).toContain('│ saturn │ Default, archive,… │ a com… │');
  });

  test('never shortens names and numbers, even if lines wrap', async () => {
    const long = { ...sample, id: 123_456_789, name: 'a-very-long-name-of-a-worker-that-does-not-fit' };
    const text = await listed([long], sampleColumns, {
      ...table,
      width: 20,
      columns: ['id', 'name', 'comment'],
    });
    expect(text).toContain('│ 123456789 │ a-very-long-name-of-a-worker-that-does-not-fit │ CI job │');
  });

  test('does not matter with --wide, which also shows digests in full', async () => {
    const text = await listed(rows, sampleColumns, {
      ...table,
      width: 40,
      wide: true,
      columns: ['hash', 'comment'],
    });
    expect(text).toContain(`│ ${String(sample.hash)} │ a comment of some length, number 0, 漢字 │`);
  });

  test('never goes below six columns for a value', () => {
    const columns: Column<{ a: string; b: string; c: string }>[] = [
      { key: 'a', label: 'A', type: 'text', description: '', shrink: 1 },
      { key: 'b', label: 'B', type: 'text', description: '' },
      { key: 'c', label: 'C', type: 'text', description: '', shrink: 2 },
    ];
    expect(fittedWidths([20, 20, 20], columns, 200)).toEqual([20, 20, 20]);
    expect(fittedWidths([20, 20, 20], columns, 70)).toEqual([20, 20, 20]);
    expect(fittedWidths([20, 20, 20], columns, 69)).toEqual([20, 20, 19]);
    expect(fittedWidths([20, 20, 20], columns, 50)).toEqual([14, 20, 6]);
    expect(fittedWidths([20, 20, 20], columns, 10)).toEqual([6, 20, 6]);
    expect(fittedWidths([3, 20, 4], columns, 10)).toEqual([3, 20, 4]);
  });

  test.for([30, 2000])(
    'with %d records leaves out what has no room when shortening is not enough, and fits',
    async (count) => {
      const columns: Column<{ a: string; b: string; c: string }>[] = [
        { key: 'a', label: 'A', type: 'text', description: '' },
        { key: 'b', label: 'B', type: 'text', description: '', leaveOut: 1 },
        { key: 'c', label: 'C', type: 'text', description: '', shrink: 1, leaveOut: 2 },
      ];
      const rows = Array.from({ length: count }, () => ({ a: 'aaaaaaaa', b: 'bbbbbbbb', c: 'cccccccc' }));
      const first = async (given: object): Promise<string> =>
        (await listed(rows, columns, { ...table, ...given })).split('\n').slice(3, 4).join('');
      expect(await first({ width: 34 })).toBe('│ aaaaaaaa │ bbbbbbbb │ cccccccc │');
      expect(await first({ width: 32 })).toBe('│ aaaaaaaa │ bbbbbbbb │ ccccc… │');
      expect(await first({ width: 31 })).toBe('│ aaaaaaaa │ bbbbbbbb │');
      expect(await first({ width: 22 })).toBe('│ aaaaaaaa │');
      expect(await first({ width: 22, wide: true })).toBe('│ aaaaaaaa │ bbbbbbbb │ cccccccc │');
      expect(await first({ width: 22, columns: ['a', 'b'] })).toBe('│ aaaaaaaa │ bbbbbbbb │');
      const left: (readonly string[])[] = [];
      const sink = { write: () => Promise.resolve() };
      await printList(inBatches(rows), columns, options({ ...table, width: 22 }), sink, async (labels) => {
        left.push(await Promise.resolve(labels));
      });
      expect(left).toEqual([['B', 'C']]);
    },
  );
});

describe('the two ways to draw', () => {
  const rows = Array.from({ length: 30 }, (_, id) => ({
    ...(id % 4 === 0 ? nothing : sample),
    id: id ** 4,
    name: ['saturn', 'café', '漢字', 'Ελλάδα'][id % 4] ?? '',
    enabled: id % 3 === 0,
    comment: 'x'.repeat(id * 2),
  }));

  test.each([
    ['light', false],
    ['light', true],
    ['ascii', false],
    ['ascii', true],
  ] as const)('give the same table (%s borders, colour %s)', async (frame, colour) => {
    const paint = await loadPaint(colour);
    const cells = rows.map(({ name, enabled, id }) => [
      { text: name, tone: undefined },
      { text: enabled ? 'yes' : 'no', tone: enabled ? ('good' as const) : ('dim' as const) },
      { text: String(id), tone: undefined },
    ]);
    const shape = { widths: [10, 7, 12], alignsRight: [false, false, true], frame: frames[frame] };
    const header = ['Name', 'Enabled', 'ID'].map((text) => ({ text, tone: undefined }));
    const bold = { ...paint, tone: paint.bold };
    const own = [
      borderLine(shape, 'top'),
      drawRow(header, shape, bold),
      borderLine(shape, 'middle'),
      ...cells.map((row) => drawRow(row, shape, paint)),
      borderLine(shape, 'bottom'),
    ].join('');
    expect(await drawWithLibrary(header, cells, shape, paint)).toBe(own);
    const headless = [
      borderLine(shape, 'top'),
      ...cells.map((row) => drawRow(row, shape, paint)),
      borderLine(shape, 'bottom'),
    ];
    expect(await drawWithLibrary(undefined, cells, shape, paint)).toBe(headless.join(''));
  });

  test('give the same lines for a thousand records and for one more', async () => {
    const many = Array.from(
      { length: 1001 },
      (_, id) => ({ ...rows[id % rows.length], id }) as typeof sample,
    );
    const given = { ...table, columns: ['id', 'name', 'enabled', 'comment'], width: 60, colour: true };
    const short = (await listed(many.slice(0, 1000), sampleColumns, given)).split('\n');
    const long = (await listed(many, sampleColumns, given)).split('\n');
    expect(long.length).toBe(short.length + 1);
    expect(long.slice(0, 1003)).toEqual(short.slice(0, 1003));
    expect(long.at(-2)).toBe(short.at(-2));
  });

  test('draw straight borders around characters whose widths are disputed', async () => {
    const names = ['cafe\u0301', 'ก็', '👨‍👩‍👧', '❤️', 'שָׁלוֹם', 'plain'];
    const text = await listed(
      names.map((name) => ({ ...sample, name })),
      sampleColumns,
      { ...table, columns: ['name', 'id'] },
    );
    expect(new Set(text.split('\n').slice(0, -1).map(textWidth)).size).toBe(1);
  });

  test('after the first thousand fit later values into the columns, names excepted', async () => {
    const many = Array.from({ length: 1101 }, (_, id) => ({ ...sample, id, comment: 'short' }));
    const last = { ...sample, id: 1101, name: 'a-longer-name', comment: 'longer than all before it' };
    const given = { ...table, columns: ['name', 'comment'] };
    const lines = (await listed([...many, last], sampleColumns, given)).split('\n');
    expect(lines.at(-3)).toBe('│ a-longer-name │ longer… │');
    expect(lines.at(-2)).toBe('└────────┴─────────┘');
  });
});

describe('one object for people', () => {
  test('is a label and a value in each line, nested data as YAML below', async () => {
    expect(
      await shown({ ...sample, comment: 'x'.repeat(100) }, [...sampleColumns], {
        ...table,
        columns: undefined,
      }),
    ).toBe(
      `ID:          7
Name:        saturn
Created:     2024-05-02 09:14:07Z
Delay:       10 d
Size:        2.0 KiB
Enabled:     yes
Token hash:  ${String(sample.hash)}
Stores:      Default, archive
Comment:     ${'x'.repeat(100)}
`,
    );
    expect(await shown(sample, sampleColumns, { ...table, columns: ['id', 'data', 'name'] })).toBe(
      `ID:    7
Data:
  a: {}
  b:
  - 1
  - c: x
Name:  saturn
`,
    );
  });

  test('shows nested data without content on the line of its label', async () => {
    const columns = ['data', 'stores'];
    expect(await shown({ ...sample, data: {} }, sampleColumns, { ...table, columns })).toBe(
      'Data:    {}\nStores:  Default, archive\n',
    );
    expect(await shown(nothing, sampleColumns, { ...table, columns })).toBe('Data:    -\nStores:  -\n');
  });

  test('has bold labels and coloured values when asked to', async () => {
    expect(await shown(sample, sampleColumns, { ...table, columns: ['enabled'], colour: true })).toBe(
      '\x1b[1mEnabled\x1b[22m:  \x1b[32myes\x1b[39m\n',
    );
  });

  test('escapes what is in nested data', async () => {
    const text = await shown({ ...sample, data: { 'k\x1b': 'v\x07\u202e' } }, sampleColumns, {
      ...table,
      columns: ['data'],
    });
    expect(text).toBe(String.raw`Data:
  "k\e": "v\a\u202E"
`);
  });
});
