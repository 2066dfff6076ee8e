/** What a work request says about its place in a workflow. Source: data-schemas.md 4.1, models.md 3.17.4. */
import type * as v from 'valibot';
import { bool, lazily, object, optional, orNull, text } from './fields.ts';
import { isMapping, type JsonObject } from './json.ts';
import { parse } from './problems.ts';

/** Workflow data that is not empty. */
export const workflowDataSchema = lazily(() =>
  object({
    display_name: text(),
    step: text(),
    allow_failure: optional(bool(), false),
    group: orNull(text()),
  }),
);

/** Workflow data with all defaults filled in. */
export type WorkflowData = v.InferOutput<ReturnType<typeof workflowDataSchema>>;

/** Workflow data as somebody writes it; what is left out is not stored. */
export type GivenWorkflowData = Pick<WorkflowData, 'display_name' | 'step'> &
  Partial<Omit<WorkflowData, 'display_name' | 'step'>>;

/**
 * What the column holds; null for the empty object, which means "no workflow data".
 * @throws ValidationError on `workflow_data` for anything that does not fit
 */
export function readWorkflowData(stored: unknown): WorkflowData | null {
  if (isMapping(stored) && Object.keys(stored).length === 0) return null;
  return parse(workflowDataSchema(), stored, 'workflow_data');
}

/**
 * What to put into the column: the keys that were given, nothing else; the empty object for null.
 * @throws ValidationError on `workflow_data` for anything that does not fit
 */
export function storedWorkflowData(data: GivenWorkflowData | null): JsonObject {
  if (data === null) return {};
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  const stored = Object.fromEntries(given);
  parse(workflowDataSchema(), stored, 'workflow_data');
  return stored;
}
