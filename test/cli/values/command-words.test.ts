import { expect, test } from 'vitest';
import { splitWords } from '../../../src/cli/values/command-words.ts';

test.for([
  ['vi', ['vi']],
  ['  code   --wait ', ['code', '--wait']],
  [`'/opt/my editor/bin' -c "set ft=\\"yaml\\""`, ['/opt/my editor/bin', '-c', 'set ft="yaml"']],
  [String.raw`my\ editor $(rm) ; x`, ['my editor', '$(rm)', ';', 'x']],
  [`a''b ""`, ['ab', '']],
  ['', []],
] as const)('%j is %j', ([command, words]) => {
  expect(splitWords(command)).toEqual(words);
});
