/** What the server knows about a kind of workflow. Source: data-schemas.md 5. */
import type { ExistingChild, PlannedChild } from '../../data/planned-children.ts';
import type { Db } from '../../db/database.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';

export interface Orchestrator {
  /**
   * Looks whether what the workflow's data names exists and can be used. That the data fits its schema is known.
   * @throws ValidationError on `task_data`
   */
  checkInput(db: Db, workflow: WorkRequest): Promise<void>;
  /**
   * The children that are missing, in the order in which they are to be created.
   * @param existing the children that are there; planning with all of them there gives none
   * @throws ValidationError on `task_data`
   */
  plan(db: Db, workflow: WorkRequest, existing: readonly ExistingChild[]): Promise<readonly PlannedChild[]>;
}
