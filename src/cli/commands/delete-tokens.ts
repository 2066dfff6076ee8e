import { defineCommand, flag, shown } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { selectTokens, tokenSelection } from '../token-selection.ts';
import { tokenColumns } from '../views/tokens.ts';

const counted = (count: number): string => `${count} ${count === 1 ? 'token' : 'tokens'}`;

export default defineCommand({
  group: 'Tokens',
  summary: 'Remove tokens for good',
  description:
    'Deletes tokens after showing them. What was shown is what is deleted: a token made meanwhile stays. The token of ' +
    'a worker cannot be deleted.',
  options: {
    ...tokenSelection,
    disabled: flag('--disabled', 'those that are switched off'),
    all: flag('--all', 'every token'),
    skipInUse: flag('--skip-in-use', 'leave out the tokens of workers'),
    ...confirmOptions,
    ...ifExistsOption,
  },
  exclusive: [
    ['all', 'id'],
    ['all', 'hash'],
    ['all', 'tokenFile'],
    ['all', 'user'],
    ['all', 'disabled'],
  ],
  database: 'write',
  exitCodes: {
    2: 'no token is selected, or nobody can be asked',
    3: 'no token matches, or a hash fits several',
    4: 'a worker uses one of them; nothing was deleted',
  },
  examples: [
    { what: 'One token', command: 'debusine-admin delete-tokens --id 7' },
    {
      what: 'What nobody can use any more',
      command: 'debusine-admin delete-tokens --disabled --skip-in-use --if-exists --yes',
    },
  ],
  related: ['list-tokens', 'manage-token disable'],
  async look(context, input) {
    const tokens = await import('../../models/tokens.ts');
    const selected = await selectTokens(context, input, {
      ...input,
      hint: '--id, --hash, --user, --token-file, --disabled or --all',
    });
    if (!input.skipInUse) tokens.refuseUsed(selected);
    return selected;
  },
  async ask(context, input, selected) {
    const going = selected.filter(({ worker }) => worker === null);
    if (going.length > 0) {
      const what = `elete ${counted(going.length)}`;
      await confirm(context, input, {
        text: `D${what}?`,
        refusal: `d${what}`,
        rows: going,
        columns: tokenColumns,
      });
    }
    return selected;
  },
  async run({ db }, input, selected) {
    const tokens = await import('../../models/tokens.ts');
    const ids = selected.map(({ id }) => id);
    const removed = input.dryRun
      ? tokens.removal(selected)
      : await tokens.remove(db, ids, { skipInUse: input.skipInUse });
    return { ...removed, selected };
  },
}).shownAs({
  kind: 'change',
  columns: [
    {
      key: 'deleted',
      label: 'Deleted',
      type: 'json',
      description: 'the tokens that are gone',
      rows: tokenColumns.filter(({ key }) => ['id', 'hash', 'user'].includes(key)),
    },
    {
      key: 'skipped',
      label: 'Skipped',
      type: 'json',
      description: 'tokens of workers, left alone',
      rows: tokenColumns.filter(({ key }) => ['id', 'hash', 'user', 'worker'].includes(key)),
    },
  ],
  preview: ({ selected }) =>
    shown(
      { kind: 'records', columns: tokenColumns, things: 'tokens' },
      selected.filter(({ worker }) => worker === null),
    ),
  note: ({ deleted, skipped, selected }, did) => {
    const gone = selected.length - deleted.length - skipped.length;
    return [
      `${did('deleted', 'delete')} ${deleted.length === 0 ? 'no tokens' : counted(deleted.length)}`,
      ...(skipped.length > 0 ? [`${counted(skipped.length)} of workers stayed`] : []),
      ...(gone > 0 ? [`${counted(gone)} had gone already`] : []),
    ].join('; ');
  },
});
