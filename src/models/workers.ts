/** Machines that execute work requests, and the server's own queue. Source: models.md 3.19, 3.20; cli.md 8.3. */
export type { Worker } from '../schema/workers.ts';
export * from './workers/connection.ts';
export * from './workers/create.ts';
export * from './workers/find.ts';
export * from './workers/list.ts';
export * from './workers/metadata.ts';
export * from './workers/remove.ts';
export * from './workers/show.ts';
export * from './workers/switch.ts';
