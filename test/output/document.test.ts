import { expect, test } from 'vitest';
import { documentText } from '../../src/output/document.ts';
import { options } from './printing.ts';

const data = { b: [1, 'x'], a: { c: null } };

test.for([
  ['plain', 'a:\n  c: null\nb:\n- 1\n- x\n'],
  ['table', 'a:\n  c: null\nb:\n- 1\n- x\n'],
  ['yaml', 'a:\n  c: null\nb:\n- 1\n- x\n'],
  ['json', '{"b":[1,"x"],"a":{"c":null}}\n'],
  ['jsonl', '{"b":[1,"x"],"a":{"c":null}}\n'],
] as const)('plain data as %s is %j', ([format, text]) => {
  expect(documentText(data, options({ format }))).toBe(text);
});

test('an empty mapping is a document too', () => {
  expect(documentText({}, options({ format: 'plain' }))).toBe('{}\n');
  expect(documentText([], options({ format: 'json' }))).toBe('[]\n');
});
