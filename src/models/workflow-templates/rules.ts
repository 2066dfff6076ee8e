/** What a workflow template has to be like. Source: models.md 3.18. */
import { nameProblem } from '../../data/names.ts';
import { checkWorkflowTemplate, type TaskRegistry, tasksOfThisLevel } from '../../data/tasks.ts';
import { InvalidInputError } from '../../errors.ts';

/**
 * Whether the orchestrator exists and can use what the data says. The data may be incomplete: who creates a workflow
 * gives the rest.
 *
 * Source: `WorkflowTemplate.clean`.
 * @param registry the orchestrators that exist
 * @throws ValidationError on `task_name` or `task_data`
 */
export function clean(
  template: { readonly taskName: string; readonly taskData: unknown },
  registry: TaskRegistry = tasksOfThisLevel,
): void {
  checkWorkflowTemplate(template, registry);
}

/** @throws InvalidInputError for a name that cannot be stored or is empty */
export function checkName(name: string): void {
  const problem = nameProblem('workflow template', name);
  if (problem !== undefined) throw new InvalidInputError(problem.message, { hint: problem.hint });
}
