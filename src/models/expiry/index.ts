/** Expiry: which artifacts and files go, why others stay, and the run that removes them. Source: expiry.md. */
export { runLocks, withRunLock } from '../../db/run-lock.ts';
export type { ExpiryItem } from './describe.ts';
export { type DryRun, dryRun } from './dry-run.ts';
export {
  type Amount,
  forecast,
  type Forecast,
  type ForecastGroup,
  type ForecastOptions,
  type ForecastPeriod,
} from './forecast.ts';
export { explain, type Explanation, type Reason } from './explain.ts';
export { removeLeftFiles } from './left-files.ts';
export { databaseNow, run } from './run.ts';
export type { ExpiryEvent, ExpiryHooks, ExpiryOptions, ExpiryRun, ExpirySummary } from './summary.ts';
