/** Builds tarballs and images and puts them into a collection of environments. Source: data-schemas.md 5.4. */
import { planUpdateEnvironments } from '../../data/plan-update-environments.ts';
import type { Orchestrator } from './orchestrator.ts';

export const updateEnvironments: Orchestrator = {
  checkInput: () => Promise.resolve(),
  plan: (_db, { taskData }, existing) => Promise.resolve(planUpdateEnvironments(taskData, existing)),
};
