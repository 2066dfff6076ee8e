import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandName, expandVariables } from '../../src/data/expand-name.ts';
import type { JsonObject } from '../../src/data/json.ts';
import { findAtMostTwo, parseJsonPath } from '../../src/data/json-path.ts';
import { ArgumentError } from '../../src/errors.ts';
import { refusalThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

interface ExpansionCase {
  readonly name_template: string;
  readonly variables: JsonObject;
  readonly artifact_data: JsonObject;
  readonly expected?: string;
  readonly error?: ArgumentError['kind'];
}

const expand = (template: string, variables: JsonObject, data: JsonObject = {}) =>
  expandName(template, expandVariables(variables, data));
const kindOf = (action: () => unknown) => {
  const refusal = refusalThrownBy(action);
  return refusal instanceof ArgumentError ? refusal.kind : undefined;
};

describe('known answers about expanded names', () => {
  test.each(readVectors<ExpansionCase>('expand-name'))('case $id', (given) => {
    const action = () => expand(given.name_template, given.variables, given.artifact_data);
    if (given.expected !== undefined) expect(action()).toBe(given.expected);
    else expect(kindOf(action)).toBe(given.error);
  });
});

describe('a template', () => {
  test.each([
    ['{{}}', '{}'],
    ['a{{{x}}}b', 'a{X}b'],
    ['{ y }', 'blanks'],
    ['{x}{x}', 'XX'],
    ['}}{{', '}{'],
    ['{__proto__}', 'own'],
  ])('%s gives %s', (template, expected) => {
    const variables = JSON.parse('{"x":"X"," y ":"blanks","__proto__":"own"}') as JsonObject;
    expect(expand(template, variables)).toBe(expected);
  });

  test.each([
    ['{', 'value-error'],
    ['}', 'value-error'],
    ['{x}}', 'value-error'],
    ['{{x}', 'value-error'],
    ['{{}', 'value-error'],
    ['{x{y}}', 'value-error'],
    ['{x.y}', 'value-error'],
    ['{x[0]}', 'value-error'],
    ['{x!r}', 'value-error'],
    ['{x:>10}', 'value-error'],
    ['{}}', 'index-error'],
    ['{7}', 'index-error'],
    ['{٣}', 'index-error'],
    ['{!r}', 'index-error'],
    ['{0.real}', 'index-error'],
    ['{-1}', 'key-error'],
    ['{ 0}', 'key-error'],
    ['{constructor}', 'key-error'],
    ['{__proto__}', 'key-error'],
    ['{nope} {', 'key-error'],
  ])('%s is refused as %s', (template, kind) => {
    expect(kindOf(() => expand(template, { x: 'X', '0': 'zero' }))).toBe(kind);
  });

  test.each([
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [0, '0'],
    [-5, '-5'],
    [1e21, '1000000000000000000000'],
    [1.5, '1.5'],
  ])('prints %j as %s', (value, expected) => {
    expect(expand('{x}', { x: value })).toBe(expected);
  });

  test('refuses lists and mappings only where it needs them', () => {
    expect(expand('{y}', { x: [1], y: 'ok' })).toBe('ok');
    expect(kindOf(() => expand('{x}', { x: [1] }))).toBe('value-error');
    expect(kindOf(() => expand('{x}', { x: {} }))).toBe('value-error');
  });

  test('of any text is expanded or refused with an ArgumentError, at once', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', 'a', '0', '.', '!', ':', '[', ' ') }),
        (template) => {
          refusalThrownBy(() => expand(template, { a: 'b' }));
        },
      ),
    );
    const started = performance.now();
    expect(expand('{a}'.repeat(100_000), { a: 'b' })).toHaveLength(100_000);
    refusalThrownBy(() => expand('{{'.repeat(100_000), {}));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('variables', () => {
  test('are given with their values, used or not', () => {
    expect(expandVariables({ $n: 'a.b', fixed: [1] }, { a: { b: null } })).toEqual({ n: null, fixed: [1] });
  });

  test('are all parsed before one is followed', () => {
    expect(kindOf(() => expandVariables({ $a: 'missing', $b: '!!' }, {}))).toBe('value-error');
  });

  test('are all followed before constants are compared', () => {
    expect(kindOf(() => expandVariables({ $a: 'missing', $b: 'x', b: 1 }, { x: 1 }))).toBe('key-error');
  });

  test('that are paths must be text', () => {
    for (const path of [5, null, ['a'], { a: 1 }]) {
      expect(kindOf(() => expandVariables({ $a: path }, {}))).toBe('value-error');
    }
  });

  test('may be called like what every object has', () => {
    const variables = JSON.parse('{"$__proto__":"x","constructor":"y"}') as JsonObject;
    expect(Object.entries(expandVariables(variables, { x: 1 }))).toEqual([
      ['__proto__', 1],
      ['constructor', 'y'],
    ]);
  });
});

describe('a path', () => {
  const data: JsonObject = {
    a: { b: 1, 'c d': 2, 'x-y': 3, n: null },
    list: [10, 20, [30]],
    text: 'abc',
    'it"s': 4,
    nested: { list: [{ k: 1 }, { k: 2 }], k: 3 },
    where: 5,
  };
  const found = (path: string) => findAtMostTwo(parseJsonPath(path), data);

  test.each<[string, unknown[]]>([
    ['a.b', [1]],
    ['$.a.b', [1]],
    ['$["a"][b]', [1]],
    [' a . b ', [1]],
    ['a.[b]', [1]],
    ["a['c d']", [2]],
    ['a."c d"', [2]],
    ['a.x-y', [3]],
    ['a.n', [null]],
    ["'it\\\"s'", [4]],
    ["'where'", [5]],
    ['list[0]', [10]],
    ['list[-1][0]', [30]],
    ['list[-4]', []],
    ['list[3]', []],
    ['list[99999999999999999999]', []],
    ['list[1:2]', [20]],
    ['list[2:]', [[30]]],
    ['list[:-2]', [10]],
    ['list.length', []],
    ['list.*', []],
    ['text[0]', []],
    ['text[*]', ['abc']],
    ['text.length', []],
    ['a[*].b', [1]],
    ['a.b[0]', []],
    ['constructor', []],
    ['a.__proto__', []],
    ['$..b', [1]],
    ['a..b', [1]],
    ['nested.list[0].k', [1]],
    ['a.b,nope', [1]],
    ["a['b','nope']", [1]],
  ])('%s finds %j', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });

  test('may be nothing but the root', () => {
    expect(found('$')).toEqual([data]);
  });

  test.each(['nested..k', 'a.*', 'list[*]', '*', 'a.b,n', 'list[0:2]'])('%s finds several', (path) => {
    expect(found(path)).toHaveLength(2);
  });

  test.each([
    '',
    ' ',
    '.a',
    '..a',
    'a.',
    'a..',
    'a...b',
    'a b',
    'a[',
    'a[]',
    'a[0',
    'a[[0]]',
    'a[0,1]',
    'a[b.c]',
    'a[?(@.b)]',
    'a]',
    '1a',
    'a.1',
    'é',
    '$a',
    '$$',
    'a.$',
    'where',
    'a where b',
    'a|b',
    '(a)',
    'a.`parent`',
    '`this`',
    "'open",
    '"open\\"',
    "'open\\",
    '!!',
    '-a',
    'a,',
    '*,a',
    'a,*',
    'a[*,b]',
    'a.b'.repeat(400),
  ])('%j is malformed', (path) => {
    expect(kindOf(() => parseJsonPath(path))).toBe('value-error');
  });

  test('of any text is followed or refused with an ArgumentError', () => {
    const unit = fc.constantFrom(
      'a',
      'list',
      '$',
      '.',
      '..',
      '[',
      ']',
      '*',
      ',',
      ':',
      '0',
      '-1',
      "'",
      '"',
      '\\',
      ' ',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (path) => {
        refusalThrownBy(() => found(path));
      }),
      { numRuns: 2000 },
    );
  });

  test('may not take for ever', () => {
    let deep: JsonObject = {};
    for (let depth = 0; depth < 3000; depth += 1) deep = { deep };
    expect(kindOf(() => findAtMostTwo(parseJsonPath('$..deep..deep..deep..x'), deep))).toBe('value-error');
    expect(findAtMostTwo(parseJsonPath('$..nope'), deep)).toEqual([]);
  });
});
