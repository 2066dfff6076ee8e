import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/output/columns.ts';
import { jsonRecords, jsonText } from '../../src/output/json.ts';
import { listed, nothing, sample, sampleColumns, shown } from './printing.ts';

describe('jsonText', () => {
  test('writes integers exactly: numbers up to 2^53 - 1, text beyond', () => {
    expect(jsonText({ a: 9007199254740991n, b: 9007199254740992n, c: [-9007199254740992n, 5n] }, 0)).toBe(
      '{"a":9007199254740991,"b":"9007199254740992","c":["-9007199254740992",5]}',
    );
  });

  test('escapes every control character and every character that reorders text', () => {
    expect(jsonText('\x00\x1b\x7f\x9b\u061c\u200e\u202e\u2066\u2028\ud800é😀', 0)).toBe(
      String.raw`"\u0000\u001b\u007f\u009b\u061c\u200e\u202e\u2066\u2028\ud800é😀"`,
    );
  });

  test('is read back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jsonText(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('keeps a key __proto__', () => {
    expect(jsonText(JSON.parse('{"__proto__":{"a":1}}'), 0)).toBe('{"__proto__":{"a":1}}');
  });
});

describe('a JSON list', () => {
  test('is one compact document in a pipe, with every key in every record', async () => {
    const text = await listed([sample, nothing], sampleColumns, { format: 'json' });
    expect(text).toBe(
      '[{"id":7,"name":"saturn","created":"2024-05-02T09:14:07.530864Z","delay_seconds":864000,"size_bytes":2048,' +
        '"enabled":true,"hash":"f299978eb768f299978eb768f299978eb768f299978eb768f299978eb768e4ce",' +
        '"stores":["Default","archive"],"data":{"b":[1,{"c":"x"}],"a":{}},"comment":"CI job"},' +
        '{"id":8,"name":"","created":null,"delay_seconds":null,"size_bytes":null,"enabled":null,"hash":null,' +
        '"stores":[],"data":null,"comment":null}]\n',
    );
  });

  test('is indented by two on a terminal', async () => {
    const text = await listed([sample, nothing], sampleColumns, {
      format: 'json',
      isTerminal: true,
      columns: ['id', 'stores'],
    });
    const records = [
      { id: 7, stores: ['Default', 'archive'] },
      { id: 8, stores: [] },
    ];
    expect(text).toBe(`${JSON.stringify(records, null, 2)}\n`);
  });

  test.each([true, false])('of nothing is an empty array (on a terminal: %s)', async (isTerminal) => {
    expect(await listed([], sampleColumns, { format: 'json', isTerminal })).toBe('[]\n');
  });

  test('turns what is missing from a row into null', async () => {
    const columns = [
      { key: 'a', label: 'A', type: 'integer', description: 'a' },
      { key: 'b', label: 'B', type: 'integer', description: 'b' },
    ] as const;
    const rows: { a?: number; b?: number | undefined }[] = [{ a: 1 }, { b: undefined }];
    expect(await listed(rows, columns, { format: 'json' })).toBe('[{"a":1,"b":null},{"a":null,"b":null}]\n');
  });
});

describe('JSON lines', () => {
  test('have one object per line, on a terminal too', async () => {
    const text = await listed([sample, nothing], sampleColumns, {
      format: 'jsonl',
      isTerminal: true,
      columns: ['comment', 'id'],
    });
    expect(text).toBe('{"comment":"CI job","id":7}\n{"comment":null,"id":8}\n');
  });

  test('of nothing are nothing', async () => {
    expect(await listed([], sampleColumns, { format: 'jsonl' })).toBe('');
  });

  test('of one object are one line', async () => {
    expect(await shown(sample, sampleColumns, { format: 'jsonl', columns: ['id'], isTerminal: true })).toBe(
      '{"id":7}\n',
    );
  });
});

test('one object as JSON is one document', async () => {
  const columns = ['id', 'stores'];
  expect(await shown(nothing, sampleColumns, { format: 'json', columns })).toBe('{"id":8,"stores":[]}\n');
  expect(await shown(nothing, sampleColumns, { format: 'json', columns, isTerminal: true })).toBe(
    '{\n  "id": 8,\n  "stores": []\n}\n',
  );
});

describe('records that come as JSON', () => {
  const columns = [
    { key: 'id', label: 'ID', type: 'integer', description: '' },
    { key: 'name', label: 'Name', type: 'text', description: '' },
  ] as const satisfies readonly Column<{ id: number; name: string }>[];

  test('are written as they are, but for what a terminal would act upon', () => {
    const lines = jsonRecords(columns, false);
    expect(lines.add(['{"id":1,"name":"a\u009b"}', '{"id":2,"name":""}'])).toBe(
      '{"id":1,"name":"a\\u009b"}\n{"id":2,"name":""}\n',
    );
    expect(lines.add([])).toBe('');
    expect(lines.end()).toBe('');
  });

  test('make one array over all batches, also of none', () => {
    const array = jsonRecords(columns, true);
    const text = array.add(['{"id":1,"name":"a"}']) + array.add(['{"id":2,"name":"b"}']) + array.end();
    expect(text).toBe('[{"id":1,"name":"a"},{"id":2,"name":"b"}]\n');
    expect(jsonRecords(columns, true).end()).toBe('[]\n');
  });

  test('are cut to the columns asked for when they have others, or another order', () => {
    const array = jsonRecords(columns, true);
    expect(array.add(['{"name":"a","id":1,"more":2}']) + array.end()).toBe('[{"id":1,"name":"a"}]\n');
  });
});
