import { defineCommand, option, options } from '../command.ts';
import { likeContaining, likePattern } from '../values/glob.ts';
import { templateColumns } from '../views/workflow-templates.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Show the workflow templates',
  description: 'Shows the workflow templates, by workspace and name.',
  options: {
    workspace: options('--workspace <NAME>', 'of this workspace', { completes: 'workspace' }),
    task: options('--task <NAME>', 'for this orchestrator; * stands for anything'),
    match: option('--match <TEXT>', 'name contains TEXT; * stands for anything'),
  },
  database: 'read',
  exitCodes: { 3: 'unknown workspace' },
  examples: [
    { what: 'Those of a workspace', command: 'debusine-admin list-workflow-templates --workspace System' },
  ],
  related: ['show-workflow-template', 'create-workflow-template', 'create-workflow'],
  async run({ db, page }, input) {
    const [templates, workspaces] = await Promise.all([
      import('../../models/workflow-templates.ts'),
      import('../../models/workspaces.ts'),
    ]);
    const chosen =
      input.workspace.length === 0 ? undefined : await workspaces.getByNames(db, input.workspace);
    return templates.list(
      db,
      {
        workspaceIds: chosen?.map(({ id }) => id),
        taskNameLike: input.task.length === 0 ? undefined : input.task.map(likePattern),
        nameLike: input.match === undefined ? undefined : likeContaining(input.match),
      },
      page,
    );
  },
}).shownAs({
  kind: 'list',
  things: 'workflow templates',
  columns: templateColumns,
});
