/** What the actions of `manage-user` share. Source: cli.md 8.2. */
import type { User, UserChanges, UserSummary } from '../models/users.ts';
import { argument, flag } from './command.ts';
import type { Context } from './context.ts';

export const userArgument = argument('USERNAME', 'existing user', { completes: 'user' });

export const similarEmailOption = flag(
  '--allow-similar-email',
  "accept an address that differs from another's only in case",
);

/** A user after a change, and whether there was one. */
export interface ChangedUser extends UserSummary {
  readonly changed: boolean;
}

/** Changes the user of that name. @throws NotFoundError */
export async function changeUser(
  { db }: Context,
  username: string,
  changes: UserChanges,
  options: { readonly allowSimilarEmail?: boolean } = {},
): Promise<ChangedUser & { readonly before: User }> {
  const users = await import('../models/users.ts');
  const before = await users.getByUsername(db, username);
  const { changed } = await users.change(db, before.id, changes, options);
  return { ...(await users.summary(db, before.id)), changed, before };
}
