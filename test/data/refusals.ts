/** What a function refuses, as data that a test can compare. */
import { DebusineError, ValidationError } from '../../src/errors.ts';

/** The problems by field, or undefined if nothing was thrown. Anything but a ValidationError is thrown on. */
export function problemsThrownBy(
  action: () => unknown,
): Readonly<Record<string, readonly string[]>> | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
}

/** The error thrown on purpose, or undefined if nothing was thrown. Anything else is thrown on. */
export function refusalThrownBy(action: () => unknown): DebusineError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof DebusineError) return error;
    throw error;
  }
}
