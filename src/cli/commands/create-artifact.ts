import { argument, defineCommand, flag, option, optional, several } from '../command.ts';
import { createdByOption, findCreator } from '../created-by.ts';
import { dataOptions, readData } from '../data-options.ts';
import { sizeForm } from '../../output/forms.ts';
import { checkLocalArtifact, collectFiles } from '../artifact-files.ts';
import { idOf } from '../values/integer.ts';
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
    workRequest: option('--work-request <N>', 'the work request that made it', idOf<'WorkRequest'>()),
    baseDirectory: option(
      '--base-directory <DIR>',
      'paths are relative to it (default: the name of the file only)',
      {
        completes: 'directory',
      },
    ),
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  // One transaction, that of the model: the files are read before it, and their bytes taken back when it fails.
  database: 'batches',
  exitCodes: {
    3: 'category, data, path or file refused; unknown workspace, user or work request',
    4: 'the default store cannot take files',
  },
  examples: [
    {
      what: 'Logs of a build',
      command:
        'debusine-admin create-artifact debusine:work-request-debug-logs build.log --expiration-delay 30',
    },
  ],
  related: ['show-artifact', 'list-artifacts', 'relate-artifacts', 'expire-artifacts'],
  async run(context, input) {
    const { db, now, settings, host, signal, output, verbosity } = context;
    const { category, workRequest } = input;
    const data = await readData(context, input);
    const collected = await collectFiles(input.files ?? [], input.baseDirectory);
    await checkLocalArtifact(host, { category, data, collected });
    const [artifacts, workRequests, workspaces, { startProgress }] = await Promise.all([
      import('../../models/artifacts.ts'),
      import('../../models/work-requests/index.ts'),
      import('../../models/workspaces.ts'),
      import('../../output/progress.ts'),
    ]);
    const workspace = await workspaceFor(context, input.workspace);
    const creator = await findCreator(context, input.createdBy);
    if (workRequest !== undefined) await workRequests.requireExisting(db, [workRequest]);
    await workspaces.requireWritableStore(db, workspace);
    const delay = input.expirationDelay ?? null;
    const { files, sizeBytes } = collected;
    if (input.dryRun) {
      return {
        was_created: true,
        changed: true,
        id: null,
        category,
        workspace: workspace.name,
        data,
        created_at: null,
        created_by: creator?.username ?? null,
        work_request: workRequest ?? null,
        expiration_delay_seconds: delay,
        expire_at: null,
        files: [...files.keys()].map((path) => ({ path })),
      };
    }
    const progress = await startProgress(
      {
        mode: host.stderr.isTerminal && verbosity >= 0 ? 'bar' : 'none',
        stream: host.terminal.output,
        unicode: output.unicode,
        elapsed: () => host.clock.monotonicMs(),
      },
      { unit: 'read and stored', form: sizeForm },
    );
    let done = 0;
    try {
      const { artifact, files: stored } = await artifacts.createFromLocalArtifact(
        db,
        { category, data, files },
        workspace,
        {
          createdBy: creator?.id,
          createdByWorkRequest: workRequest,
          expirationDelay: delay === null ? null : intervalText(delay),
          onBytes(bytes) {
            // An interruption in the middle of a file ends as any failure does: nothing remains.
            signal.throwIfAborted();
            progress.update((done += bytes), 2 * sizeBytes);
          },
        },
        settings,
        now,
      );
      const made = await artifacts.show(db, artifact.id, now);
      return {
        was_created: true,
        changed: true,
        id: made.id,
        category,
        workspace: workspace.name,
        data: made.data,
        created_at: made.created_at,
        created_by: made.created_by,
        work_request: made.work_request,
        expiration_delay_seconds: made.expiration_delay_seconds,
        expire_at: made.expire_at,
        files: stored.map(({ path, file, isNew }) => ({
          path,
          sha256: file.sha256.toString('hex'),
          size: file.size,
          new: isNew,
        })),
      };
    } finally {
      progress.stop();
    }
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always true' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'always true' },
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
      key: 'work_request',
      label: 'Work request',
      type: 'integer',
      nullable: true,
      description: 'what made it',
    },
    {
      key: 'expiration_delay_seconds',
      label: 'Expiration delay',
      type: 'seconds',
      nullable: true,
      description: 'its own delay; null: that of the workspace; 0: never',
    },
    {
      key: 'expire_at',
      label: 'Expires',
      type: 'instant',
      nullable: true,
      description: 'when its time is over; null: never, or a dry run',
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
