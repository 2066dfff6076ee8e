/** Named recipes from which workflows are created. Source: models.md 3.18; cli.md 8.11. */
export type { WorkflowTemplate } from '../schema/workflow-templates.ts';
export * from './workflow-templates/change.ts';
export * from './workflow-templates/create.ts';
export * from './workflow-templates/find.ts';
export * from './workflow-templates/list.ts';
export { clean } from './workflow-templates/rules.ts';
