/** Waiting for the end of a workflow. Source: `--wait` in cli.md 8.11 (create-workflow). */
import { setTimeout as delay } from 'node:timers/promises';
import { DebusineError, InvalidTransitionError, LockTimeoutError } from '../errors.ts';
import type { WorkRequest } from '../models/work-requests/index.ts';
import { durationForm } from '../output/forms.ts';
import type { Context } from './context.ts';

/** Milliseconds between two looks: quick at first, since a workflow of no work ends at once. */
const firstPause = 50;
const longestPause = 2000;

/**
 * Returns when the workflow has ended well.
 * @param timeoutSeconds how long at most; absent: without end
 * @throws DebusineError `check_failed` when it ended with failure or error, InvalidTransitionError when it was aborted,
 *   LockTimeoutError when the time is over
 */
export async function waitForWorkflow(
  { db, host, signal }: Pick<Context, 'db' | 'host' | 'signal'>,
  id: WorkRequest['id'],
  timeoutSeconds: number | undefined,
): Promise<void> {
  const workRequests = await import('../models/work-requests/index.ts');
  const end = host.clock.monotonicMs() + (timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    // No transaction is open: each look sees what is true by then.
    const { status, result } = await workRequests.get(db, id);
    if (status === 'completed' && result === 'success') return;
    const details = { work_request: id, status, result };
    const hint = `debusine-admin show-workflow ${id}`;
    if (status === 'completed') {
      throw new DebusineError('check_failed', `workflow ${id} ended with ${result || 'no result'}`, {
        hint,
        details,
      });
    }
    if (status === 'aborted')
      throw new InvalidTransitionError(`workflow ${id} was aborted`, { hint, details });
    const left = end - host.clock.monotonicMs();
    if (left <= 0) {
      throw new LockTimeoutError(
        `workflow ${id} is still ${status} after ${durationForm(timeoutSeconds ?? 0)}; it goes on`,
        { hint, details },
      );
    }
    await delay(Math.min(pause, left), undefined, { signal });
  }
}
