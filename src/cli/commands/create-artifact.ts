import { argument, defineCommand, flag, option, optional, several } from '../command.ts';
import { createdByOption, findCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { collectFiles } from '../artifact-files.ts';
import { intervalText, parseInheritableDelay } from '../values/duration.ts';
import { workspaceFor, workspaceOption } from '../workspace-option.ts';

export default defineCommand({
  group: 'Artifacts',
  summary: 'Store local files as an artifact',
  description:
    'Stores local files as an artifact and prints its number. Category, data and files are checked first; the bytes ' +
    'are in place before the artifact exists, and are removed again when it cannot be made.',
  arguments: {
    category: argument('CATEGORY', 'what it is, for example debian:source-package'),
    files: optional(
      several(
        argument('FILE', 'FILE, or PATH=FILE to give its path inside the artifact', { completes: 'file' }),
      ),
    ),
  },
  options: {
    workspace: workspaceOption,
    ...dataOptions,
    expirationDelay: option(
      '--expiration-delay <DELAY>',
      'how long it is kept: days (10), a duration (36h), never or inherit',
      parseInheritableDelay,
      { default: 'inherit' },
    ),
    createdBy: createdByOption,
    baseDirectory: option(
      '--base-directory <DIR>',
      'paths are relative to it (default: the name of the file only)',
      {
        completes: 'directory',
      },
    ),
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  database: 'write',
  exitCodes: { 3: 'category, data, path or file refused', 4: 'the default store cannot take files' },
  examples: [
    {
      what: 'Logs of a build',
      command:
        'debusine-admin create-artifact debusine:work-request-debug-logs build.log --expiration-delay 30',
    },
  ],
  related: ['relate-artifacts', 'expire-artifacts'],
  async run(context, input) {
    const { db, now, settings } = context;
    const [data, files] = [
      await readData(context, input),
      await collectFiles(input.files ?? [], input.baseDirectory),
    ];
    const artifacts = await import('../../models/artifacts.ts');
    artifacts.clean({ category: input.category, data });
    const workspace = await workspaceFor(context, input.workspace);
    const creator = await findCreator(context, input.createdBy);
    const delay = input.expirationDelay ?? null;
    const base = {
      was_created: true,
      category: input.category,
      workspace: workspace.name,
      created_by: creator?.username ?? null,
      expiration_delay_seconds: delay,
      dry_run: input.dryRun,
    };
    if (input.dryRun) {
      const shown = [...files.keys()].map((path) => ({ path }));
      return { ...base, id: null, data, created_at: null, files: shown };
    }
    const { artifact, files: stored } = await artifacts.createFromLocalArtifact(
      db,
      { category: input.category, data, files },
      workspace,
      { createdBy: creator?.id, expirationDelay: delay === null ? null : intervalText(delay) },
      settings,
      now,
    );
    return {
      ...base,
      id: artifact.id,
      data: artifact.data,
      created_at: artifact.createdAt,
      files: stored.map(({ path, file, isNew }) => ({
        path,
        sha256: file.sha256.toString('hex'),
        size: file.size,
        new: isNew,
      })),
    };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always true' },
    { key: 'id', label: 'ID', type: 'integer', nullable: true, description: 'number of the artifact' },
    { key: 'category', label: 'Category', type: 'text', description: 'what it is' },
    { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it lives' },
    { key: 'data', label: 'Data', type: 'json', description: 'its data' },
    {
      key: 'created_at',
      label: 'Created at',
      type: 'instant',
      nullable: true,
      description: 'when it was made',
    },
    { key: 'created_by', label: 'Created by', type: 'text', nullable: true, description: 'user name' },
    {
      key: 'expiration_delay_seconds',
      label: 'Expiration delay',
      type: 'seconds',
      nullable: true,
      description: 'its own delay; null: that of the workspace; 0: never',
    },
    {
      key: 'files',
      label: 'Files',
      type: 'json',
      description: 'path, sha256, size, and whether the content is new',
    },
  ],
  data: ({ id }) => (id === null ? undefined : String(id)),
  note: ({ id, category, workspace, files }) =>
    id === null
      ? `would create an artifact (${category}) with ${files.length} ${files.length === 1 ? 'file' : 'files'} in ${workspace}`
      : `created artifact ${id} (${category}) with ${files.length} ${files.length === 1 ? 'file' : 'files'} in ${workspace}`,
});
