import { describe, expect, test } from 'vitest';
import { InvalidInputError, UsageError } from '../../../src/errors.ts';
import type { JsonObject } from '../../../src/data/json.ts';
import {
  applyAssignments,
  type Assignment,
  parseSet,
  parseSetFile,
  parseSetString,
  parseUnset,
} from '../../../src/cli/values/assignments.ts';

const noFile = (file: string): Promise<string> => Promise.reject(new Error(`nobody asked for ${file}`));
const set = (text: string): Assignment => parseSet(text, { what: 'option --set' });
const setString = (text: string): Assignment => parseSetString(text, { what: 'option --set-string' });
const unset = (text: string): Assignment => parseUnset(text, { what: 'option --unset' });
const applied = (mapping: JsonObject, ...assignments: Assignment[]): Promise<JsonObject> =>
  applyAssignments(mapping, assignments, noFile);

describe('KEY=VALUE', () => {
  test.each([
    ['a=1', ['a'], '1'],
    ['a.b.c=x', ['a', 'b', 'c'], 'x'],
    ['a=b=c', ['a'], 'b=c'],
    ['a=', ['a'], ''],
    [String.raw`a\.b=1`, ['a.b'], '1'],
    [String.raw`a\.b.c\.d=1`, ['a.b', 'c.d'], '1'],
    [String.raw`a\\.b=1`, ['a\\', 'b'], '1'],
    [String.raw`a\n=1`, [String.raw`a\n`], '1'],
    [String.raw`system:cpu=1`, ['system:cpu'], '1'],
    ['😀.漢=1', ['😀', '漢'], '1'],
    ['two\nlines=1', ['two\nlines'], '1'],
    ['__proto__.x=1', ['__proto__', 'x'], '1'],
  ])('%j splits at the first equals sign and at dots', (text, path, yaml) => {
    expect(set(text)).toEqual({ op: 'set', path, yaml, what: 'option --set' });
  });

  test.each([
    ['a', 'option --set: "a" has no "="'],
    ['', 'option --set: "" has no "="'],
    ['=1', 'option --set: "=1" has an empty part in its key'],
    ['a..b=1', 'option --set: "a..b=1" has an empty part in its key'],
    ['.a=1', 'option --set: ".a=1" has an empty part in its key'],
    ['a.=1', 'option --set: "a.=1" has an empty part in its key'],
  ])('%j is refused', (text, message) => {
    expect(() => set(text)).toThrow(UsageError);
    expect(() => set(text)).toThrow(expect.objectContaining({ message }));
  });

  test('is split alike for text, files and keys alone', () => {
    expect(setString('a.b=x=y')).toEqual({ op: 'set-string', path: ['a', 'b'], text: 'x=y' });
    expect(parseSetFile('a.b=dir/file', { what: 'x' })).toEqual({
      op: 'set-file',
      path: ['a', 'b'],
      file: 'dir/file',
    });
    expect(unset('a.b=c')).toEqual({ op: 'unset', path: ['a', 'b=c'] });
  });

  test('names its form when it is refused', () => {
    expect(() => setString('a')).toThrow(expect.objectContaining({ hint: 'KEY=TEXT' }));
    expect(() => parseSetFile('a=', { what: 'option --set-file' })).toThrow(
      'option --set-file: "a=" names no file',
    );
    expect(() => unset('a..b')).toThrow('option --unset: "a..b" has an empty part in its key');
    expect(() => unset('')).toThrow(UsageError);
  });
});

describe('assignments', () => {
  test('are made one after the other, and leave the given mapping as it is', async () => {
    const given = Object.freeze({ a: Object.freeze({ b: 1, c: 2 }), keep: Object.freeze([1]) });
    const result = await applied(
      given,
      set('a.b=[x]'),
      setString('a.d=3'),
      unset('a.c'),
      set('new.deep.key=true'),
      unset('a.b'),
    );
    expect(result).toEqual({ a: { d: '3' }, keep: [1], new: { deep: { key: true } } });
    expect(given).toEqual({ a: { b: 1, c: 2 }, keep: [1] });
  });

  test('read YAML for --set and take text as it is for --set-string', async () => {
    expect(await applied({}, set('a=5'), setString('b=5'), set('c={x: [1]}'), setString('d= #x: '))).toEqual({
      a: 5,
      b: '5',
      c: { x: [1] },
      d: ' #x: ',
    });
  });

  test('take the text of a file for --set-file', async () => {
    const assignment = parseSetFile('a.b=notes.txt', { what: 'option --set-file' });
    const readText = (file: string): Promise<string> => Promise.resolve(`text of ${file}\n`);
    expect(await applyAssignments({}, [assignment], readText)).toEqual({ a: { b: 'text of notes.txt\n' } });
    await expect(applyAssignments({}, [assignment], () => Promise.resolve('\0'))).rejects.toThrow(
      'notes.txt has a character that cannot be stored',
    );
  });

  test('unsetting what is not there changes nothing', async () => {
    const given = { a: { b: 1 } };
    expect(await applied(given, unset('x'), unset('x.y'), unset('a.x.y'), unset('toString'))).toEqual(given);
  });

  test('replace values of any kind, and null on the way', async () => {
    expect(await applied({ a: [1], b: null }, set('a={}'), set('a.x=1'), set('b.c=2'))).toEqual({
      a: { x: 1 },
      b: { c: 2 },
    });
  });

  test.each([
    [{ a: [1] }, 'a.0=2', 'data: "a" is a list, not a mapping; it has no keys to change'],
    [{ a: { b: 'text' } }, 'a.b.c=2', 'data: "a.b" is "text", not a mapping; it has no keys to change'],
    [{ a: 5 }, 'a.b.c=2', 'data: "a" is 5, not a mapping; it has no keys to change'],
  ])('in %j refuse a path through what is no mapping (%s)', async (given, text, message) => {
    await expect(applied(given, set(text))).rejects.toThrow(InvalidInputError);
    await expect(applied(given, set(text))).rejects.toThrow(expect.objectContaining({ message }));
  });

  test('refuse to unset through what is no mapping', async () => {
    await expect(applied({ a: [1] }, unset('a.0'))).rejects.toThrow(InvalidInputError);
  });

  test('refuse a value that is not YAML', async () => {
    await expect(applied({}, set('a=[x'))).rejects.toThrow(UsageError);
  });

  test('make own keys of any name and touch no prototype', async () => {
    const result = await applied(
      {},
      set('__proto__.polluted=1'),
      set('constructor.prototype.polluted=1'),
      unset('__proto__.x'),
    );
    expect(Object.keys(result)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(JSON.stringify(result)).toBe(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect({}).not.toHaveProperty('polluted');
  });
});
