/** What an orchestrator wants its workflow to contain. Creating it is somebody else's business. */
import type { JsonObject } from './json.ts';

/** A child work request to create, with status `blocked` and without dependencies. */
export interface PlannedChild {
  readonly taskType: 'Worker';
  readonly taskName: string;
  readonly taskData: JsonObject;
  /** As it is stored. */
  readonly workflowData: JsonObject;
  /** As it is stored. */
  readonly eventReactions: JsonObject;
}

/** A child that exists, as it is stored; other programs may have stored anything. */
export interface ExistingChild {
  readonly taskName: string;
  readonly taskData: JsonObject;
  readonly workflowData: JsonObject;
  readonly eventReactions: JsonObject;
}
