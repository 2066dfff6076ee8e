/**
 * The original's command names: they work when typed, with its options, and are shown nowhere but in the parity
 * table. Source: cli.md 6, 11.
 */
import { DebusineError, UsageError } from '../errors.ts';
import { quote } from '../data/quote.ts';
import {
  type AliasRow,
  appLabel,
  asArgument,
  asOption,
  ignored,
  ignoredArgument,
  key,
  refusedOption,
  renamed,
  scope,
  silent,
  workerOrKey,
  workspace,
  workspaceOption,
} from './alias-rules.ts';

const noRoles = 'this database level has no roles';
const allRecords = [['--limit', '0']] as const;

// ---- Tokens

const tokens: Readonly<Record<string, AliasRow>> = {
  create_token: {
    command: 'create-token',
    note: 'the key exists only when it could be delivered; `--rotate`',
  },
  list_tokens: {
    command: 'list-tokens',
    options: {
      '--token': key,
      '--username': renamed('--user', 'must'),
      '--owner': renamed('--user', 'must'),
    },
    adds: allRecords,
    columns: {
      hash: 'Token hash (do not copy)',
      user: 'User',
      created: 'Created',
      expires: 'Expires',
      enabled: 'Enabled',
      comment: 'Comment',
    },
    note: '`--token KEY` only under the alias; `--owner`, which the manual promises',
  },
  delete_tokens: {
    command: 'delete-tokens',
    options: { '--token': key, '--username': renamed('--user', 'must'), '--force': renamed('--if-exists') },
    note: 'a selector is required, `--all` for every token; `--force` is `--if-exists`',
  },
};

// ---- Users

const users: Readonly<Record<string, AliasRow>> = {
  create_user: { command: 'create-user', note: 'says which of name and address is taken' },
  list_users: {
    command: 'list-users',
    adds: allRecords,
    columns: { username: 'User', email: 'Email', date_joined: 'Joined' },
    note: 'same keys',
  },
  manage_user: {
    command: 'manage-user',
    actions: { 'change-email': {} },
    note: 'the new address is checked; more actions',
  },
  changepassword: {
    command: 'manage-user set-password',
    options: { '--database': ignored('must') },
    note: 'without echo; also from a file',
  },
  createsuperuser: {
    command: 'create-user',
    options: {
      '--username': asArgument(0),
      '--email': asArgument(1),
      '--noinput': renamed('--no-password'),
      '--no-input': renamed('--no-password'),
      '--database': ignored('must'),
    },
    adds: [['--superuser'], ['--staff']],
    asks: [
      { option: '--username', question: 'User name:' },
      { option: '--email', question: 'E-mail address:' },
      { option: '--password-file', question: 'Password:', unless: ['--noinput', '--no-input'] },
    ],
    note: '`--noinput` makes an account without a usable password',
  },
};

// ---- Workers

const workers: Readonly<Record<string, AliasRow>> = {
  list_workers: {
    command: 'list-workers',
    adds: allRecords,
    columns: {
      name: 'Name',
      type: 'Type',
      registered: 'Registered',
      connected: 'Connected',
      hash: 'Token hash (do not copy)',
      enabled: 'Enabled',
    },
    note: 'same keys; `type` follows from `internal`',
  },
  manage_worker: {
    command: 'manage-worker',
    actions: { enable: {}, disable: {} },
    arguments: [workerOrKey],
    options: {
      '--worker-type': {
        takes: 'must',
        become(type) {
          if (type === 'external') return [];
          if (type !== 'signing')
            throw new UsageError(`option --worker-type: ${quote(type)} is none of external, signing`);
          throw new DebusineError('wrong_state', 'this database level has no signing workers');
        },
      },
    },
    note: '`--worker-type signing` is 4; a key in place of the name only under the alias',
  },
  edit_worker_metadata: {
    command: 'edit-worker-metadata',
    options: { '--set': renamed('--data', 'must') },
    prints: ({ name }) => `debusine: metadata set for ${String(name)}\n`,
    note: '`--set PATH` is `--data FILE`',
  },
};

// ---- Workspaces

const sharedWorkspaceOptions = {
  '--no-singleton-collections': ignored(),
  '--with-owners-group': ignored('may'),
} as const;

const defineWorkspace: Partial<AliasRow> = {
  command: 'create-workspace',
  arguments: [workspace, ignoredArgument("the owners' group")],
  options: sharedWorkspaceOptions,
  adds: [['--update']],
  note: "the owners' group has no effect",
};

const workspaces: Readonly<Record<string, AliasRow>> = {
  create_workspace: {
    command: 'create-workspace',
    arguments: [workspace],
    options: sharedWorkspaceOptions,
    adds: [['--update']],
    note: '`scope/name` for the default scope; options for groups and singleton collections have no effect',
  },
  list_workspaces: {
    command: 'list-workspaces',
    adds: allRecords,
    columns: { name: 'Name', public: 'Public', expiration: 'Default Expiration Delay (days)' },
    note: 'same keys; the name has no scope',
  },
  manage_workspace: {
    command: 'manage-workspace',
    arguments: [workspace],
    note: 'also renames, and handles the other file stores',
  },
  delete_workspace: {
    command: 'delete-workspace',
    arguments: [workspace],
    options: { '--force': renamed('--if-exists') },
    note: 'removes the files too; looks at references from other workspaces',
  },
  workspace: {
    command: 'workspace',
    actions: {
      define: defineWorkspace,
      create: defineWorkspace,
      rename: {
        command: 'manage-workspace',
        arguments: [workspace, asOption('--rename')],
      },
      delete: {
        command: 'delete-workspace',
        arguments: [workspace],
        options: { '--force': renamed('--if-exists') },
      },
      list: {
        command: 'list-workspaces',
        arguments: [scope],
        adds: allRecords,
        columns: { name: 'Name', public: 'Public', expiration: 'Default Expiration Delay (days)' },
      },
      list_roles: { refused: noRoles },
      grant_role: { refused: noRoles },
      revoke_role: { refused: noRoles },
    },
    later: true,
  },
};

// ---- File stores

const createStore: AliasRow = {
  command: 'create-file-store',
  adds: [['--if-not-exists']],
  reads: '--configuration',
  note: 'refuses stores that would break other commands',
};
const noSizes = 'file stores have no size limits at this database level';
const noScopes = 'this database level has no scopes';

const fileStores: Readonly<Record<string, AliasRow>> = {
  create_file_store: createStore,
  file_store: {
    command: 'file_store',
    actions: {
      create: {
        ...createStore,
        options: {
          '--soft-max-size': refusedOption(noSizes, 'must'),
          '--max-size': refusedOption(noSizes, 'must'),
          '--instance-wide': refusedOption(noScopes),
          '--no-instance-wide': refusedOption(noScopes),
          '--scope': refusedOption(noScopes, 'must'),
        },
        note: 'options for sizes and scopes are refused',
      },
      delete: { command: 'delete-file-store', adds: [['--yes']], note: 'asks no question, as there' },
    },
    later: true,
  },
};

// ---- Collections

const collections: Readonly<Record<string, AliasRow>> = {
  create_collection: {
    command: 'create-collection',
    options: { '--workspace': workspaceOption },
    reads: '--data',
    note: 'data must be a mapping; an unknown category is accepted with a warning under the alias only',
  },
};

// ---- Expiry and storage

const expiry: AliasRow = {
  command: 'expire-artifacts',
  note: 'ends with 6 when another run has the lock, where the original says 0',
};
const vacuum: AliasRow = { command: 'vacuum-storage', note: 'a dry run says "would delete"' };

const maintenance: Readonly<Record<string, AliasRow>> = {
  delete_expired: expiry,
  delete_expired_artifacts: expiry,
  expire_artifacts: expiry,
  monthly_cleanup: vacuum,
  vacuum_storage: vacuum,
};

// ---- Work requests and workflows

const work: Readonly<Record<string, AliasRow>> = {
  create_work_request: {
    command: 'create-work-request',
    options: { '--workspace': workspaceOption },
    reads: '--data',
    prints: ({ id }) => `---\nwork_request_id: ${String(id)}\n\n`,
    note: 'type `signing` is refused',
  },
  list_work_requests: {
    command: 'list-work-requests',
    adds: [['--order', 'created_at'], ...allRecords],
    columns: {
      id: 'ID',
      worker: 'Worker',
      created_at: 'Created',
      started_at: 'Started',
      completed_at: 'Completed',
      status: 'Status',
      result: 'Result',
    },
    note: 'same keys, oldest first; streams',
  },
  create_workflow: {
    command: 'create-workflow',
    options: { '--workspace': workspaceOption },
    reads: '--data',
    prints: () => '',
    note: 'prints the number, under the alias nothing',
  },
};

// ---- Notification channels

const channels: Readonly<Record<string, AliasRow>> = {
  create_notification_channel: {
    command: 'create-notification-channel',
    reads: '--data',
    note: 'checked before anything is stored',
  },
  list_notification_channels: {
    command: 'list-notification-channels',
    adds: allRecords,
    columns: { name: 'Name', method: 'Method', data: 'Data' },
    note: 'same keys',
  },
  manage_notification_channel: {
    command: 'manage-notification-channel',
    actions: { 'change-name': {}, 'change-data': { reads: '--data' } },
    note: 'the new name is checked',
  },
  delete_notification_channel: { command: 'delete-notification-channel', note: 'asks no question, as there' },
};

// ---- Database

const database: Readonly<Record<string, AliasRow>> = {
  info: { command: 'database info', note: 'other content: this program has no web server' },
  doctor: { command: 'database doctor', note: 'short for it' },
  migrate: {
    command: 'database migrate',
    options: { '--noinput': silent(), '--no-input': silent(), '--database': ignored('must') },
    note: 'never backwards; a target is refused',
  },
  showmigrations: {
    command: 'database migrate',
    arguments: [appLabel, appLabel, appLabel],
    options: { '--list': silent(), '--plan': silent(), '--database': ignored('must') },
    adds: [['--steps']],
    note: 'prints the steps of the app `db` with `[X]` or `[ ]`',
  },
  dbshell: {
    command: 'database shell',
    options: { '--database': ignored('must') },
    note: "the password never stands among psql's arguments",
  },
};

/** Every name of the original that does something here, in the order of the parity table. */
export const aliases: Readonly<Record<string, AliasRow>> = {
  ...tokens,
  ...users,
  ...workers,
  ...workspaces,
  ...fileStores,
  ...collections,
  ...maintenance,
  ...work,
  ...channels,
  ...database,
};

/** Names that are refused, with the reason. Source: cli.md 6.1, 11. */
export const refusedNames: readonly {
  readonly names: readonly string[];
  readonly why: string;
  readonly hint?: string;
}[] = [
  {
    names: ['asset', 'group', 'scope', 'worker_pool'],
    why: 'belongs to a later release: this database level has no such thing',
  },
  { names: ['test'], why: 'is a tool for developers of the original and is not part of this tool' },
  { names: ['sendtestemail'], why: 'is not part of this tool, which sends no mail' },
  {
    names: [
      ...['shell', 'runserver', 'testserver', 'runworker', 'collectstatic', 'findstatic', 'compilemessages'],
      ...['makemessages', 'makemigrations', 'squashmigrations', 'optimizemigration', 'startapp'],
      ...['startproject', 'createcachetable', 'clearsessions', 'remove_stale_contenttypes', 'diffsettings'],
      ...['inspectdb', 'generateschema', 'pgtrigger'],
    ],
    why: "belongs to the original's framework and is not part of this tool",
  },
  {
    names: ['dumpdata', 'loaddata', 'flush', 'sqlflush', 'sqlmigrate', 'sqlsequencereset'],
    why: "belongs to the original's framework and is not part of this tool",
    hint: "use PostgreSQL's own tools: pg_dump, pg_restore, psql",
  },
];

/** The refusal of a name of the original; undefined when it is none of those. */
export function refusedName(word: string): UsageError | undefined {
  const [first = ''] = word.split(' ');
  const found = refusedNames.find(({ names }) => names.includes(first));
  return found && new UsageError(`${quote(first)} ${found.why}`, { hint: found.hint });
}
