/** Every member of the original's models, with the tests that prove it: see checklist.txt. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const here = new URL('.', import.meta.url).pathname;

interface Proof {
  readonly file: string;
  readonly test: string;
}

interface Line {
  readonly line: number;
  readonly member: string;
  readonly provedBy: readonly Proof[];
}

const checklist = read(readFileSync(join(here, 'checklist.txt'), 'utf8'));

function read(text: string): readonly Line[] {
  return text
    .split(/^(?=\d)/m)
    .slice(1)
    .map((part) => {
      const [head = '', ...proofs] = part.split('\n').filter((line) => line !== '');
      const [, line, member = ''] = /^(\d+) (.+?): ./.exec(head) ?? [];
      return {
        line: Number(line),
        member,
        provedBy: proofs.map((proof) => {
          const [, file = '', name = ''] = /^ {4}(\S+): (.+)$/.exec(proof) ?? [];
          return { file: `${file}.test.ts`, test: name };
        }),
      };
    });
}

/** A test as its file declares it. What its name is made of at run time is a gap. */
interface Declared {
  readonly name: RegExp;
  /** Never run. What depends on the machine, such as `skipIf`, is not meant. */
  readonly skipped: boolean;
}

interface TestFile {
  readonly text: string;
  readonly tests: readonly Declared[];
}

const files = new Map<string, TestFile>();

function load(file: string): TestFile {
  const known = files.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(here, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const loaded = { text, tests: declaredIn(source, '', false) };
  files.set(file, loaded);
  return loaded;
}

/** @param outer pattern of the names of the groups around, each followed by ` > ` */
function declaredIn(node: ts.Node, outer: string, skipped: boolean): readonly Declared[] {
  const call = ts.isCallExpression(node) ? declaration(node) : undefined;
  if (call === undefined) {
    const found: Declared[] = [];
    ts.forEachChild(node, (child) => {
      found.push(...declaredIn(child, outer, skipped));
    });
    return found;
  }
  const { words, name, body } = call;
  const isSkipped = skipped || words.includes('skip') || words.includes('todo');
  const pattern = outer + name;
  if (words[0] === 'describe') return declaredIn(body, `${pattern} > `, isSkipped);
  return [{ name: new RegExp(`^${pattern}$`, 'su'), skipped: isSkipped }];
}

interface Declaration {
  /** `test`, `each` and so on. */
  readonly words: readonly string[];
  readonly name: string;
  readonly body: ts.Node;
}

function declaration(node: ts.CallExpression): Declaration | undefined {
  const words = wordsOf(node.expression);
  const [first] = words;
  const [name, ...rest] = node.arguments;
  if (name === undefined || first === undefined || !['describe', 'test', 'it', 'plain'].includes(first))
    return;
  const pattern = patternOf(name, words.includes('each') || words.includes('for'));
  const body = rest.at(-1);
  return pattern === undefined || body === undefined ? undefined : { words, name: pattern, body };
}

/** `test.each(cases)` is test, each. */
function wordsOf(node: ts.Expression): readonly string[] {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isPropertyAccessExpression(node)) return [...wordsOf(node.expression), node.name.text];
  if (ts.isCallExpression(node)) return wordsOf(node.expression);
  return [];
}

const gap = '(.+?)';

function patternOf(name: ts.Expression, isEach: boolean): string | undefined {
  const literal = (text: string): string => {
    const parts = isEach ? text.split(/\$[\w.]+|%[sdifjo#]/) : [text];
    return parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join(gap);
  };
  if (ts.isStringLiteralLike(name)) return literal(name.text);
  if (ts.isTemplateExpression(name)) {
    return (
      literal(name.head.text) + name.templateSpans.map((span) => gap + literal(span.literal.text)).join('')
    );
  }
  return undefined;
}

/** What is wrong with a proof; undefined if nothing is. */
function defect(proof: Proof): string | undefined {
  const { text, tests } = load(proof.file);
  const found = tests.flatMap(({ name, skipped }) => {
    const [, ...filled] = name.exec(proof.test) ?? [null];
    if (!name.test(proof.test)) return [];
    // Each gap is filled with a value that the file knows, or left open for all of them.
    return filled.every((value) => value === '…' || text.includes(value ?? '')) ? [{ skipped }] : [];
  });
  if (found.length === 0) return 'there is no such test';
  return found.some(({ skipped }) => skipped) ? 'it is skipped' : undefined;
}

test('every line of the checklist is there once, with a proof', () => {
  expect(checklist.map(({ line }) => line)).toEqual(
    Array.from({ length: 318 }, (_, position) => position + 1),
  );
  expect(new Set(checklist.map(({ member }) => member)).size).toBe(318);
  expect(checklist.filter(({ provedBy }) => provedBy.length === 0)).toEqual([]);
});

test('every proof is a test that exists and is not skipped', () => {
  const defects = checklist.flatMap(({ line, member, provedBy }) =>
    provedBy.flatMap((proof) => {
      const found = defect(proof);
      return found === undefined ? [] : [`${line} ${member}: ${proof.file}: ${proof.test}: ${found}`];
    }),
  );
  expect(defects).toEqual([]);
});

describe('the look at a test file', () => {
  const file = 'made-up.test.ts';
  const look = (text: string, name: string) => {
    files.set(file, {
      text,
      tests: declaredIn(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), '', false),
    });
    return defect({ file, test: name });
  };

  test('finds tests by group and name, in loops and tables too', () => {
    const text = `
      describe('a', () => { for (const k of ['x']) test(\`b \${k} c\`, () => {}); });
      test.each(['y'])('d $id e', () => {});`;
    expect(look(text, 'a > b x c')).toBeUndefined();
    expect(look(text, 'a > b … c')).toBeUndefined();
    expect(look(text, 'd … e')).toBeUndefined();
    expect(look(text, 'a > b z c')).toBe('there is no such test');
    expect(look(text, 'b x c')).toBe('there is no such test');
  });

  test('notices what is skipped, alone or with its group', () => {
    expect(look(`test.skip('a', () => {});`, 'a')).toBe('it is skipped');
    expect(look(`test.todo('a', () => {});`, 'a')).toBe('it is skipped');
    expect(look(`describe.skip('g', () => { test('a', () => {}); });`, 'g > a')).toBe('it is skipped');
    expect(look(`test.each.skip([1])('a %s', () => {});`, 'a …')).toBe('it is skipped');
  });
});
