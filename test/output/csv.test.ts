import { describe, expect, test } from 'vitest';
import { listed, nothing, sample, sampleColumns, shown } from './printing.ts';

const columns = ['id', 'name', 'created', 'enabled', 'stores', 'comment'];

describe('CSV', () => {
  test('has a header of keys, lines that end in CR LF, and nested values as JSON', async () => {
    expect(await listed([sample], sampleColumns, { format: 'csv', columns })).toBe(
      'id,name,created,enabled,stores,comment\r\n' +
        '7,saturn,2024-05-02T09:14:07.530864Z,true,"[""Default"",""archive""]",CI job\r\n',
    );
  });

  test('tells an absent value from an empty text', async () => {
    expect(await listed([nothing], sampleColumns, { format: 'csv', columns, headers: false })).toBe(
      '8,"",,,[],\r\n',
    );
  });

  test.each([
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['cr\r', '"cr\r"'],
    [' blank', '" blank"'],
    ['blank ', '"blank "'],
    ['x;y', 'x;y'],
  ])('writes %j as %j', async (comment, field) => {
    const text = await listed([{ ...sample, comment }], sampleColumns, {
      format: 'csv',
      columns: ['comment'],
      headers: false,
    });
    expect(text).toBe(`${field}\r\n`);
  });

  test('writes an id beyond 2^53 in full', async () => {
    const text = await listed([{ ...sample, id: 9007199254740993n }], sampleColumns, {
      format: 'csv',
      columns: ['id'],
    });
    expect(text).toBe('id\r\n9007199254740993\r\n');
  });

  test('of nothing is the header, or nothing', async () => {
    expect(await listed([], sampleColumns, { format: 'csv', columns })).toBe(
      'id,name,created,enabled,stores,comment\r\n',
    );
    expect(await listed([], sampleColumns, { format: 'csv', columns, headers: false })).toBe('');
  });

  test('of one object is one record', async () => {
    expect(await shown(sample, sampleColumns, { format: 'csv', columns: ['id', 'name'] })).toBe(
      'id,name\r\n7,saturn\r\n',
    );
  });

  test('escapes control characters only for a terminal', async () => {
    const row = { ...sample, comment: 'a\x1b\nb' };
    const given = { format: 'csv', columns: ['comment'], headers: false } as const;
    expect(await listed([row], sampleColumns, given)).toBe('"a\x1b\nb"\r\n');
    expect(await listed([row], sampleColumns, { ...given, isTerminal: true })).toBe(
      `${String.raw`a\x1b\nb`}\r\n`,
    );
  });
});
