import { describe, expect, test } from 'vitest';
import { emailData, expandSubject, overrideEmailData } from '../../src/data/notification-data.ts';
import { nameProblem } from '../../src/data/names.ts';
import { parse } from '../../src/data/problems.ts';
import { problemsThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

interface DataCase {
  readonly data: unknown;
  readonly valid: boolean;
  readonly fault?: readonly string[];
}

describe('known answers about notification data', () => {
  test.each(readVectors<DataCase>('notification-data'))('case $id', ({ data, valid, fault = [] }) => {
    const lines = problemsThrownBy(() => parse(emailData(), data, '__all__'))?.['__all__'];
    expect(lines === undefined).toBe(valid);
    for (const path of fault) expect((lines ?? []).join('\n')).toContain(path);
  });
});

describe('known answers about channel names', () => {
  test.each(readVectors<{ readonly name: string; readonly valid: boolean }>('notification-channel-names'))(
    'case $id',
    ({ name, valid }) => {
      expect(nameProblem('channel', name) === undefined).toBe(valid);
    },
  );
});

test('a bad address is reported where it stands', () => {
  expect(problemsThrownBy(() => parse(emailData(), { to: ['x'] }, 'data'))).toEqual({
    data: ['to.0: "x" is not an e-mail address'],
  });
});

describe('data of an action', () => {
  const channel = { from: 'a@b.org', to: ['c@d.org'], cc: ['e@f.org'], subject: 's' };
  const silent = { from: null, to: null, cc: [], subject: null };

  test('wins where it says something', () => {
    const action = { from: 'x@b.org', to: [], cc: ['y@f.org'], subject: '' };
    expect(overrideEmailData(channel, action)).toEqual(action);
  });

  test('leaves the rest to the channel', () => {
    expect(overrideEmailData(channel, silent)).toEqual(channel);
    expect(overrideEmailData(channel, null)).toEqual(channel);
  });
});

describe('the subject', () => {
  const workRequest = { id: 12, result: 'failure' };

  test.each([
    [null, 'WorkRequest 12 completed in failure'],
    ['', ''],
    ['${work_request_id}x $work_request_id', '12x 12'],
    ['$$work_request_id costs $5', '$work_request_id costs $5'],
    ['$unknown ${unknown} $work_request_idx', '$unknown ${unknown} $work_request_idx'],
    ['${work_request_id', '${work_request_id'],
    ['$', '$'],
  ])('%j becomes %j', (subject, expected) => {
    expect(expandSubject(subject, workRequest)).toBe(expected);
  });

  test('does not expand what it has put in', () => {
    expect(expandSubject('$work_request_result', { id: 1, result: '$work_request_id' })).toBe(
      '$work_request_id',
    );
  });
});
