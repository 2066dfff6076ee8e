import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError, UsageError } from '../../../src/errors.ts';
import {
  mostYamlBytes,
  parseYaml,
  parseYamlFlow,
  parseYamlMapping,
  requireStorable,
  toYaml,
} from '../../../src/cli/values/yaml.ts';

const read = (text: string) => parseYaml(text, 'data.yaml');

describe('YAML is read by the rules of version 1.2', () => {
  test.each([
    ['a: 1', { a: 1 }],
    ['{"a": [1, 2.5, true, null, "x"]}', { a: [1, 2.5, true, null, 'x'] }],
    ['a: yes\nb: no\nc: on\nd: 012\ne: 0o17\nf: 0x1F', { a: 'yes', b: 'no', c: 'on', d: 12, e: 15, f: 31 }],
    ['a: 2024-05-02\nb: 12:30:45', { a: '2024-05-02', b: '12:30:45' }],
    ['<<: {a: 1}', { '<<': { a: 1 } }],
    ['%YAML 1.1\n---\na: yes\n<<: {b: 012}', { a: 'yes', '<<': { b: 12 } }],
    ['a: |\n  two\n  lines\n', { a: 'two\nlines\n' }],
    ['a: !!str 12', { a: '12' }],
    ['a: &x [1]\nb: *x', { a: [1], b: [1] }],
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x', { a: 1, b: 1, c: 2, d: 2 }],
    ['&k key: *k', { key: 'key' }],
    ['1: a\ntrue: b\nnull: c\n-5: d', { '1': 'a', true: 'b', null: 'c', '-5': 'd' }],
    ['? a\n: 1\n? b', { a: 1, b: null }],
    ['', null],
    ['# only a comment\n', null],
    ['---\n...\n', null],
    ['~', null],
    ['\ufeffa: 1', { a: 1 }],
    ['- a\n- b', ['a', 'b']],
    ['text', 'text'],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
  ])('%j', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  test('a key __proto__ is an ordinary key', async () => {
    const value = await read('__proto__: {polluted: 1}\nconstructor: 2');
    expect(Object.entries(value ?? {})).toEqual([
      ['__proto__', { polluted: 1 }],
      ['constructor', 2],
    ]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('YAML is refused with line and column', () => {
  test.each([
    ['a: [', 'data.yaml:1:5: expected "]"'],
    ['a:\n  - x\n  - {b: 1', 'data.yaml:3:10: expected "}"'],
    ['"abc', 'data.yaml:1:5: the quoted text has no closing quote'],
    ['a: b: c', 'data.yaml:1:4: nested mappings are not allowed in compact mappings'],
    ['a:\n\t- x', 'data.yaml:2:1: tabs are not allowed as indentation'],
    ['a: 1\nb: 2\na: 3', 'data.yaml:3:1: the key "a" is given twice'],
    ['{a: 1, "a": 2}', 'data.yaml:1:8: the key "a" is given twice'],
    ['1: a\n"1": b', 'data.yaml:2:1: the key "1" is given twice'],
    ['a: !foo 1', 'data.yaml:1:4: unresolved tag: !foo'],
    ['a: !!binary aGk=', 'data.yaml:1:4: unresolved tag: tag:yaml.org,2002:binary'],
    ['a: !!timestamp 2024-05-02', 'data.yaml:1:4: unresolved tag: tag:yaml.org,2002:timestamp'],
    ['%FOO\n---\na: 1', 'data.yaml:1:1: unknown directive %FOO'],
    ['a: 1\n---\nb: 2', 'data.yaml:2:1: more than one document'],
    ['a: *x', 'data.yaml:1:4: the alias "x" has no anchor before it'],
    ['a: &x [*x]', 'data.yaml:1:8: the alias "x" has no anchor before it'],
    ['a: .inf', 'data.yaml:1:4: ".inf" is not a number that can be stored; quote it'],
    ['a: .nan', 'data.yaml:1:4: ".nan" is not a number that can be stored; quote it'],
    ['a: 1e400', 'data.yaml:1:4: "1e400" is not a number that can be stored; quote it'],
    ['a: 9007199254740992', 'data.yaml:1:4: "9007199254740992" is too large for an exact number; quote it'],
    [
      'a: -99999999999999999999',
      'data.yaml:1:4: "-99999999999999999999" is too large for an exact number; quote it',
    ],
    ['a:\n  b: "\\0"', 'data.yaml:2:6: the text has a character that cannot be stored'],
    ['"\\ud800": 1', 'data.yaml:1:1: the text has a character that cannot be stored'],
    ['[a, b]: 1', 'data.yaml:1:1: a key must be a text, not a list; quote it'],
    ['{a: 1}: 1', 'data.yaml:1:1: a key must be a text, not a mapping; quote it'],
    ['1.5: 1', 'data.yaml:1:1: a key must be a text, not a number; quote it'],
  ])('%j', async (text, message) => {
    const attempt = read(text);
    await expect(attempt).rejects.toThrow(InvalidInputError);
    await expect(attempt).rejects.toThrow(expect.objectContaining({ message }));
  });
});

describe('YAML has limits', () => {
  test('of depth: 200 lists inside each other are read, 201 are not, nor are so many that a parser gives up', async () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(await read(nested(200))).toBeInstanceOf(Array);
    await expect(read(nested(201))).rejects.toThrow('data.yaml:1:201: nested too deeply');
    await expect(read(nested(100_000))).rejects.toThrow('nested too deeply');
    await expect(read('- '.repeat(100_000))).rejects.toThrow(InvalidInputError);
  });

  test('of depth that aliases cannot go around', async () => {
    const half = `a: &a ${'['.repeat(150)}${']'.repeat(150)}\n`;
    await expect(read(`${half}b: ${'['.repeat(100)}*a${']'.repeat(100)}`)).rejects.toThrow(
      'nested too deeply',
    );
    expect(await read(`${half}b: ${'['.repeat(40)}*a${']'.repeat(40)}`)).toHaveProperty('b');
  });

  test('of what aliases stand for: 10000 values', async () => {
    const list = (aliases: number): string => `a: &a [${'x, '.repeat(98)}x]\nb: [${'*a, '.repeat(aliases)}]`;
    expect(await read(list(100))).toHaveProperty('b.99.98', 'x');
    await expect(read(list(101))).rejects.toThrow('the aliases stand for too much: at most 10000 values');
  });

  test('that a text of a few lines cannot get around by doubling', async () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let i = 1; i < 40; i += 1) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    await expect(read(lines.join('\n'))).rejects.toThrow('the aliases stand for too much');
  });

  test('of what aliases stand for: as many characters as a text may have', async () => {
    const text = `a: &a ${'x'.repeat(1024 * 1024)}\nb: [${'*a, '.repeat(17)}]`;
    const outcome = await read(text).catch(String);
    // Not the value itself: a failing test would print all of it.
    expect(typeof outcome === 'string' && outcome).toContain('the aliases stand for too much');
  });

  test('of size: 16 MiB, counted in bytes', async () => {
    expect(await read(`"${'é'.repeat(mostYamlBytes / 2 - 1)}"`)).toHaveLength(mostYamlBytes / 2 - 1);
    await expect(read(`"${'é'.repeat(mostYamlBytes / 2)}"`)).rejects.toThrow(
      expect.objectContaining({ message: 'data.yaml: longer than 16 MiB' }),
    );
  });

  test('but none on the number of keys', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key${index}: ${index}`).join('\n');
    expect(await read(text)).toHaveProperty('key19999', 19_999);
  });
});

describe('a mapping', () => {
  test.each(['', '# nothing', 'null', '~', '---'])('may be empty: %j', async (text) => {
    expect(await parseYamlMapping(text, 'data.yaml')).toEqual({});
  });

  test.each([
    ['[1]', 'a list'],
    ['text', 'a text'],
    ['5', 'a number'],
    ['true', '"true"'],
  ])('is not %s', async (text, kind) => {
    await expect(parseYamlMapping(text, 'data.yaml')).rejects.toThrow(
      expect.objectContaining({ message: `data must be a mapping, got ${kind}`, code: 'invalid' }),
    );
    await expect(parseYamlMapping(text, 'x', 'configuration')).rejects.toThrow(
      `configuration must be a mapping, got ${kind}`,
    );
  });
});

describe('the value of --set', () => {
  const flow = (text: string) => parseYamlFlow(text, 'option --set');

  test.each([
    ['3', 3],
    ['true', true],
    ['[a, b]', ['a', 'b']],
    ['{x: 1}', { x: 1 }],
    ['text', 'text'],
    ['two words', 'two words'],
    ['"3"', '3'],
    ["'#fff'", '#fff'],
    ['a#b', 'a#b'],
    ['http://example.org/x?y=z', 'http://example.org/x?y=z'],
    ['null', null],
    ['', null],
    ['  ', null],
    ['{"a": {"b": [1]}}', { a: { b: [1] } }],
  ])('%j is %j', async (text, expected) => {
    expect(await flow(text)).toEqual(expected);
  });

  test.each(['note: x', '- a', 'a\nb', '#fff', 'a #b', 'a: 1\nb: 2'])(
    '%j is refused, because text was meant',
    async (text) => {
      const attempt = flow(text);
      await expect(attempt).rejects.toThrow(UsageError);
      await expect(attempt).rejects.toThrow(
        expect.objectContaining({
          message: `option --set: ${JSON.stringify(text)} is not YAML on one line`,
          hint: 'quote it for YAML, or use --set-string, which takes the value as text',
        }),
      );
    },
  );

  test.each([
    ['[a', 'option --set: "[a": expected "]"'],
    ['a: b: c', 'option --set: "a: b: c": nested mappings are not allowed in compact mappings'],
    ['{a: 1, a: 2}', 'option --set: "{a: 1, a: 2}": the key "a" is given twice'],
    ['.inf', 'option --set: ".inf": ".inf" is not a number that can be stored; quote it'],
  ])('%j is refused', async (text, message) => {
    await expect(flow(text)).rejects.toThrow(UsageError);
    await expect(flow(text)).rejects.toThrow(expect.objectContaining({ message }));
  });
});

describe('YAML for an editor', () => {
  test('has sorted keys, quoted words and text of several lines as a block', () => {
    expect(
      toYaml({ tasks: ['sbuild', 'noop'], note: 'two\nlines\n', answer: 'yes', empty: {}, last: 'a\n\nb' }),
    ).toBe(
      `answer: 'yes'
empty: {}
last: |-
  a

  b
note: |
  two
  lines
tasks:
- sbuild
- noop
`,
    );
  });

  test('is read back as the same mapping', async () => {
    const pieces = [
      'a',
      ' ',
      '\n',
      ': ',
      '#',
      '-',
      'yes',
      '0x1',
      '1e5',
      '0o7',
      '"',
      "'",
      '\\',
      '\t',
      '|',
      '{',
      ',',
      'é',
      '😀',
      '\u2028',
      '\x1b',
    ];
    const text = fc.string({ unit: fc.constantFrom(...pieces) });
    const { mapping } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        text,
        fc.constantFrom(null, true, false, 0, -5, 1.5, 1e-7, 1e21, 2 ** 53 - 1),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('mapping'),
      ),
      mapping: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    }));
    await fc.assert(
      fc.asyncProperty(mapping, async (value) => {
        expect(await parseYamlMapping(toYaml(value as never), 'edited')).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });
});

test('text that the database cannot hold is refused', () => {
  expect(() => requireStorable('a\0b', 'the file x')).toThrow(
    'the file x has a character that cannot be stored',
  );
  expect(() => requireStorable('\udc00', 'the file x')).toThrow(InvalidInputError);
  expect(() => requireStorable('\x01 😀', 'the file x')).not.toThrow();
});
