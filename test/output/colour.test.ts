import { describe, expect, test } from 'vitest';
import {
  type ColourChoice,
  type ColourEnvironment,
  loadPaint,
  wantsColour,
} from '../../src/output/colour.ts';

describe('a stream is coloured', () => {
  const cases: [string, ColourChoice, ColourEnvironment, boolean, boolean][] = [
    ['on a terminal', 'auto', {}, true, true],
    ['not in a pipe', 'auto', {}, false, false],
    [
      'in a pipe with --color always, whatever the environment says',
      'always',
      { NO_COLOR: '1', TERM: 'dumb' },
      false,
      true,
    ],
    ['not with --color never, whatever the environment says', 'never', { FORCE_COLOR: '1' }, true, false],
    ['not with NO_COLOR, even with FORCE_COLOR', 'auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['on a terminal with an empty NO_COLOR', 'auto', { NO_COLOR: '' }, true, true],
    ['in a pipe with FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, false, true],
    ['in a pipe with FORCE_COLOR=false, which is not 0', 'auto', { FORCE_COLOR: 'false' }, false, true],
    ['not on a terminal with FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, true, false],
    ['on a terminal with an empty FORCE_COLOR', 'auto', { FORCE_COLOR: '' }, true, true],
    ['not on a dumb terminal', 'auto', { TERM: 'dumb' }, true, false],
    ['on a dumb terminal with FORCE_COLOR', 'auto', { TERM: 'dumb', FORCE_COLOR: '3' }, true, true],
  ];
  test.each(cases)('%s', (_what, choice, environment, isTerminal, expected) => {
    expect(wantsColour(choice, environment, isTerminal)).toBe(expected);
  });
});

test('without colour paint leaves text alone', async () => {
  const paint = await loadPaint(false);
  expect([paint.bold('a'), paint.tone('b', 'bad')]).toEqual(['a', 'b']);
});

test('with colour each tone has its own', async () => {
  const paint = await loadPaint(true);
  expect(paint.bold('a')).toBe('\x1b[1ma\x1b[22m');
  expect(paint.tone('a', 'good')).toBe('\x1b[32ma\x1b[39m');
  expect(paint.tone('a', 'bad')).toBe('\x1b[31ma\x1b[39m');
  expect(paint.tone('a', 'warning')).toBe('\x1b[33ma\x1b[39m');
  expect(paint.tone('a', 'dim')).toBe('\x1b[2ma\x1b[22m');
  expect(paint.tone('a', undefined)).toBe('a');
});
