/** What may stand in the comment of a token. Source: models.md 3.3, cli.md 8.1. */
import { quote } from '../../data/quote.ts';
import { ValidationError } from '../../errors.ts';

/** Code points a comment may have. */
export const commentLimit = 100;

/** What speaks against a comment; undefined if nothing. It is one line, at most 100 code points, maybe empty. */
export function commentProblem(comment: string): string | undefined {
  const length = [...comment].length;
  if (length > commentLimit) return `${length} characters, at most ${commentLimit} are stored`;
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(comment)) return `${quote(comment)} has a control character`;
  return undefined;
}

/** @throws ValidationError on `comment` */
export function checkComment(comment: string): void {
  const problem = commentProblem(comment);
  if (problem !== undefined) throw new ValidationError({ comment: [`comment: ${problem}`] });
}
