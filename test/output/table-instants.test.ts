import { expect, test } from 'vitest';
import type { Column } from '../../src/output/columns.ts';
import { printList } from '../../src/output/format.ts';
import type { Timestamp } from '../../src/timestamp.ts';

interface Row {
  readonly name: string;
  readonly made: string;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', label: 'Name', type: 'text', description: 'name' },
  { key: 'made', label: 'Made', type: 'instant', description: 'when', shrink: 1 },
];

test('an instant that has to give way keeps its day whole', async () => {
  async function* rows(): AsyncGenerator<readonly Row[]> {
    yield await Promise.resolve([{ name: 'x'.repeat(20), made: '2024-05-01T13:23:30.200968Z' }]);
  }
  let text = '';
  await printList(
    rows(),
    columns,
    {
      format: 'table',
      headers: true,
      wide: false,
      time: 'utc',
      colour: false,
      width: 40,
      unicode: true,
      isTerminal: true,
      now: '2024-06-01T00:00:00.000000Z' as Timestamp,
    },
    {
      write(piece) {
        text += piece;
        return Promise.resolve();
      },
    },
  );
  expect(text).toContain('│ 2024-05-01 ');
  expect(text).not.toContain('…');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
});
