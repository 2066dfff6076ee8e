import { describe, expect, test } from 'vitest';
import {
  readEventReactions,
  storedEventReactions,
  triggeredActions,
} from '../../src/data/event-reactions.ts';
import { problemsThrownBy } from './refusals.ts';
import { readVectors } from './vectors.ts';

interface ReactionsCase {
  readonly data: unknown;
  readonly valid: boolean;
  readonly fault?: readonly string[];
}

describe('known answers about event reactions', () => {
  test.each(readVectors<ReactionsCase>('event-reactions'))('case $id', ({ data, valid, fault = [] }) => {
    const lines = problemsThrownBy(() => readEventReactions(data))?.['event_reactions'];
    expect(lines === undefined).toBe(valid);
    for (const path of fault) expect((lines ?? []).join('\n')).toContain(path);
  });
});

const mail = { action: 'send-notification', channel: 'admins' };
const update = {
  action: 'update-collection-with-artifacts',
  collection: '7',
  artifact_filters: { category: 'c' },
};

test('an empty column reads as two empty lists', () => {
  expect(readEventReactions({})).toEqual({ on_success: [], on_failure: [] });
});

test('a collection given as the text of a number is that number', () => {
  expect(readEventReactions({ on_success: [update] }).on_success).toEqual([
    { ...update, collection: 7, name_template: null, variables: null },
  ]);
});

test('an action without a name, or with an unknown one, is reported at its name', () => {
  const problems = problemsThrownBy(() =>
    readEventReactions({
      on_success: [{ channel: 'x' }, { action: 'explode' }, { action: ['send-notification'] }],
    }),
  );
  expect(problems).toEqual({
    event_reactions: [
      '"on_success.0.action" is required',
      'on_success.1.action: "explode" is not one of send-notification, update-collection-with-artifacts',
      'on_success.2.action: a list is not one of send-notification, update-collection-with-artifacts',
    ],
  });
});

test('both lists and every key of every action are stored', () => {
  expect(
    storedEventReactions({ on_failure: [{ ...mail, data: { to: ['a@debian.org'] } }, mail, update] }),
  ).toEqual({
    on_success: [],
    on_failure: [
      { ...mail, data: { from: null, to: ['a@debian.org'], cc: [], subject: null } },
      { ...mail, data: null },
      { ...update, collection: 7, name_template: null, variables: null },
    ],
  });
});

test('what is stored reads as what was stored', () => {
  const reactions = readEventReactions({ on_success: [update, mail], on_failure: [mail] });
  expect(readEventReactions(storedEventReactions(reactions))).toEqual(reactions);
});

test('success triggers one list, failure and error the other, no result nothing', () => {
  const reactions = readEventReactions({
    on_success: [update, mail, { ...mail, channel: 'second' }],
    on_failure: [{ ...mail, channel: 'alarm' }],
  });
  const channels = (result: '' | 'success' | 'failure' | 'error') =>
    triggeredActions(reactions, result)['send-notification'].map(({ channel }) => channel);
  expect(channels('success')).toEqual(['admins', 'second']);
  expect(channels('failure')).toEqual(['alarm']);
  expect(channels('error')).toEqual(['alarm']);
  expect(channels('')).toEqual([]);
  expect(triggeredActions(reactions, 'success')['update-collection-with-artifacts']).toHaveLength(1);
  expect(triggeredActions(reactions, 'error')['update-collection-with-artifacts']).toEqual([]);
});
