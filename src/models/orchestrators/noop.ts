/** A workflow without children. Source: data-schemas.md 5.2. */
import type { Orchestrator } from './orchestrator.ts';

export const noop: Orchestrator = {
  checkInput: () => Promise.resolve(),
  plan: () => Promise.resolve([]),
};
