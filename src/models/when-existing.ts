/** What to do when the object to create exists already. Source: cli.md 7.7. */
import { quote } from '../data/quote.ts';
import { ConflictError } from '../errors.ts';

export type WhenExisting =
  /** @throws ConflictError */
  | 'refuse'
  /** Accept it when it has every property that was given. */
  | 'accept'
  /** Give it the properties that were given. */
  | 'update';

/** How an object came out of a "create" that may have found it there. */
export interface Outcome {
  readonly wasCreated: boolean;
  /** Whether anything was written; true for a new object. */
  readonly changed: boolean;
}

/** One property of an object that exists: how people call it, what was given for it, what it is. */
export type Comparison = readonly [property: string, given: unknown, found: unknown];

/**
 * Compares what was given with what exists; a property that was not given does not count.
 * @returns whether the object has to be changed
 * @throws ConflictError when it may not be: with `refuse` always, with `accept` when a property differs
 */
export function needsUpdate(
  kind: string,
  name: string,
  comparisons: readonly Comparison[],
  whenExisting: WhenExisting,
): boolean {
  const subject = `${kind} ${quote(name)} exists already`;
  const details = { kind, name };
  if (whenExisting === 'refuse') {
    const hint = '--if-not-exists accepts that, --update changes it';
    throw new ConflictError(subject, { hint, details });
  }
  const differing = comparisons
    .filter(([, given, found]) => given !== undefined && given !== found)
    .map(([property]) => property);
  if (differing.length === 0) return false;
  if (whenExisting === 'update') return true;
  throw new ConflictError(`${subject} with another ${differing.join(', ')}`, {
    hint: '--update changes it',
    details: { ...details, differing },
  });
}
