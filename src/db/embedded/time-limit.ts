/** The time for an operation was over before it ended. The operation itself may still be going on. */
export class TimeLimitError extends Error {}

/**
 * Waits for an operation, but not longer than `limitMs`.
 * @throws TimeLimitError when it takes longer; what it throws later is ignored.
 */
export async function within<Result>(limitMs: number, operation: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimitError(`not done after ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([operation, tooLate]);
  } finally {
    clearTimeout(timer);
    operation.catch(() => undefined);
  }
}
