/** How the data of a workflow is made. Source: data-schemas.md 5.1. */
import type { JsonObject } from './json.ts';

/**
 * What the user gave, overwritten by what the template fixes. Whole values of top-level keys are taken; nothing
 * below is merged.
 */
export function mergeWorkflowData(data: {
  readonly template: JsonObject;
  readonly user: JsonObject;
}): JsonObject {
  // Spread defines keys, it does not assign them: a key `__proto__` stays a key.
  return { ...data.user, ...data.template };
}

/** The user's keys that the template overrides, in the user's order. */
export function overriddenKeys(data: {
  readonly template: JsonObject;
  readonly user: JsonObject;
}): readonly string[] {
  return Object.keys(data.user).filter((key) => Object.hasOwn(data.template, key));
}
