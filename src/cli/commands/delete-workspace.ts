import { ConflictError, DebusineError, NotFoundError } from '../../errors.ts';
import { listOf, objectOf, values } from '../../output/json-schema.ts';
import { sizeForm } from '../../output/forms.ts';
import { argument, defineCommand, flag } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { workspaceContentColumns } from '../views/workspaces.ts';
import { unlessMissing } from '../when-missing.ts';

const nothing = {
  artifacts: 0,
  files: 0,
  bytes: 0,
  collections: 0,
  collection_items: 0,
  work_requests: 0,
  workflow_templates: 0,
} as const;

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Remove a workspace and everything in it',
  description:
    'Removes a workspace with its artifacts, collections, work requests and templates, and then the files that only ' +
    'they used. Refused while other workspaces need something of it, or while work is pending or running. Relations ' +
    'to artifacts elsewhere go as well.',
  arguments: { name: argument('NAME', 'existing workspace', { completes: 'workspace' }) },
  options: {
    keepFiles: flag('--keep-files', 'leave the files to expire-artifacts or vacuum-storage'),
    detach: flag('--detach', 'cut references from other workspaces'),
    abortRunning: flag('--abort-running', 'give up work that is pending or running'),
    ...confirmOptions,
    ...ifExistsOption,
  },
  database: 'write',
  exitCodes: {
    2: 'nobody to ask, and no --yes',
    3: 'unknown workspace',
    4: 'it is the default workspace, or still needed',
    7: 'it is gone, but some files could not be removed',
  },
  examples: [{ what: 'What would go', command: 'debusine-admin delete-workspace qa --dry-run' }],
  related: ['show-workspace', 'vacuum-storage', 'list-workspaces'],
  async look({ db, settings }, input) {
    const workspaces = await import('../../models/workspaces.ts');
    const workspace = await unlessMissing(input.ifExists, () => workspaces.getByName(db, input.name));
    if (workspace === undefined) return undefined;
    const options = {
      defaultName: settings.defaultWorkspace,
      detach: input.detach,
      abortRunning: input.abortRunning,
    };
    const { blocked_by: blockers, ...contents } = await workspaces.removal(db, workspace.id, options);
    workspaces.refuseBlocked(workspace, blockers);
    return { id: workspace.id, options, contents };
  },
  async ask(context, input, seen) {
    if (seen === undefined) return seen;
    const { name, ...counts } = seen.contents;
    const isEmpty = Object.values(counts).every((count) => count === 0);
    await confirm(context, input, {
      text: isEmpty
        ? `Delete the empty workspace "${name}"?`
        : `Everything in workspace "${name}" goes with it. Type its name to delete it:`,
      refusal: `delete workspace "${name}"`,
      rows: [seen.contents],
      columns: workspaceContentColumns,
      ...(isEmpty ? {} : { name }),
    });
    return seen;
  },
  async run({ db, now }, input, seen) {
    const gone = {
      name: input.name,
      ...nothing,
      blocked_by: [],
      deleted: false,
      unusedFiles: [],
      uploadPaths: [],
    };
    if (seen === undefined) return gone;
    const workspaces = await import('../../models/workspaces.ts');
    try {
      const removed = await workspaces.remove(db, seen.id, seen.options, now);
      if (!input.yes && !input.dryRun) refuseGrown(seen.contents, removed);
      return { ...removed, blocked_by: [], deleted: true };
    } catch (error) {
      // Somebody else was quicker.
      if (error instanceof NotFoundError && input.ifExists) return gone;
      throw error;
    }
  },
  async after({ db, settings }, { keepFiles }, { name, unusedFiles, uploadPaths }) {
    if (keepFiles) return;
    const [{ removeLeftFiles }, { removeUpload }] = await Promise.all([
      import('../../models/expiry/index.ts'),
      import('../../models/file-uploads.ts'),
    ]);
    const problems = [...(await removeLeftFiles(db, unusedFiles, settings))];
    for (const path of uploadPaths) {
      try {
        await removeUpload(settings.uploadDirectory, path);
      } catch (error) {
        if (!(error instanceof DebusineError)) throw error;
        problems.push(error.message);
      }
    }
    const [first] = problems;
    if (first === undefined) return;
    throw new DebusineError(
      'partial',
      `workspace "${name}" is gone, but ${problems.length === 1 ? first : `${problems.length} files stay; the first: ${first}`}`,
      { hint: 'mend what is wrong; vacuum-storage removes the rest', details: { problems } },
    );
  },
}).shownAs({
  kind: 'change',
  columns: [
    ...workspaceContentColumns,
    {
      key: 'blocked_by',
      label: 'Blocked by',
      type: 'json',
      description: 'what stands in the way; empty, since the command fails otherwise',
      schema: listOf(
        objectOf({
          kind: values.text,
          workspace: values.text,
          count: values.integer,
          ids: listOf(values.integer),
        }),
      ),
    },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
  ],
  note: ({ name, deleted, artifacts, files, bytes }, did) =>
    deleted
      ? `${did('deleted', 'delete')} workspace "${name}" with ${artifacts} ${artifacts === 1 ? 'artifact' : 'artifacts'}, ${files} ${files === 1 ? 'file' : 'files'} (${sizeForm(bytes)})`
      : `there is no workspace "${name}"`,
});

type Counts = Readonly<Record<keyof typeof nothing, number>>;

/** @throws ConflictError when something came in after a person was shown what goes */
function refuseGrown(shown: Counts, removed: Counts): void {
  const keys = [
    'artifacts',
    'files',
    'collections',
    'collection_items',
    'work_requests',
    'workflow_templates',
  ] as const;
  if (keys.every((key) => removed[key] <= shown[key])) return;
  throw new ConflictError('more has come into the workspace meanwhile; nothing was deleted', {
    hint: 'run it again to see what',
  });
}
