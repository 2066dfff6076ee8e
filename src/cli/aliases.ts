/**
 * The original's command names: they work when typed, with its options, and are shown nowhere. One rewriting of the
 * words before anything else looks at them. Source: cli.md 6.
 */

/** Under which of the original's names a command was called. */
export interface Alias {
  /** As it was typed: `create_token`. */
  readonly name: string;
  /** Our name for it. */
  readonly command: string;
  /** Keys and labels of the original's list, in its order. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Whether the original prints nothing where we print a number. */
  readonly isSilent?: true;
}

interface Entry extends Omit<Alias, 'name'> {
  /** Whether the original reads its data from standard input unless told otherwise. */
  readonly readsInput?: true;
  /** Options of later releases without an effect at this level, with whether they take a value. */
  readonly ignored?: Readonly<Record<string, boolean>>;
  /** Changes the words behind the name. */
  rewrite?(words: readonly string[]): readonly string[];
}

const expiry: Entry = { command: 'expire-artifacts' };

const aliases: Readonly<Record<string, Entry>> = {
  create_token: { command: 'create-token' },
  create_user: { command: 'create-user' },
  list_workers: {
    command: 'list-workers',
    columns: {
      name: 'Name',
      type: 'Type',
      registered: 'Registered',
      connected: 'Connected',
      hash: 'Token hash (do not copy)',
      enabled: 'Enabled',
    },
  },
  list_tokens: {
    command: 'list-tokens',
    columns: {
      hash: 'Token hash (do not copy)',
      user: 'User',
      created: 'Created',
      expires: 'Expires',
      enabled: 'Enabled',
      comment: 'Comment',
    },
    rewrite: (words) => words.map((word) => word.replace(/^--(username|owner)(?==|$)/, '--user')),
  },
  list_users: { command: 'list-users', columns: { username: 'User', email: 'Email', date_joined: 'Joined' } },
  list_workspaces: {
    command: 'list-workspaces',
    columns: { name: 'Name', public: 'Public', expiration: 'Default Expiration Delay (days)' },
  },
  list_work_requests: {
    command: 'list-work-requests',
    columns: {
      id: 'ID',
      worker: 'Worker',
      created_at: 'Created',
      started_at: 'Started',
      completed_at: 'Completed',
      status: 'Status',
      result: 'Result',
    },
    // All of them, the oldest first.
    rewrite: (words) => unlessGiven(words, { '--order': 'created_at', '--limit': '0' }),
  },
  create_workspace: {
    command: 'create-workspace',
    ignored: { '--no-singleton-collections': false, '--with-owners-group': true },
    rewrite: (words) => ['--update', ...words.map((word) => word.replace(/^debusine\//, ''))],
  },
  create_workflow: { command: 'create-workflow', readsInput: true, isSilent: true },
  expire_artifacts: expiry,
  delete_expired: expiry,
  delete_expired_artifacts: expiry,
  migrate: { command: 'database migrate', ignored: { '--noinput': false, '--no-input': false } },
  showmigrations: { command: 'database migrate', rewrite: (words) => ['--plan', ...words] },
};

/** The options of the original's framework, as ours; `null` for one without effect. Source: cli.md 6.2. */
const frameworkOptions: Readonly<
  Record<string, { readonly takesValue: boolean; words(value: string): readonly string[] }>
> = {
  '--verbosity': { takesValue: true, words: (value) => verbosity[value] ?? [] },
  '-v': { takesValue: true, words: (value) => verbosity[value] ?? [] },
  '--traceback': { takesValue: false, words: () => ['--debug'] },
  '--force-color': { takesValue: false, words: () => ['--color', 'always'] },
  '--skip-checks': { takesValue: false, words: () => [] },
  '--settings': { takesValue: true, words: () => [] },
  '--pythonpath': { takesValue: true, words: () => [] },
};

const verbosity: Readonly<Record<string, readonly string[]>> = {
  '0': ['--quiet'],
  '1': [],
  '2': ['--verbose'],
  '3': ['--debug'],
};

/** Names that exist only in later releases, or belong to the original's web framework. Source: cli.md 6.1, 11. */
const later = ['asset', 'group', 'scope', 'worker_pool'];
const framework = [
  ...[
    'test',
    'sendtestemail',
    'shell',
    'runserver',
    'testserver',
    'runworker',
    'collectstatic',
    'findstatic',
  ],
  ...[
    'compilemessages',
    'makemessages',
    'makemigrations',
    'squashmigrations',
    'optimizemigration',
    'startapp',
  ],
  ...[
    'startproject',
    'createcachetable',
    'clearsessions',
    'remove_stale_contenttypes',
    'diffsettings',
    'inspectdb',
  ],
  ...[
    'generateschema',
    'pgtrigger',
    'dumpdata',
    'loaddata',
    'flush',
    'sqlflush',
    'sqlmigrate',
    'sqlsequencereset',
  ],
];

/** The words under our names when the first one is a name of the original; undefined otherwise. */
export function rewriteAlias(
  words: readonly string[],
): { readonly alias: Alias; readonly words: readonly string[] } | undefined {
  const [name = '', ...rest] = words;
  const entry = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (entry === undefined) return undefined;
  const { command, columns, isSilent, readsInput, ignored = {}, rewrite } = entry;
  const taken = takeOptions(rest, ignored);
  const changed = rewrite?.(taken) ?? taken;
  const data =
    readsInput === true && !changed.some((word) => /^--data(=|$)/.test(word)) ? ['--data', '-'] : [];
  return {
    alias: {
      name,
      command,
      ...(columns === undefined ? {} : { columns }),
      ...(isSilent === undefined ? {} : { isSilent }),
    },
    words: [...command.split(' '), ...data, ...changed],
  };
}

/** Why a name of the original is refused; undefined when it is none of those. */
export function refusedName(word: string): string | undefined {
  const [first = ''] = word.split(' ');
  if (later.includes(first))
    return `"${first}" belongs to a later release: this database level has no such thing`;
  if (framework.includes(first))
    return `"${first}" belongs to the original's framework and is not part of this tool`;
  return undefined;
}

/** The words, after those of the options that are not among them, with their values. */
function unlessGiven(
  words: readonly string[],
  defaults: Readonly<Record<string, string>>,
): readonly string[] {
  const isGiven = (option: string): boolean =>
    words.some((word) => word === option || word.startsWith(`${option}=`));
  return [...Object.entries(defaults).flatMap((pair) => (isGiven(pair[0]) ? [] : pair)), ...words];
}

function takeOptions(
  words: readonly string[],
  ignored: Readonly<Record<string, boolean>>,
): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return [...kept, ...words.slice(at)];
    const [option = '', ...parts] = /^-v\d$/.test(word) ? ['-v', word.slice(2)] : word.split('=');
    const inline = parts.length === 0 ? undefined : parts.join('=');
    const ours = Object.hasOwn(frameworkOptions, option) ? frameworkOptions[option] : undefined;
    if (ours !== undefined) {
      // A lone -v without a number is ours.
      const next = words[at + 1] ?? '';
      if (option === '-v' && inline === undefined && !/^[0-3]$/.test(next)) {
        kept.push(word);
        continue;
      }
      if (ours.takesValue && inline === undefined) at += 1;
      kept.push(...ours.words(inline ?? next));
    } else if (Object.hasOwn(ignored, option)) {
      if (ignored[option] === true && inline === undefined && !(words[at + 1] ?? '-').startsWith('-'))
        at += 1;
    } else kept.push(word);
  }
  return kept;
}
