import { AssertionError, NotFoundError } from '../errors.ts';

/**
 * The one row of a query for exactly one.
 * @throws NotFoundError with `message` when there is none
 */
export function one<Row>(rows: readonly Row[], message: string, hint?: string): Row {
  const [row] = rows;
  if (row === undefined) throw new NotFoundError(message, { hint });
  return row;
}

/** The row an `insert … returning` must have given. */
export function inserted<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new AssertionError('the insert returned no row');
  return row;
}
