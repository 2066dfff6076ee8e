/** Keys for the API; the database has only their hashes. Source: models.md 3.3; cli.md 8.1. */
export type { Token } from '../schema/tokens.ts';
export * from './tokens/change.ts';
export * from './tokens/comments.ts';
export * from './tokens/create.ts';
export * from './tokens/find.ts';
export * from './tokens/list.ts';
export * from './tokens/remove.ts';
