/** Expiry: which artifacts and files go, why others stay, and the run that removes them. Source: expiry.md. */
export { explain, type Explanation, type Reason } from './explain.ts';
export {
  databaseNow,
  type ExpiryHooks,
  type ExpiryItem,
  type ExpiryOptions,
  type ExpirySummary,
  plan,
  run,
} from './run.ts';
export { runLocks, withRunLock } from '../../db/run-lock.ts';
