/** Who is acting. Source: cli.md 7.5. */
import { UsageError } from '../errors.ts';
import type { User } from '../models/users.ts';
import { option } from './command.ts';
import type { Context } from './context.ts';

export const createdByOption = option('--created-by <USERNAME>', 'who is recorded as creator', {
  completes: 'user',
});

/**
 * The user to record: the option's, the configured one, or `_system` where it exists already. Such a user is never
 * made here: a later migration of the original makes it and would fail.
 * @throws NotFoundError for an unknown name
 */
export async function findCreator(context: Context, given: string | undefined): Promise<User | undefined> {
  const users = await import('../models/users.ts');
  const name = given ?? context.settings.createdBy;
  if (name === undefined) return users.findByUsername(context.db, '_system');
  const user = await users.getByUsername(context.db, name);
  if (!user.isActive) await context.warn(`user "${name}" is inactive`);
  return user;
}

/** As findCreator, where somebody must be recorded. @throws UsageError when nobody is configured */
export async function requireCreator(context: Context, given: string | undefined): Promise<User> {
  const user = await findCreator(context, given);
  if (user !== undefined) return user;
  throw new UsageError('nobody to record as creator', {
    hint: 'add --created-by, or set created_by in the configuration',
  });
}
