/** Accounts. Source: models.md 3.1; cli.md 8.2. */
export type { User } from '../schema/users.ts';
export * from './users/accessors.ts';
export * from './users/change.ts';
export * from './users/create.ts';
export * from './users/find.ts';
export * from './users/list.ts';
export * from './users/passwords.ts';
export * from './users/permissions.ts';
export * from './users/remove.ts';
export { checkChosenPassword } from './users/rules.ts';
