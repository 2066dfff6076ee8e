import { describe, expect, test } from 'vitest';
import { listed, nothing, sample, sampleColumns, shown } from './printing.ts';

describe('plain text', () => {
  test('has a header of keys, aligned columns, and the data as JSON has them', async () => {
    expect(await listed([sample, nothing], sampleColumns, { format: 'plain', width: 20 })).toBe(
      `ID  NAME    CREATED                      DELAY_SECONDS  SIZE_BYTES  ENABLED  HASH                                                              STORES           COMMENT
7   saturn  2024-05-02T09:14:07.530864Z  864000         2048        yes      ${String(sample.hash)}  Default,archive  CI job
8   ""      -                            -              -           -        -                                                                 -                -
`,
    );
  });

  test('has no blanks at the ends of lines and keeps every record on one', async () => {
    const rows = [
      { ...sample, name: 'two\nlines', comment: 'ends in a blank ' },
      { ...sample, name: '\x1b[2J', comment: '' },
      { ...sample, name: 'tab\there', comment: 'C:\\' },
    ];
    const text = await listed(rows, sampleColumns, { format: 'plain', columns: ['name', 'comment'] });
    expect(text).toBe(
      String.raw`NAME        COMMENT
two\nlines  ends in a blank\x20
\x1b[2J     ""
tab\there   C:\\
`,
    );
  });

  test('counts wide characters as two columns', async () => {
    const rows = [
      { ...sample, name: '漢字' },
      { ...sample, name: 'abc' },
    ];
    expect(
      await listed(rows, sampleColumns, { format: 'plain', columns: ['name', 'id'], headers: false }),
    ).toBe('漢字  7\nabc   7\n');
  });

  test('without a header takes its widths from the values alone', async () => {
    expect(
      await listed([sample], sampleColumns, { format: 'plain', columns: ['id', 'name'], headers: false }),
    ).toBe('7  saturn\n');
  });

  test('of nothing is the header, or nothing', async () => {
    expect(await listed([], sampleColumns, { format: 'plain', columns: ['id', 'name'] })).toBe('ID  NAME\n');
    expect(await listed([], sampleColumns, { format: 'plain', columns: ['id'], headers: false })).toBe('');
  });

  test('lets a later value push its line out of alignment, but never cuts it', async () => {
    const rows = Array.from({ length: 1002 }, (_, id) => ({
      ...sample,
      id,
      name: id === 1000 ? 'jupiter' : 'mars',
    }));
    const text = await listed(
      rows,
      sampleColumns,
      { format: 'plain', columns: ['name', 'id'], headers: false },
      300,
    );
    expect(text.split('\n').slice(-4)).toEqual(['mars  999', 'jupiter  1000', 'mars  1001', '']);
  });

  test('measures a thousand records, the last of them too', async () => {
    const rows = Array.from({ length: 1001 }, (_, id) => ({
      ...sample,
      id,
      name: id === 999 ? 'jupiter' : 'mars',
    }));
    const text = await listed(rows, sampleColumns, {
      format: 'plain',
      columns: ['name', 'id'],
      headers: false,
    });
    expect(text.split('\n').slice(-4)).toEqual(['mars     998', 'jupiter  999', 'mars     1000', '']);
  });

  test('has colour when asked to, outside of the padding', async () => {
    const rows = [sample, { ...sample, enabled: false }];
    expect(
      await listed(rows, sampleColumns, { format: 'plain', columns: ['enabled', 'id'], colour: true }),
    ).toBe('\x1b[1mENABLED  ID\x1b[22m\n\x1b[32myes\x1b[39m      7\n\x1b[31mno\x1b[39m       7\n');
  });

  test('under the original’s names is headed by labels', async () => {
    const text = await listed([sample], sampleColumns, {
      format: 'plain',
      columns: ['name', 'hash'],
      flavour: 'original',
    });
    expect(text).toBe(`Name    Token hash\nsaturn  ${String(sample.hash)}\n`);
  });

  test('uses the text for people, except where programs read', async () => {
    const columns = sampleColumns.map((column) => ({ ...column, show: () => 'shown' }));
    const text = await listed([sample], columns, {
      format: 'plain',
      columns: ['enabled', 'created', 'size_bytes', 'stores', 'delay_seconds'],
      headers: false,
    });
    expect(text).toBe('shown  2024-05-02T09:14:07.530864Z  2048  shown  864000\n');
  });

  test('writes nested data as JSON on one line', async () => {
    expect(
      await listed([sample], sampleColumns, { format: 'plain', columns: ['data'], headers: false }),
    ).toBe('{"b":[1,{"c":"x"}],"a":{}}\n');
  });
});

test('one object in plain text is a line for each key', async () => {
  expect(await shown({ ...nothing, name: 'a\nb' }, sampleColumns, { format: 'plain' })).toBe(
    String.raw`ID             8
NAME           a\nb
CREATED        -
DELAY_SECONDS  -
SIZE_BYTES     -
ENABLED        -
HASH           -
STORES         -
COMMENT        -
`,
  );
});
