import { describe, expect, test } from 'vitest';
import { exportedFunctions } from '../support/exported-functions.ts';

describe.each(['models', 'db', 'storage', 'data', 'library'])('in src/%s', (folder) => {
  test('every exported function says what its signature cannot', () => {
    const functions = exportedFunctions(folder);
    expect(functions.length).toBeGreaterThan(0);
    // What the original calls it is a source, no meaning.
    const meaning = (text: string): string => text.replace(/Source: [^]*?(?=\n \* *(?:\n|@)|\*\/|$)/g, '');
    const silent = functions.filter(({ documentation }) => !/\p{L}{2}/u.test(meaning(documentation)));
    expect(silent.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });

  test('what can fail says so: a function that documents its result as thrown names the error', () => {
    const vague = exportedFunctions(folder).filter(({ documentation }) =>
      /@throws\s*(?:\*\/|$|@)/m.test(documentation),
    );
    expect(vague.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});
