import { expect, test } from 'vitest';
import type { Column } from '../../src/output/columns.ts';
import { shown } from './printing.ts';

interface Holder {
  readonly name: string;
  readonly parts: readonly { readonly id: number; readonly title: string }[];
}

const columns: readonly Column<Holder>[] = [
  { key: 'name', label: 'Name', type: 'text', description: 'name' },
  {
    key: 'parts',
    label: 'Parts',
    type: 'json',
    description: 'what it is made of',
    rows: [
      { key: 'id', label: 'ID', type: 'integer', description: 'number' },
      { key: 'title', label: 'Title', type: 'text', description: 'title' },
    ] satisfies readonly Column<Holder['parts'][number]>[],
  },
];

test('a list of objects whose columns are declared is a table below its label', async () => {
  const record = { name: 'x', parts: [{ id: 7, title: 'a\u001bb' }] };
  expect(await shown(record, columns, { format: 'table', unicode: false })).toBe(
    [
      'Name:  x',
      'Parts:',
      '+----+--------+',
      '| ID | Title  |',
      '+----+--------+',
      String.raw`|  7 | a\x1bb |`,
    ]
      .concat(['+----+--------+', ''])
      .join('\n'),
  );
});

test('an empty one is said in the line of the label, and pipes get JSON', async () => {
  expect(await shown({ name: 'x', parts: [] }, columns, { format: 'table' })).toBe('Name:   x\nParts:  []\n');
  expect(await shown({ name: 'x', parts: [{ id: 7, title: 'y' }] }, columns, {})).toBe(
    'NAME   x\nPARTS  [{"id":7,"title":"y"}]\n',
  );
});
