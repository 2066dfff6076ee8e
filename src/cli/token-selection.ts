/** Which tokens a command is about. Source: cli.md 8.1. */
import { NotFoundError, UsageError } from '../errors.ts';
import type { TokenFilter, TokenSummary } from '../models/tokens.ts';
import { option, options, type Parse } from './command.ts';
import type { Context } from './context.ts';
import { readKey, tokenFileOption } from './secret-files.ts';
import { likePattern } from './values/glob.ts';
import { idOf } from './values/integer.ts';

export const hashPrefix: Parse<string> = (text, { what }) => {
  if (!/^[0-9a-f]{8,64}$/i.test(text)) throw new UsageError(`${what}: give 8 to 64 hex digits`);
  return text.toLowerCase();
};

/** Options that name tokens to change; all that are given must hold. */
export const tokenSelection = {
  id: options('--id <N>', 'with this number', idOf<'Token'>()),
  hash: option('--hash <PREFIX>', 'whose hash begins so; at least 8 hex digits', hashPrefix),
  tokenFile: tokenFileOption,
  user: option('--user <NAME>', 'all tokens of this user', { completes: 'user' }),
  comment: option('--comment <TEXT>', 'with --user: those with this comment; * stands for anything'),
} as const;

interface Selection {
  readonly id: readonly NonNullable<TokenFilter['ids']>[number][];
  readonly hash: string | undefined;
  readonly tokenFile: string | undefined;
  readonly user: string | undefined;
  readonly comment: string | undefined;
}

/**
 * The tokens that the options name, by id.
 * @param more what a command has to select by besides, and the hint when nothing is said at all
 * @throws UsageError when nothing is selected, or --comment stands alone
 * @throws NotFoundError for an unknown user, or when nothing matches, unless `ifExists`
 * @throws MultipleFoundError when several tokens have a hash that begins so
 */
export async function selectTokens(
  context: Context,
  input: Selection,
  more: {
    readonly hint: string;
    readonly disabled?: boolean;
    readonly all?: boolean;
    readonly ifExists?: boolean;
  },
): Promise<readonly TokenSummary[]> {
  const { id, hash, tokenFile, user, comment } = input;
  const { hint, disabled = false, all = false, ifExists = false } = more;
  const isSelected =
    id.length > 0 || [hash, tokenFile, user].some((given) => given !== undefined) || disabled || all;
  if (comment !== undefined && user === undefined) {
    throw new UsageError('--comment needs --user', { hint: 'it selects among the tokens of one user' });
  }
  if (!isSelected) throw new UsageError('nothing selected', { hint });
  const [tokens, users, { nameNotFound }] = await Promise.all([
    import('../models/tokens.ts'),
    import('../models/users.ts'),
    import('../models/names.ts'),
  ]);
  const { db } = context;
  const key = tokenFile === undefined ? undefined : await readKey(context, tokenFile);
  const owner = user === undefined ? undefined : await users.findByUsername(db, user);
  if (user !== undefined && owner === undefined) {
    if (ifExists) return [];
    throw nameNotFound('user', user);
  }
  const filter = {
    ids: id.length === 0 ? undefined : id,
    hashPrefix: hash,
    key,
    userIds: owner === undefined ? undefined : [owner.id],
    commentLike: comment === undefined ? undefined : likePattern(comment),
    enabled: disabled ? false : undefined,
  };
  try {
    return await tokens.select(db, filter, { ifExists });
  } catch (error) {
    if (!(error instanceof NotFoundError) || more.ifExists === undefined) throw error;
    const { message, hint: given, details } = error;
    throw new NotFoundError(message, { hint: given ?? '--if-exists accepts that', details });
  }
}
