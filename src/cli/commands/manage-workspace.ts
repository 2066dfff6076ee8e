import { UsageError } from '../../errors.ts';
import { argument, defineCommand, flag, option, options } from '../command.ts';
import { either } from '../values/either.ts';
import { parseDelay } from '../values/duration.ts';
import { workspaceColumns } from '../views/workspaces.ts';

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Change a workspace and its file stores',
  description:
    'Changes a workspace, all or nothing. Another default store moves no files: the old one is looked at only where ' +
    'it is added as other store. A shorter delay may make artifacts expire at once.',
  arguments: { name: argument('NAME', 'existing workspace', { completes: 'workspace' }) },
  options: {
    public: flag('--public', 'readable without an account'),
    private: flag('--private', 'not readable without an account'),
    defaultExpirationDelay: option(
      '--default-expiration-delay <DELAY>',
      'how long a new artifact is kept at least: days (10), a duration (36h) or never',
      parseDelay,
    ),
    rename: option('--rename <NEW>', 'give it another name'),
    anyName: flag('--any-name', 'accept "/" and blanks at the ends of the new name'),
    defaultFileStore: option('--default-file-store <STORE>', 'where new files go', {
      completes: 'file-store',
    }),
    addOtherFileStore: options('--add-other-file-store <STORE>', 'a store whose files count as present', {
      completes: 'file-store',
    }),
    removeOtherFileStore: options(
      '--remove-other-file-store <STORE>',
      'a store that shall not count any more',
      {
        completes: 'file-store',
      },
    ),
    force: flag('--force', 'take a store away although only it has files of artifacts here'),
    ifExists: flag('--if-exists', 'a store to be taken away need not be linked'),
    dryRun: flag('--dry-run', 'check everything and change nothing'),
  },
  exclusive: [['public', 'private']],
  database: 'write',
  exitCodes: {
    2: 'nothing to change',
    3: 'unknown workspace or store, or name refused',
    4: 'name taken, store not linked, or store in use',
  },
  examples: [
    {
      what: 'Artifacts kept for 30 days, seen before it is done',
      command: 'debusine-admin manage-workspace System --default-expiration-delay 30 --dry-run',
    },
  ],
  related: ['show-workspace', 'list-workspaces', 'create-workspace', 'expire-artifacts'],
  async run(context, input) {
    const { db, now, note, alias } = context;
    const { defaultExpirationDelay: delay, defaultFileStore, rename } = input;
    const isPublic = either(input.public, input.private);
    const stores = [...input.addOtherFileStore, ...input.removeOtherFileStore];
    const given = [isPublic, delay, defaultFileStore, rename].filter((value) => value !== undefined);
    // The original accepts that. Source: cli.md 8.4.
    if (given.length + stores.length === 0 && alias === undefined) {
      throw new UsageError('nothing to change', {
        hint:
          '--public, --private, --default-expiration-delay, --rename, --default-file-store, ' +
          '--add-other-file-store or --remove-other-file-store',
      });
    }
    const workspaces = await import('../../models/workspaces.ts');
    const { id } = await workspaces.getByName(db, input.name);
    const before = await workspaces.summary(db, id);
    const { workspace, changed, abandonedDefault } = await workspaces.change(
      db,
      id,
      {
        name: rename,
        public: isPublic,
        defaultExpirationDelaySeconds: delay,
        defaultFileStore,
        addOtherFileStores: input.addOtherFileStore,
        removeOtherFileStores: input.removeOtherFileStore,
      },
      { anyName: input.anyName, force: input.force, ifLinked: input.ifExists },
    );
    if (abandonedDefault !== null) {
      const { name, files } = abandonedDefault;
      const lost =
        files === 0 ? '' : `, which alone has ${files} ${files === 1 ? 'file' : 'files'} of artifacts here`;
      await note(
        `store "${name}" is no longer looked at${lost}; --add-other-file-store "${name}" keeps it usable`,
      );
    }
    const old = before.default_expiration_delay_seconds;
    if (delay !== undefined && delay !== 0 && (old === 0 || delay < old)) {
      const count = await workspaces.countDeletable(db, id, now);
      await note(
        `the next expire-artifacts would delete ${count} ${count === 1 ? 'artifact' : 'artifacts'} of it`,
      );
    }
    return { changed, ...workspace };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
    ...workspaceColumns,
  ],
  note: ({ name, changed }, did) =>
    `${changed ? did('changed', 'change') : 'unchanged:'} workspace "${name}"`,
});
