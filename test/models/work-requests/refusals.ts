/** The problems that a refused call reports. */
import { type FieldProblems, ValidationError } from '../../../src/errors.ts';

/** @throws when the call is not refused, or refused otherwise */
export function problemsOf(call: () => unknown): FieldProblems {
  try {
    call();
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
  throw new Error('it was not refused');
}
