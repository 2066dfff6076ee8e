import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { artifactCategories, artifactSchema } from '../../src/data/artifact-categories.ts';
import { trimBlanks, words } from '../../src/data/blanks.ts';
import { eventReactionsSchema } from '../../src/data/event-reactions.ts';
import {
  bool,
  list,
  mapOf,
  mapping,
  object,
  oneOf,
  optional,
  orNull,
  type Schema,
  text,
  whole,
  withoutRepeats,
} from '../../src/data/fields.ts';
import { configurationSchemas } from '../../src/data/file-stores.ts';
import { cloneJson, type Json } from '../../src/data/json.ts';
import { lookups } from '../../src/data/multiple-lookups.ts';
import { emailData } from '../../src/data/notification-data.ts';
import { parse, problemsOf } from '../../src/data/problems.ts';
import { describe as said, quote } from '../../src/data/quote.ts';
import { taskNames, taskSchema } from '../../src/data/tasks.ts';
import { isUrl } from '../../src/data/urls.ts';
import { workflowDataSchema } from '../../src/data/workflow-data.ts';
import { problemsThrownBy, refusalThrownBy } from './refusals.ts';

const lines = (schema: Schema, value: unknown) => problemsThrownBy(() => parse(schema, value, 'f'))?.['f'];
const json = (source: string): unknown => JSON.parse(source);

const allSchemas: readonly (readonly [string, Schema])[] = [
  ...(['Worker', 'Server', 'Workflow'] as const).flatMap((type) =>
    taskNames(type).map((name) => [`${type} ${name}`, taskSchema(type, name) ?? text()] as const),
  ),
  ...artifactCategories.map((category) => [category, artifactSchema(category) ?? text()] as const),
  ['Local', configurationSchemas.Local()],
  ['ExternalDebianSuite', configurationSchemas.ExternalDebianSuite()],
  ['e-mail', emailData()],
  ['workflow data', workflowDataSchema()],
  ['event reactions', eventReactionsSchema()],
  ['lookups', lookups()],
];

describe('an object', () => {
  const schema = object({ a: text(), b: optional(whole(), 7), c: orNull(bool()) });

  test('fills in what is left out', () => {
    expect(parse(schema, { a: 'x' }, 'f')).toEqual({ a: 'x', b: 7, c: null });
    expect(parse(schema, { a: '', b: 0, c: false }, 'f')).toEqual({ a: '', b: 0, c: false });
  });

  test('does not take null for left out where null is not allowed', () => {
    expect(lines(schema, { a: 'x', b: null })).toEqual(['b: must be a whole number, not null']);
  });

  test.each([[[]], [null], ['x'], [5], [undefined], [true]])('is not %j', (value) => {
    expect(lines(schema, value)).toHaveLength(1);
  });

  test('knows no key that objects merely inherit, and misses none that is given', () => {
    const hostile = '{"a":"x","__proto__":1,"constructor":2,"toString":3,"hasOwnProperty":4,"prototype":5}';
    expect(lines(schema, json(hostile))).toEqual([
      '__proto__: unknown key',
      'constructor: unknown key',
      'toString: unknown key',
      'hasOwnProperty: unknown key',
      'prototype: unknown key',
    ]);
    expect(lines(object({ constructor: text() }), {})).toEqual(['"constructor" is required']);
    expect(lines(schema, Object.create({ a: 'inherited' }))).toEqual(['"a" is required']);
  });

  test('names every key that is wrong, and what would be known instead', () => {
    const outer = object({ items: list(schema) });
    const value = { items: [{ a: 'x' }, { A: 1, b: 'y' }], more: 0, '': 1 };
    expect(lines(outer, value)).toEqual([
      '"items.1.a" is required',
      'items.1.b: must be a whole number, not "y"',
      'items.1.A: unknown key',
      'more: unknown key',
      '"": unknown key',
    ]);
    expect(refusalThrownBy(() => parse(outer, value, 'f'))?.hint).toBe('known keys: a, b, c');
    expect(refusalThrownBy(() => parse(object({}), { x: 1 }, 'f'))?.hint).toBe('no keys are known here');
    expect(problemsOf(outer, { items: [], more: 0 })).toEqual([
      { path: 'more', kind: 'unknown-key', message: 'unknown key', knownKeys: ['items'] },
    ]);
  });
});

describe('a map', () => {
  test('checks keys that are hostile like all others, and keeps them', () => {
    expect(lines(mapOf(text()), json('{"__proto__":null,"constructor":5}'))).toEqual([
      '__proto__: must be text, not null',
      'constructor: must be text, not 5',
    ]);
    expect(Object.keys(parse(mapOf(text()), json('{"__proto__":"x","a":"y"}'), 'f'))).toEqual([
      '__proto__',
      'a',
    ]);
    expect(lines(mapOf(text()), [])).toEqual(['must be a mapping, not a list']);
  });

  test('of given keys refuses others', () => {
    expect(lines(mapOf(whole(), ['error']), { error: 1, fatal: 1 })).toEqual([
      'fatal: "fatal" is not one of error',
    ]);
  });

  test('of free content is handed on as it is', () => {
    const value = json('{"__proto__":{"x":[1]}}');
    expect(parse(mapping(), value, 'f')).toBe(value);
  });
});

test('scalars are not converted', () => {
  expect(lines(bool(), 'yes')).toEqual(['must be true or false, not "yes"']);
  expect(lines(whole(), '5')).toEqual(['must be a whole number, not "5"']);
  expect(lines(whole(), 1.5)).toEqual(['must be a whole number, not 1.5']);
  expect(lines(whole(), Number.NaN)).toHaveLength(1);
  expect(lines(text(), 5)).toEqual(['must be text, not 5']);
  expect(lines(oneOf(['a', 'b']), ['a'])).toEqual(['a list is not one of a, b']);
});

test('a repeated item is named', () => {
  expect(lines(withoutRepeats(list(text())), ['a', 'b', 'b', 'a'])).toEqual(['has "b" twice']);
  expect(lines(withoutRepeats(list(text())), ['__proto__', 'constructor'])).toBeUndefined();
});

describe('any schema', () => {
  test.each(allSchemas)(
    '%s refuses whatever it is given with a ValidationError, or takes it',
    (_, schema) => {
      fc.assert(
        fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (value) => {
          problemsThrownBy(() => parse(schema, value, 'f'));
        }),
        { numRuns: 30 },
      );
    },
  );

  test.each(allSchemas)('%s finds a hostile key in an otherwise good or bad object', (_, schema) => {
    for (const key of ['__proto__', 'constructor', 'toString', 'valueOf']) {
      expect(lines(schema, json(`{"${key}":{}}`))).toContain(`${key}: unknown key`);
    }
  });

  test.each(allSchemas)('%s copes with depth', (_, schema) => {
    const depth = 5000;
    problemsThrownBy(() => parse(schema, json('['.repeat(depth) + ']'.repeat(depth)), 'f'));
    problemsThrownBy(() => parse(schema, json('{"input":'.repeat(depth) + '1' + '}'.repeat(depth)), 'f'));
  });
});

test('ten thousand of anything take no time', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => index);
  const keys = Object.fromEntries(many.map((index) => [`k${index}`, index]));
  const piuparts = taskSchema('Worker', 'piuparts') ?? text();
  const started = performance.now();
  expect(lines(piuparts, { input: { binary_artifacts: many.map(() => ({})) } })).toHaveLength(10_003);
  expect(lines(piuparts, keys)).toHaveLength(10_004);
  expect(lines(lookups(), { collection: 1, ...keys })).toHaveLength(10_000);
  expect(lines(eventReactionsSchema(), { on_success: many })).toHaveLength(10_000);
  expect(lines(withoutRepeats(list(text())), many.map(String))).toBeUndefined();
  expect(lines(mapOf(text()), keys)).toHaveLength(10_000);
  expect(performance.now() - started).toBeLessThan(2000);
});

describe('a message', () => {
  test('shows values on one line, with nothing hidden, and cut', () => {
    expect(quote('a"b\\c\n\t\u001b[31m\u0085\u202e\u200b\ud800')).toBe(
      '"a\\"b\\\\c\\n\\t\\x1b[31m\\x85\\u{202e}\\u{200b}\\u{d800}"',
    );
    expect(quote('😀'.repeat(60))).toBe(`"${'😀'.repeat(60)}"`);
    expect(quote('😀'.repeat(61))).toBe(`"${'😀'.repeat(60)}…"`);
    expect(quote('x'.repeat(10_000_000))).toHaveLength(63);
    expect([null, undefined, 1, true, 1n, [], {}, 'x', () => 1].map(said)).toEqual([
      'null',
      'null',
      '1',
      'true',
      '1',
      'a list',
      'a mapping',
      '"x"',
      'something that is not data',
    ]);
  });

  test('shows keys the same way', () => {
    expect(lines(object({}), { 'a\nb': 1, [`${'k'.repeat(1000)}`]: 1 })).toEqual([
      '"a\\nb": unknown key',
      `"${'k'.repeat(60)}…": unknown key`,
    ]);
  });

  test('never has a line break, whatever the data', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
        expect((lines(emailData(), value) ?? []).join(' ')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe('a URL', () => {
  test.each([
    'http://mirror.example.org/debian',
    'https://localhost',
    'ftp://user:pa@ss@127.0.0.1:21/x',
    'http://[::1]:8080/?q=1#f',
    'git+ssh://host/path',
    'HTTP://EXAMPLE.ORG.',
    'http://under_score.x/',
    'http://bücher.example/é',
    '  http://a  ',
    'http://a?b',
    'http://😀.example/',
    'http://a:65535',
  ])('may be %j', (given) => {
    expect(isUrl(given)).toBe(true);
  });

  test.each([
    '',
    ' ',
    'nope',
    'mirror.example.org',
    '//host',
    'h://host',
    'http:/host',
    'http://',
    'http:///path',
    'file:///path',
    'http://a b',
    'http://a/b c',
    'http://a:65536',
    'http://a:',
    'http://a:x',
    'http://-a',
    'http://a-',
    'http://a..b',
    'http://[::1',
    'http://[x]',
    'http://a#b#c',
    'http://a\u0000',
    'mailto:a@b.org',
    `http://${'a'.repeat(64)}`,
    `http://a/${'x'.repeat(70_000)}`,
  ])('is not %j', (given) => {
    expect(isUrl(given)).toBe(false);
  });
});

test('blanks are those of the original', () => {
  expect(trimBlanks('\u001c\u0085 x y \u3000')).toBe('x y');
  expect(trimBlanks('\ufeffx')).toBe('\ufeffx');
  expect(trimBlanks(' '.repeat(300_000))).toBe('');
  expect(words(' a\u00a0b\n')).toEqual(['a', 'b']);
  expect(words(' ')).toEqual([]);
});

test('a copy of JSON is equal and shares nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = cloneJson(value as Json);
      expect(copy).toEqual(value);
      if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
    }),
  );
  const hostile = json('{"__proto__":{"polluted":true}}') as { readonly [key: string]: Json };
  expect(JSON.stringify(cloneJson(hostile))).toBe('{"__proto__":{"polluted":true}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
