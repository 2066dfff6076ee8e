/** The schema itself, for commands; they do not reach into the database layer. */
export { migrate, type Migration } from '../db/migrate.ts';
export { levelSteps, type LevelStep } from '../db/level.ts';
