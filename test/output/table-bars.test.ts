import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/output/columns.ts';
import { listed } from './printing.ts';

interface Row {
  readonly name: string;
  readonly size: number | null;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', label: 'Name', type: 'text', description: '', leaveOut: 1 },
  { key: 'size', label: 'Size', type: 'bytes', nullable: true, description: '', bar: true },
];
const rows: readonly Row[] = [
  { name: 'most', size: 2048 },
  { name: 'half', size: 1024 },
  { name: 'little', size: 1 },
  { name: 'none', size: 0 },
  { name: 'unknown', size: null },
];
const terminal = { format: 'table', isTerminal: true } as const;
const lines = async (given: object, of = rows, columnsOf = columns): Promise<readonly string[]> =>
  (await listed(of, columnsOf, { ...terminal, ...given })).trimEnd().split('\n');

describe('bars behind the numbers of a table', () => {
  test('tell the share of the largest, to the eighth of a column; what is not nothing is seen', async () => {
    expect((await lines({ width: 80 })).join('\n')).toBe(`\
┌─────────┬──────────────────────────┐
│ Name    │    Size                  │
├─────────┼──────────────────────────┤
│ most    │ 2.0 KiB ████████████████ │
│ half    │ 1.0 KiB ████████         │
│ little  │     1 B ▏                │
│ none    │     0 B                  │
│ unknown │       -                  │
└─────────┴──────────────────────────┘`);
  });

  test('are of ASCII where the terminal knows no other', async () => {
    expect((await lines({ unicode: false }))[4]).toBe('| half    | 1.0 KiB ########         |');
  });

  test('get shorter, then columns that may go make room, then there are none', async () => {
    expect((await lines({ width: 32 }))[3]).toBe('│ most    │ 2.0 KiB ██████████ │');
    expect((await lines({ width: 30 }))[3]).toBe('│ most    │ 2.0 KiB ████████ │');
    expect((await lines({ width: 29 }))[3]).toBe('│ 2.0 KiB ████████████████ │');
    expect((await lines({ width: 20 }))[3]).toBe('│ 2.0 KiB ████████ │');
    const fixed = columns.map(({ leaveOut: _, ...column }) => column);
    expect((await lines({ width: 29 }, rows, fixed))[3]).toBe('│ most    │ 2.0 KiB │');
    // A table that does not fit anyway keeps its numbers.
    expect((await lines({ width: 5 }, rows, fixed))[3]).toBe('│ most    │ 2.0 KiB │');
    expect((await lines({ width: 5, wide: true }))[3]).toBe('│ most    │ 2.0 KiB ████████████████ │');
  });

  test('are drawn under no heading, and where somebody chose the columns', async () => {
    expect((await lines({ headers: false }))[1]).toBe('│ most    │ 2.0 KiB ████████████████ │');
    expect((await lines({ columns: ['size'] }))[3]).toBe('│ 2.0 KiB ████████████████ │');
  });

  test('are not drawn when there is nothing to compare, nor of nothing', async () => {
    expect((await lines({}, [{ name: 'none', size: 0 }]))[3]).toBe('│ none │  0 B │');
    expect(await lines({}, [])).toHaveLength(3);
  });

  test('of later records end with the largest of the first thousand', async () => {
    const many = [
      ...Array.from({ length: 1000 }, (_, at) => ({ name: `${at}`, size: at % 2 === 0 ? 512 : 1023 })),
      { name: 'late', size: 99_999 },
    ];
    const drawn = await lines({}, many);
    expect(drawn[3]).toBe('│ 0    │  512 B ████████         │');
    expect(drawn.at(-2)).toBe('│ late │ 97.7 KiB ████████████████ │');
  });

  test('stand in no pipe, in no other format', async () => {
    for (const given of [
      { isTerminal: false },
      { format: 'plain' },
      { format: 'plain', isTerminal: false },
      { format: 'json' },
      { format: 'csv' },
    ]) {
      expect((await lines(given)).join('\n')).not.toMatch(/[█▏#]/);
    }
  });
});
