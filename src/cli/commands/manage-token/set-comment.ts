import { UsageError } from '../../../errors.ts';
import { argument, defineCommand, option } from '../../command.ts';
import { commentOf } from '../../token-comment.ts';
import { idOf } from '../../values/integer.ts';
import { switchedTokenColumns } from '../../views/tokens.ts';

export default defineCommand({
  group: 'Tokens',
  summary: 'Say anew why a token exists',
  description: 'Gives a token another comment.',
  arguments: { comment: argument('TEXT', 'up to 100 characters; may be empty', commentOf) },
  options: { id: option('--id <N>', 'number of the token', idOf<'Token'>()) },
  database: 'write',
  exitCodes: { 2: 'no token is selected', 3: 'unknown token, or comment refused' },
  examples: [
    {
      what: 'A better comment',
      command: 'debusine-admin manage-token set-comment --id 7 "CI of the kernel team"',
    },
  ],
  related: ['list-tokens'],
  async run({ db }, { id, comment }) {
    if (id === undefined) throw new UsageError('nothing selected', { hint: '--id' });
    const tokens = await import('../../../models/tokens.ts');
    const changed = await tokens.setComment(db, id, comment);
    const { hash, enabled } = await tokens.get(db, id);
    return [{ id, hash, enabled, changed, comment }];
  },
}).shownAs({
  kind: 'changes',
  columns: [
    ...switchedTokenColumns,
    { key: 'comment', label: 'Comment', type: 'text', description: 'why it was made' },
  ],
  note: ([token]) =>
    token === undefined
      ? undefined
      : token.changed
        ? `token ${token.id} has another comment`
        : `token ${token.id} has that comment already`,
});
