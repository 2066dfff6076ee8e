import { InvalidInputError } from '../errors.ts';
import { commentProblem } from '../models/tokens/comments.ts';
import type { Parse } from './command.ts';

/** The comment of a token, refused before the database is touched. */
export const commentOf: Parse<string> = (text, { what }) => {
  const problem = commentProblem(text);
  if (problem !== undefined) throw new InvalidInputError(`${what}: ${problem}`);
  return text;
};
