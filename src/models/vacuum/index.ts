/** Comparing the stored data with the database. Source: cli.md 8.9. */
export { runLocks, withRunLock } from '../../db/run-lock.ts';
export type { Deletion, Problem, VacuumEvent, VacuumSummary } from './events.ts';
export { vacuum, type VacuumHooks, type VacuumOptions } from './run.ts';
