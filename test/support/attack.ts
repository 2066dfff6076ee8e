/** Command lines made of hostile words for every command there is, and what must hold after each of them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { catalog, type CatalogEntry } from '../../src/cli/catalog.ts';
import { type Command, type Completion, type Option, takesValue } from '../../src/cli/command.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { outputOptions, sharedOptionsOf } from '../../src/cli/shared-options.ts';
import { atOnce } from './lost-connection.ts';
import { type Outcome, runCommand } from './run-command.ts';
import type { TestDatabase } from './database.ts';
import { digestOf } from './digest.ts';
import { makeWorld } from './examples.ts';

interface Attack {
  readonly words: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: boolean;
  readonly closedPipe: boolean;
  readonly answers: readonly (string | null)[];
}

/** Texts that have broken programs before. None is the path of anything that matters: a command may write there. */
const evil: readonly string[] = [
  ...['', ' ', '-', '--', '--help', '-1', '0', '1', '2', '3', '007', '1.5', '1e400', 'NaN', 'Infinity'],
  ...['9007199254740993', '99999999999999999999999999', '2147483648', '9223372036854775807', '-2147483649'],
  ...['null', 'true', '~', '[]', '{}', '{a: [', '&a [*a]', '{a: &x 1, <<: *x}', '!!js/function "x"'],
  ...['? [complex]: key', '"unclosed', '\t- x', 'a=b', '=x', 'a.b.c=1', 'a..b=1', '__proto__=1'],
  ...['constructor.prototype.polluted=yes', '__proto__', 'toString', 'hasOwnProperty', 'constructor'],
  ...['x'.repeat(101), 'x'.repeat(256), 'x'.repeat(70_000), '😀'.repeat(100), 'é', 'e\u0301'],
  ...['\u0000', 'a\u0000b', '\u001b[31mred', '\u009b31m', '\u001b]0;title\u0007', 'two\nlines', 'tab\there'],
  ...['\u202egnp.exe', '\u2066x', '\ufeffbom', '\ud800', '\uffff', "'; drop table db_user; --", '%s%n%d'],
  ...['$(touch owned)', '../../../nowhere/at/all', '.', '*', '[', '[!a', '(a+)+$', '\\', '$[?(@.a)]'],
  ...['2024-02-30', '2024-01-01', '0000-00-00', '294277-01-01T00:00:00Z', 'infinity', '-infinity', 'epoch'],
  ...['now', '-3d', '+12h', 'P1Y', 'P10D', '36h', '10', '99999999999d', 'never', 'inherit', '1ms', '-P1M'],
  ...['me@example.org', 'a@b\r\nBcc: x@y', 'name@collection', 'bookworm@debian:suite/source:hello'],
  ...['internal@collections', 'debian@debian:environments', '1@artifacts', '9999999999@artifacts', '#5', '5'],
  ...['debian:source-package', 'debusine:test', 'worker/noop', 'noop', 'sbuild', 'update_environments'],
  ...['id,name', 'name,name', '-id', 'id', 'json', 'table', 'pending,running', '1,2,,3', '{child_type: x}'],
];

/** Names and numbers of what is in the world of the examples, so that commands come further than the first look. */
const known: Readonly<Record<Extract<Completion, string>, readonly string[]>> = {
  user: ['alice', 'alise', 'bob'],
  identity: ['https://sso.example.org:alice'],
  worker: ['saturn', 'mercury', 'celery', 'buidl1-example-org'],
  workspace: ['System', 'qa', 'filled'],
  'file-store': ['Default', 'archive'],
  collection: ['bookworm@debian:suite', 'workflow-40@debusine:workflow-internal'],
  'workflow-template': ['build-all'],
  'notification-channel': ['admin-team'],
  file: [],
  directory: [],
};
const knownNames = Object.values(known).flat();
const knownNumbers = ['1', '2', '3', '5', '7', '9', '12', '21', '40', '51', '52'];

const documents: readonly string[] = [
  ...['[', '{a: '].map((open) => open.repeat(3000)),
  `${'{a: '.repeat(500)}1${'}'.repeat(500)}`,
  'a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]',
  'a: 1\na: 2',
  '- just\n- a list',
  'target_distribution: debian:sid\narchitectures: [amd64]',
  'from: x@example.org\nto: [a@example.org]',
  'from: "x\\r\\nBcc: y"\nto: [a@example.org]',
  'a: 2024-02-30\nb: .inf\nc: 0x10\nd: 1_000\n"\\0": "\\0"\n"\\e[31m": "\\ud800"',
  '__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}',
  '%YAML 9.9\n---\na: 1',
  'a: b: c',
  '',
  'a'.repeat(64),
];

/** Files of every kind; a command may overwrite them. */
function makeFiles(directory: string): readonly string[] {
  const folder = join(directory, 'files');
  mkdirSync(join(folder, 'directory'), { recursive: true });
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const closed = file('closed', 'x');
  chmodSync(closed, 0);
  return [
    ...[join(folder, 'missing'), join(folder, 'missing', 'below'), join(folder, 'directory'), closed],
    ...[file('empty', ''), file('binary', Buffer.from([0xff, 0xfe, 0x00, 0x80]))],
    ...[file('long', 'y: z\n'.repeat(10_000)), '/dev/zero', '/dev/null', '/dev/full', '-', ''],
    ...[join(folder, 'x'.repeat(300)), join(folder, 'bad\u0000name'), join(folder, '\u001b[31m')],
    ...documents.map((text, at) => file(`data${at}.yaml`, text)),
    file('database-url', 'database_url: postgres://a:b@127.0.0.1:1/x\n'),
    file('unknown-key', 'databse_url: x\n'),
    file('bad-values', 'lock_timeout: soon\ncolor: [1]\n'),
    file('bad-times', 'statement_timeout: -1\ntime: yesterday\n'),
    file('relative-store', 'store_directory: somewhere\nupload_directory: ""\n'),
  ];
}

/** Never an empty one: a database is always configured, so that no attack makes or meets the embedded one. */
const urls: readonly string[] = [
  ...['postgres://127.0.0.1:1/x', 'postgres://user:secret@127.0.0.1:1/x', 'postgres:///x?host=/nonexistent'],
  ...['postgres://%zz@127.0.0.1:1/x', 'mysql://127.0.0.1/x', 'postgres://127.0.0.1:99999/x', '://'],
  ...['postgres://127.0.0.1:1/x?sslmode=strong', 'host=127.0.0.1 port=1', 'postgres://[::1/x', '\u0000'],
];

const variables: readonly string[] = [
  ...['DEBUSINE_ADMIN_LOCK_TIMEOUT', 'DEBUSINE_ADMIN_STATEMENT_TIMEOUT', 'DEBUSINE_ADMIN_CREATED_BY'],
  ...['DEBUSINE_DEFAULT_WORKSPACE', 'DEBUSINE_ADMIN_DEBUG', 'DEBUSINE_ADMIN_SMTP_URL'],
  ...['COLUMNS', 'LANG', 'LC_ALL', 'TERM', 'TZ', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'EDITOR', 'PGAPPNAME'],
  ...[
    'PGTARGETSESSIONATTRS',
    'PGREQUIREPEER',
    'PGCHANNELBINDING',
    'PGCONNECT_TIMEOUT',
    'PGSERVICE',
    'PGOPTIONS',
  ],
];

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...evil) },
  { weight: 3, arbitrary: fc.constantFrom(...knownNames, ...knownNumbers) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map((text) => text.replaceAll('/', '|')) },
);

/** What may stand for a value: three times in five something that could be meant. */
function valueOf(
  completes: Completion | undefined,
  syntax: string,
  files: readonly string[],
): fc.Arbitrary<string> {
  const places = fc.constantFrom(...files);
  const mostly = (sensible: readonly string[]): fc.Arbitrary<string> =>
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...sensible) }, { weight: 2, arbitrary: word });
  if (syntax.includes('--database-url')) return fc.constantFrom(...urls);
  if (syntax.includes('=FILE')) {
    return fc.oneof(
      places,
      fc
        .tuple(fc.constantFrom('a', 'a.b', '', '__proto__', '../x', '\u001b'), places)
        .map((pair) => pair.join('=')),
    );
  }
  if (completes === 'file' || completes === 'directory' || /FILE>|FILE$|DIR|PATH/.test(syntax)) return places;
  if (syntax.includes('KEY=')) {
    const keys = fc.constantFrom(
      'vendor',
      'a.b',
      'a',
      '',
      '\u0000',
      '__proto__',
      'architectures',
      'component',
    );
    return fc.tuple(keys, word).map((pair) => pair.join('='));
  }
  if (typeof completes === 'object' && completes.length > 0) return mostly(completes);
  if (typeof completes === 'string') return mostly(known[completes]);
  if (/NAME|USER|WORKER|WORKSPACE/.test(syntax)) return mostly(knownNames);
  if (/DURATION|DELAY/.test(syntax)) return mostly(['10', '36h', 'P10D', 'never', '0']);
  if (/TIME|MOMENT/.test(syntax))
    return mostly(['now', '2024-01-01', '-3d', '2024-05-01T10:00:00.000001+02:00']);
  if (/\bN\b|ID|SIZE|COUNT|PRIORITY|ARTIFACT|TARGET/.test(syntax)) return mostly(knownNumbers);
  return word;
}

/** An option with its value, as one word or as two. */
function wordsOf(option: Option<unknown>, files: readonly string[]): fc.Arbitrary<readonly string[]> {
  const name = /--[a-z0-9-]+/.exec(option.flags)?.[0] ?? option.flags;
  if (takesValue(option) === 'no') return fc.constant([name]);
  const value = valueOf(option.completes, option.flags, files);
  return fc.oneof(
    { weight: 12, arbitrary: value.map((text) => [name, text]) },
    { weight: 5, arbitrary: value.map((text) => [`${name}=${text}`]) },
    { weight: 1, arbitrary: fc.constant([name]) },
  );
}

/** The system itself keeps NUL out of arguments and environment. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');

function attackOn(name: string, command: Command, files: readonly string[]): fc.Arbitrary<Attack> {
  const own = Object.values({ ...command.options, ...outputOptions(command.output) });
  const shared = Object.values(sharedOptionsOf(command));
  const positional = fc.tuple(
    ...Object.values(command.arguments).map(({ completes, placeholder, variadic }) => {
      const one = valueOf(completes, placeholder, files);
      return fc.oneof(
        { weight: 8, arbitrary: fc.array(one, { minLength: 1, maxLength: variadic ? 3 : 1, size: 'max' }) },
        { weight: 1, arbitrary: fc.constant([]) },
      );
    }),
  );
  const oneOf = (options: readonly Option<unknown>[]): fc.Arbitrary<readonly string[]> =>
    fc.constantFrom(...options).chain((one) => wordsOf(one, files));
  const usual = ['--yes', '--dry-run', '--created-by=alice', '--workspace=System', '--json'];
  const options = [
    ...(own.length === 0 ? [] : [{ weight: 20, arbitrary: oneOf(own) }]),
    { weight: 3, arbitrary: oneOf(shared) },
    { weight: 2, arbitrary: fc.constantFrom(...usual).map((one) => [one]) },
    { weight: 1, arbitrary: word.map((one) => [one]) },
  ];
  const rarely = (arbitrary: fc.Arbitrary<Readonly<Record<string, string>>>) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary });
  return fc.record({
    words: fc
      .tuple(positional, fc.array(fc.oneof(...options), { maxLength: 4, size: 'max' }))
      .map(([first, rest]) => [...name.split(' '), ...first.flat(), ...rest.flat()].map(withoutNul)),
    stdin: fc.constantFrom(...documents, ...evil),
    env: rarely(
      fc
        .tuple(fc.constantFrom(...variables), word)
        .map(([variable, value]) => ({ [variable]: withoutNul(value) })),
    ),
    terminal: fc.boolean(),
    closedPipe: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
    answers: fc.constantFrom([], [null], ['y'], ['n'], ['\u0003'], ['\u001b[31m', 'y']),
  });
}

/** How many attacks one world has to bear; commands that succeed change it. */
const perWorld = 250;

/** So many attacks, the same number on each command and as many on none; each run of the same seed is the same. */
export async function attack(runs: number, seed: number): Promise<void> {
  const home = process.cwd();
  const scratch = mkdtempSync(join(tmpdir(), 'debusine-attack-'));
  // A relative path leads here.
  process.chdir(scratch);
  try {
    const parts = Array.from({ length: Math.ceil(runs / perWorld) }, (_, at) => at * perWorld);
    await atOnce(
      parts,
      async (first) => attackWorld({ first, count: Math.min(perWorld, runs - first), seed: seed + first }),
      3,
    );
  } finally {
    process.chdir(home);
    rmSync(scratch, { recursive: true, force: true });
  }
}

const nothingKnown: fc.Arbitrary<Attack> = fc.record<Attack>({
  words: fc.array(fc.oneof(word, fc.constantFrom(...catalog.map(({ name }) => name))), { maxLength: 4 }),
  stdin: fc.constant(''),
  env: fc.constant({}),
  terminal: fc.boolean(),
  closedPipe: fc.constant(false),
  answers: fc.constant([]),
});

/** Draws attacks number `first` and the following, and tells all that went wrong. */
async function attackWorld({
  first,
  count,
  seed,
}: {
  readonly first: number;
  readonly count: number;
  readonly seed: number;
}): Promise<void> {
  const world = await makeWorld();
  const { database, directory, env, remove } = await world.copy();
  const place = { database, env: { ...env, ...homeIn(directory) } };
  try {
    const files = makeFiles(directory);
    const digest = await digestOf(database);
    let before = await digest();
    const failures: string[] = [];
    const entries: readonly (CatalogEntry | undefined)[] = [...catalog, undefined];
    const targets = new Map<CatalogEntry | undefined, number>();
    for (let at = first; at < first + count; at += 1) {
      const entry = entries[at % entries.length];
      targets.set(entry, (targets.get(entry) ?? 0) + 1);
    }
    for (const [entry, numRuns] of shuffled([...targets], seed)) {
      const arbitrary =
        entry === undefined ? nothingKnown : attackOn(entry.name, (await entry.load()).default, files);
      for (const one of fc.sample(arbitrary, { numRuns, seed })) {
        try {
          before = await expectGoodManners(place, one, before, digest);
        } catch (error) {
          before = await digest();
          const reason = error instanceof Error ? error.message.slice(0, 1500) : String(error);
          failures.push(`${describeAttack(one)}\n  ${reason}`);
        }
      }
    }
    expect(failures.join('\n\n')).toBe('');
  } finally {
    await remove();
    await world.remove();
  }
}

/** Leads every command into the directory, and nowhere else. */
function homeIn(directory: string): Readonly<Record<string, string>> {
  const made = Object.fromEntries(
    ['home', 'bin', 'tmp'].map((name) => [name, join(directory, name)] as const),
  );
  for (const folder of Object.values(made)) mkdirSync(folder, { mode: 0o700 });
  const { home = directory, bin = directory, tmp = directory } = made;
  return {
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_STATE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    TMPDIR: tmp,
    PATH: bin,
    DEBUSINE_ADMIN_SMTP_URL: 'smtp://127.0.0.1:1',
  };
}

/** Another order for each seed: what one command leaves is what the next one finds. */
function shuffled<T>(things: readonly T[], seed: number): readonly T[] {
  const [order = []] = fc.sample(fc.shuffledSubarray([...things.keys()], { minLength: things.length }), {
    numRuns: 1,
    seed,
  });
  return order.flatMap((at) => things.slice(at, at + 1));
}

const describeAttack = ({ words, env, stdin, ...rest }: Attack): string => {
  const short = (text: string): string =>
    text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text;
  return [words.map(short), env, short(stdin), rest].map((part) => JSON.stringify(part)).join(' ');
};

/** A line that somebody can read: no control or direction characters, not endless, nothing of our insides. */
const readable = /^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]{1,3000}$/u;
const insides =
  /unexpected failure|TypeError|RangeError|\bat .+\.[jt]s:\d|\[object |Failed query|node:internal|\bNaN\b.*invalid/;

/** No attack may take longer, in milliseconds; those that wait on purpose are ended sooner, as an operator would. */
const patience = 20_000;

/**
 * Runs the attack. It must end with a status of the table, an error must be told in readable lines, and the
 * database must be what it was, unless the command succeeded.
 * @returns the digest after it
 */
async function expectGoodManners(
  { database, env }: { readonly database: TestDatabase; readonly env: Readonly<Record<string, string>> },
  one: Attack,
  before: string,
  digest: () => Promise<string>,
): Promise<string> {
  const stop = new AbortController();
  const waits = one.words.some((text) => /^--(wait|follow|timeout)/.test(text));
  const timer = setTimeout(() => stop.abort('SIGTERM'), waits ? 500 : patience);
  const outcome = await runCommand(database, one.words, {
    ...one,
    env: { ...env, ...one.env },
    signal: stop.signal,
  }).finally(() => clearTimeout(timer));
  if (!waits) expect(stop.signal.aborted, 'takes longer than is right').toBe(false);
  expectReadable(outcome, one);
  const after = await digest();
  const { ok, locked, partial } = exitCodes;
  // What was done before is kept then, and told.
  const mayChange: readonly number[] = [ok, locked, partial, 143];
  // A checking command ends with 1 when it has found something, and says so without an error.
  const isFinding = outcome.exitCode === exitCodes.failed && !/^(error: |\{"error":)/m.test(outcome.stderr);
  if (!mayChange.includes(outcome.exitCode) && !isFinding) {
    expect(after === before, `changes the database and fails: ${outcome.stderr}`).toBe(true);
  }
  return after;
}

function expectReadable({ exitCode, stderr, stdout }: Outcome, { words, env, terminal }: Attack): void {
  expect([...Object.values(exitCodes), 130, 143], `status ${exitCode}: ${stderr}`).toContain(exitCode);
  if (words.includes('--debug') || 'DEBUSINE_ADMIN_DEBUG' in env) return;
  expect(stderr).not.toMatch(insides);
  expect(Reflect.get({}, 'polluted')).toBe(undefined);
  if (terminal) return;
  const lines = stderr.split('\n');
  expect(lines.pop(), stderr).toBe('');
  for (const line of lines) expect(line).toMatch(readable);
  const errors = lines.filter((line) => /^(error: |\{"error":)/.test(line));
  expect(errors.length, stderr).toBeLessThan(12);
  // A checking command says on standard output what it found.
  if (exitCode !== 0)
    expect(errors.length + stdout.length + lines.length, `${exitCode} without a word`).toBeGreaterThan(0);
  else expect(errors, stdout).toEqual([]);
}
