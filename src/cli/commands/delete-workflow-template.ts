import { argument, defineCommand, several } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { templateColumns, templateRecord } from '../views/workflow-templates.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Workflows',
  summary: 'Remove workflow templates',
  description:
    'Removes workflow templates of a workspace: all or none. Workflows that were made from them stay as they are.',
  arguments: {
    names: several(argument('NAME', 'name of a template', { completes: 'workflow-template' })),
  },
  options: { workspace: workspaceOption, ...ifExistsOption, ...confirmOptions },
  database: 'write',
  exitCodes: { 3: 'unknown template or workspace' },
  examples: [
    { what: 'In a script', command: 'debusine-admin delete-workflow-template build-all --if-exists --yes' },
  ],
  related: ['list-workflow-templates', 'manage-workflow-template'],
  async look(context, { names, workspace: name, ifExists }) {
    const templates = await import('../../models/workflow-templates.ts');
    const workspace = await workspaceFor(context, name);
    const found = await templates.getByNames(context.db, workspace, names, { ifExists });
    return {
      workspace: workspace.name,
      rows: found.map((template) => templateRecord(template, workspace.name)),
    };
  },
  async ask(context, input, seen) {
    const { rows } = seen;
    const what =
      rows.length === 1 ? `workflow template "${rows[0]?.name}"` : `${rows.length} workflow templates`;
    if (rows.length > 0) {
      await confirm(context, input, {
        text: `Delete ${what}?`,
        refusal: `delete ${what}`,
        rows,
        columns: templateColumns,
      });
    }
    return seen;
  },
  async run({ db }, { names }, { workspace, rows }) {
    const templates = await import('../../models/workflow-templates.ts');
    const ids = rows.map(({ id }) => id);
    const gone = new Set(await templates.remove(db, ids));
    const deleted = new Set(rows.filter(({ id }) => gone.has(id)).map(({ name }) => name));
    return [...new Set(names)].map((name) => ({ name, workspace, deleted: deleted.has(name) }));
  },
}).shownAs({
  kind: 'changes',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the template' },
    { key: 'workspace', label: 'Workspace', type: 'text', description: 'name of the workspace' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
  ],
  note(removed, did) {
    const names = removed.filter(({ deleted }) => deleted).map(({ name }) => `"${name}"`);
    if (names.length === 0) return 'unchanged: there was none';
    return `${did('deleted', 'delete')} workflow template${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
  },
});
