import { isWorkspaceNameOfLaterReleases } from '../../data/names.ts';
import { durationForm } from '../../output/forms.ts';
import { argument, defineCommand, flag, option, options } from '../command.ts';
import { parseDelay } from '../values/duration.ts';
import { workspaceColumns } from '../views/workspaces.ts';
import { existingOptions, whenExisting } from '../when-existing.ts';

const delayWords = (seconds: number): string =>
  `artifacts kept ${seconds === 0 ? 'for ever' : durationForm(seconds)}`;

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Make a workspace',
  description: 'Makes a workspace that artifacts, collections and work requests can live in.',
  arguments: { name: argument('NAME', '1 to 255 characters, unique in the installation') },
  options: {
    public: flag('--public', 'readable without an account'),
    private: flag('--private', 'not readable without an account (the default)'),
    defaultExpirationDelay: option(
      '--default-expiration-delay <DELAY>',
      'how long a new artifact is kept at least: days (10), a duration (36h) or never',
      parseDelay,
      { default: 'never' },
    ),
    defaultFileStore: option('--default-file-store <STORE>', 'where new files go', {
      default: 'Default',
      completes: 'file-store',
    }),
    otherFileStore: options('--other-file-store <STORE>', 'further stores whose files count as present', {
      completes: 'file-store',
    }),
    anyName: flag('--any-name', 'accept "/" and blanks at the ends of the name'),
    ...existingOptions,
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  exclusive: [['public', 'private']],
  database: 'write',
  exitCodes: {
    3: 'name refused, or unknown file store',
    4: 'it exists already, or the store takes no files',
  },
  examples: [
    {
      what: 'Artifacts kept for 30 days',
      command: 'debusine-admin create-workspace qa --default-expiration-delay 30',
    },
    { what: 'In a provisioning script', command: 'debusine-admin create-workspace qa --public --update' },
  ],
  async run({ db, warn }, input) {
    const workspaces = await import('../../models/workspaces.ts');
    const created = await workspaces.create(
      db,
      input.name,
      {
        public: input.public || input.private ? input.public : undefined,
        defaultExpirationDelaySeconds: input.defaultExpirationDelay,
        defaultFileStore: input.defaultFileStore,
        otherFileStores: input.otherFileStore.length === 0 ? undefined : input.otherFileStore,
      },
      { anyName: input.anyName, whenExisting: whenExisting(input) },
    );
    if (created.was_created && !isWorkspaceNameOfLaterReleases(input.name)) {
      await warn(`workspace name "${input.name}" will not be accepted by later releases`);
    }
    return created;
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'whether it was made now' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...workspaceColumns,
  ],
  note: (workspace, did) => {
    const { name, was_created: wasCreated, changed } = workspace;
    const facts = [
      workspace.public ? 'public' : 'private',
      delayWords(workspace.default_expiration_delay_seconds),
      `files in ${workspace.default_file_store}`,
    ].join(', ');
    const done = wasCreated ? did('created', 'create') : changed ? did('changed', 'change') : 'unchanged:';
    return `${done} workspace "${name}" (${facts})`;
  },
});
