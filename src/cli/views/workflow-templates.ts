/** Workflow templates in lists and as the result of a change. Source: cli.md 8.11. */
import type { WorkflowTemplate, WorkflowTemplateSummary } from '../../models/workflow-templates.ts';
import type { Column } from '../../output/columns.ts';

export const templateColumns: readonly Column<WorkflowTemplateSummary>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the template' },
  { key: 'name', label: 'Name', type: 'text', description: 'name, unique in the workspace' },
  { key: 'task_name', label: 'Workflow', type: 'text', description: 'orchestrator' },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'name of the workspace' },
  { key: 'priority', label: 'Priority', type: 'integer', description: 'base priority of its workflows' },
  {
    key: 'task_data',
    label: 'Data',
    type: 'json',
    description: 'parameters that users cannot override',
    hidden: true,
  },
];

/** The same where one template is shown with all that it is. */
export const templateDetailColumns = templateColumns.map((column) => ({ ...column, hidden: false }));

/** A stored template in the form of the lists. */
export const templateRecord = (template: WorkflowTemplate, workspace: string): WorkflowTemplateSummary => ({
  id: template.id,
  name: template.name,
  task_name: template.taskName,
  workspace,
  priority: template.priority,
  task_data: template.taskData,
});
