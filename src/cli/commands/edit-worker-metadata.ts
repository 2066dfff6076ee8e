import { quote } from '../../data/quote.ts';
import type { JsonObject } from '../../data/json.ts';
import { DebusineError, UsageError } from '../../errors.ts';
import { defineCommand, document, flag, shown } from '../command.ts';
import type { Context } from '../context.ts';
import { editOptions, readEdit } from '../data-options.ts';
import { edit, kept } from '../editor.ts';
import { mappingDiff } from '../mapping-diff.ts';
import { parseYamlMapping, toYaml } from '../values/yaml.ts';
import { byIdOption, findWorker, workerArgument } from '../worker-argument.ts';

export default defineCommand({
  group: 'Workers',
  summary: 'Set the metadata that steers the scheduling of a worker',
  description:
    'Sets the static metadata of a worker: tasks_allowlist, tasks_denylist, system:architectures and others. Without ' +
    'an option for the data an editor opens. Everybody who can see the page of the worker sees these values.',
  arguments: { worker: workerArgument },
  options: {
    ...editOptions,
    id: byIdOption,
    dryRun: flag('--dry-run', 'check, and print the new mapping'),
  },
  database: 'write',
  exitCodes: {
    1: 'the editor failed',
    2: 'no terminal, and no option for the data',
    3: 'unknown worker, or data refused',
    4: 'somebody else changed the metadata meanwhile',
  },
  examples: [
    { what: 'In the editor', command: 'debusine-admin edit-worker-metadata saturn' },
    {
      what: 'One key',
      command: "debusine-admin edit-worker-metadata saturn --set 'tasks_denylist=[sbuild, lintian]'",
    },
    { what: 'From a file', command: 'debusine-admin edit-worker-metadata saturn --data metadata.yaml' },
  ],
  related: ['show-worker', 'list-workers'],
  async look(context, input) {
    const { id, name, staticMetadata } = await findWorker(context, input.worker, input.id);
    return { id, name, stored: staticMetadata };
  },
  async ask(context, input, worker) {
    const change = await readEdit(context, input);
    if (change !== undefined) return { ...worker, change, edited: undefined };
    if (!context.prompt.mayAsk) {
      throw new UsageError('nothing to change', {
        hint: '--data, --set or --unset; for the editor a terminal is needed',
      });
    }
    const edited = await editMapping(context, worker.name, worker.stored);
    if (edited.value === undefined) await edited.discard();
    return { ...worker, change: undefined, edited };
  },
  async run({ db }, _, { id, name, stored, change, edited }) {
    if (edited !== undefined && edited.value === undefined) {
      return { name, static_metadata: stored, changed: false, before: stored };
    }
    const workers = await import('../../models/workers.ts');
    // With options the row is locked first: two scripts that set different keys both succeed.
    const before = change === undefined ? stored : await workers.lockStaticMetadata(db, id);
    const after = change === undefined ? (edited?.value ?? stored) : await change(before);
    try {
      const changed = await workers.setStaticMetadata(db, id, { before, after });
      if (edited?.value !== undefined) await edited.discard();
      return { name, static_metadata: after, changed, before };
    } catch (error) {
      if (edited?.value === undefined || !(error instanceof DebusineError)) throw error;
      throw kept(error, edited.file);
    }
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the worker' },
    { key: 'static_metadata', label: 'Static metadata', type: 'json', description: 'as it is now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  preview: (worker) => shown(document, worker.static_metadata),
  note: ({ name, changed, before, static_metadata: after }, did) =>
    changed
      ? [`${did('changed', 'change')} the metadata of worker ${quote(name)}`, ...mappingDiff(before, after)]
      : `the metadata of worker ${quote(name)} is unchanged`,
});

function editMapping(context: Context, name: string, stored: JsonObject) {
  const comments = [
    `# Static metadata of worker ${quote(name)}, as YAML.`,
    '# tasks_allowlist, tasks_denylist, system:architectures and sbuild:chroots are lists of texts.',
    '# Everybody who can see the page of the worker sees these values.',
    '# Leave the file as it is, or remove everything, to change nothing.',
  ];
  const text = `${comments.join('\n')}\n${Object.keys(stored).length === 0 ? '' : toYaml(stored)}`;
  return edit(context, 'metadata.yaml', text, async (edited, file) => {
    const { checkStaticMetadata } = await import('../../data/worker-metadata.ts');
    const mapping = await parseYamlMapping(edited, file);
    checkStaticMetadata(mapping);
    return mapping;
  });
}
