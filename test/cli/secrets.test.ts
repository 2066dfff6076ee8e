/**
 * Searches everything that commands leave behind for the keys and passwords they handle: both streams, files, the
 * list of processes, and the log of a server that writes down every statement with its parameters. Source: cli.md 5.6.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startThrowawayCluster, type ThrowawayCluster } from '../support/cluster.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));

/** Everything that must not be found, by what it is. */
const secrets = new Map<string, string>();

function secret(what: string, text = randomBytes(16).toString('hex')): string {
  secrets.set(what, text);
  return text;
}

/** The secrets in a text, by name. */
const found = (text: string): readonly string[] =>
  [...secrets].filter(([, value]) => text.includes(value)).map(([what]) => what);

let cluster: ThrowawayCluster;
let admin: Sql;
let mail: MailServer;
let home: string;
let inputs: string;
const outcomes: { readonly words: string; readonly code: number; readonly stderr: string }[] = [];

beforeAll(async () => {
  [home, inputs] = [mkdtempSync(join(tmpdir(), 'secrets-home-')), mkdtempSync(join(tmpdir(), 'secrets-in-'))];
  mail = await startMailServer({ login: true, answers: { AUTH: '535 no' } });
  cluster = await startThrowawayCluster({
    settings: {
      fsync: 'off',
      logging_collector: 'on',
      log_directory: 'log',
      log_statement: 'all',
      log_parameter_max_length: '-1',
      log_parameter_max_length_on_error: '-1',
      log_min_messages: 'debug1',
    },
  });
  const { host, port, user } = cluster.connection;
  admin = postgres({ host, port, user, database: 'postgres', max: 1, onnotice: () => undefined });
  // A role that needs a password, and has one that nobody writes down here.
  await admin`create role locked login`;
  const [file] = await admin`select current_setting('hba_file') as path`;
  writeFileSync(String(file?.['path']), 'local all locked scram-sha-256\nlocal all all trust\n');
  await admin`select pg_reload_conf()`;
  expect(await start(['database', 'migrate']).ended).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await admin.end();
  await cluster.stop();
  await mail.stop();
  for (const directory of [home, inputs]) rmSync(directory, { recursive: true, force: true });
});

const url = (more = ''): string => {
  const { host, port, user } = cluster.connection;
  return `postgres://${user}@/postgres?host=${host}&port=${port}${more}`;
};

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** The command line in a process of its own, with directories of its own. */
function start(words: readonly string[], { env, stdin = '' }: Given = {}) {
  const child = spawn(process.execPath, [launcher, ...words], {
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: home,
      ...Object.fromEntries(
        ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((name) => [`XDG_${name}_HOME`, join(home, name)]),
      ),
      TMPDIR: home,
      ...(env ?? { DATABASE_URL: url() }),
    },
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (written[name] += text));
  child.stdin.on('error', () => undefined).end(stdin);
  const ended = new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => {
      outcomes.push({ words: words.join(' '), code: code ?? -1, stderr: written.stderr });
      resolve({ code: code ?? -1, ...written });
    }),
  );
  return { pid: child.pid ?? 0, ended };
}

/** Runs it with --debug and --verbose, which say the most. @returns standard output, once standard error was found to be clean */
async function run(words: readonly string[], status: number, given: Given = {}): Promise<string> {
  const { code, stdout, stderr } = await start([...words, '--debug', '--verbose'], given).ended;
  expect([words, code, code === status ? '' : stderr]).toEqual([words, status, '']);
  expect([words, found(stderr)]).toEqual([words, []]);
  return stdout;
}

/** A file with a secret, outside of what is searched. */
function fileWith(text: string, mode = 0o600): string {
  const file = join(inputs, randomBytes(8).toString('hex'));
  writeFileSync(file, `${text}\n`, { mode });
  return file;
}

/** What the server has logged so far. */
async function log(): Promise<string> {
  const marker = `marker-${randomBytes(8).toString('hex')}`;
  await admin.unsafe(`select '${marker}'`);
  const directory = join(cluster.connection.host, 'data', 'log');
  return vi.waitFor(
    () => {
      const text = readdirSync(directory)
        .map((name) => readFileSync(join(directory, name), 'utf8'))
        .join('');
      expect(text).toContain(marker);
      return text;
    },
    { interval: 10 },
  );
}

describe('a generated secret stands once on standard output, and nowhere else', () => {
  test.for([
    [['create-user', 'alice', 'alice@example.org']],
    [['create-token', 'alice', '--comment', 'for CI']],
    [['create-token', 'alice', '--json']],
    [['create-worker', 'one.example.org']],
    [['manage-user', 'set-password', 'alice', '--generate']],
  ])('%j', async ([words = []]) => {
    const stdout = await run(words, 0);
    const text = words.includes('--json') ? (JSON.parse(stdout) as { token: string }).token : stdout.trim();
    expect(text).toMatch(/^\S{12,}$/);
    expect(stdout.split(text)).toHaveLength(2);
    secret(words.join(' '), text);
    expect(outcomes.flatMap(({ stderr }) => found(stderr))).toEqual([]);
  });

  test('with --output it stands in that file alone, which is private', async () => {
    const file = join(inputs, 'token');
    expect(await run(['create-token', 'alice', '--output', file], 0)).toBe('');
    secret('--output', readFileSync(file, 'utf8').trim());
  });

  test('while the command waits for the database, neither ps nor the server can tell it', async () => {
    await admin`begin`;
    await admin`lock table db_token in exclusive mode`;
    const running = start(['create-token', 'alice']);
    let seen = '';
    try {
      await vi.waitFor(
        async () => {
          // Within a transaction the first look would last.
          await admin`select pg_stat_clear_snapshot()`;
          const waiting = await admin`
            select query, application_name from pg_stat_activity where wait_event_type = 'Lock'`;
          expect(waiting.length).toBe(1);
          seen = JSON.stringify(waiting);
        },
        { interval: 10, timeout: 4000 },
      );
      seen += execFileSync('ps', ['-e', '-ww', '-o', 'pid,args'], { encoding: 'utf8' });
    } finally {
      await admin`rollback`;
    }
    const { code, stdout } = await running.ended;
    expect([code, seen]).toEqual([0, expect.stringMatching(new RegExp(`^\\s*${running.pid} `, 'm'))]);
    secret('while waiting', stdout.trim());
    expect(found(seen)).toEqual([]);
  });
});

describe('a secret that is given is repeated nowhere', () => {
  const nowhere = async (words: readonly string[], status: number, given?: Given): Promise<void> => {
    expect([words, found(await run(words, status, given))]).toEqual([words, []]);
  };

  test('keys of tokens in files and on standard input', async () => {
    const key = (await run(['create-token', 'alice'], 0)).trim();
    secret('a key', key);
    const file = fileWith(key);
    await nowhere(['check-token', '--token-file', file], 0);
    await nowhere(['check-token', '--token-file', '-', '--json'], 0, { stdin: `${key}\n` });
    await nowhere(['manage-token', 'disable', '--token-file', file], 0);
    await nowhere(['list-tokens', '--json'], 0);
    await nowhere(['delete-tokens', '--token-file', file, '--yes'], 0);
    await nowhere(['check-token', '--token-file', file], 3);
  });

  test('a key that nobody knows, or that is none', async () => {
    await nowhere(['check-token', '--token-file', fileWith(secret('unknown key'))], 3);
    await nowhere(['check-token', '--token-file', fileWith(`${secret('short key').slice(0, 30)} ?`)], 3);
  });

  test('the key of a worker', async () => {
    const file = fileWith(secret('key of a worker', randomBytes(32).toString('hex')));
    await nowhere(['create-worker', 'two.example.org', '--token-file', file], 0);
    await nowhere(['manage-worker', 'disable', '--token-file', file], 0);
    await nowhere(['manage-worker', 'enable', '--token-file', file, '--json'], 0);
  });

  test('a password in a file', async () => {
    const file = fileWith(secret('password'));
    await nowhere(['create-user', 'bob', 'bob@example.org', '--password-file', file], 0);
    await nowhere(['create-user', 'bob', 'other@example.org', '--password-file', file], 4);
    await nowhere(['manage-user', 'set-password', 'bob', '--password-file', file], 0);
    await nowhere(['manage-user', 'set-password', 'nobody', '--password-file', file], 3);
    await nowhere(['list-users', '--json'], 0);
  });

  test('a password that the policy refuses', async () => {
    const refused = secret('refused password', '8140237596104');
    await nowhere(['create-user', 'carol', 'c@example.org', '--password-file', fileWith(refused)], 3);
  });

  test('the password of the database, which is wrong', async () => {
    const password = secret('password of the database');
    const { host, port } = cluster.connection;
    const place = { PGHOST: host, PGPORT: String(port), PGUSER: 'locked', PGDATABASE: 'postgres' };
    const service = fileWith(
      `[it]\nhost=${host}\nport=${port}\nuser=locked\ndbname=postgres\npassword=${password}`,
    );
    const config = fileWith(
      `database_url: "postgres://locked:${password}@/postgres?host=${host}&port=${port}"`,
    );
    const environments: readonly Readonly<Record<string, string>>[] = [
      { DATABASE_URL: url().replace('postgres@', `locked:${password}@`) },
      { ...place, PGPASSWORD: password },
      { ...place, PGPASSFILE: fileWith(`*:*:*:*:${password}`) },
      { PGSERVICEFILE: service, PGSERVICE: 'it' },
      { DEBUSINE_ADMIN_CONFIG: config },
      { DATABASE_URL_FILE: fileWith(url().replace('postgres@', `locked:${password}@`)) },
    ];
    for (const env of environments) await nowhere(['list-users', '--json'], 5, { env });
    for (const name of ['info', 'doctor']) {
      const words = ['database', name, '--debug', '--json'];
      const { stdout, stderr } = await start(words, { env: environments[0] ?? {} }).ended;
      expect([name, found(stdout + stderr)]).toEqual([name, []]);
      expect(stdout).toContain('locked');
    }
    // Where an URL cannot be read nobody knows which part of it is the password.
    await nowhere(['list-users'], 3, { env: { DATABASE_URL: `postgres://locked:${password}@[/x` } });
    const words = ['list-users', '--database-url', `postgres://locked:${password}@127.0.0.1/x`];
    await nowhere(words, 2);
  });

  test('the password of the mail server, which refuses it', async () => {
    const password = secret('password of the mail server');
    const file = fileWith('from: debusine@example.org\nto: [alice@example.org]\n');
    await run(['create-notification-channel', 'mail', 'email', '--data', file], 0);
    secret('what the mail server is told', Buffer.from(`\0mailer\0${password}`).toString('base64'));
    const address = mail.url.replace('smtp://', `smtp://mailer:${password}@`);
    const env = { DATABASE_URL: url(), DEBUSINE_ADMIN_SMTP_URL: address };
    const { code, stdout, stderr } = await start(['test-notification-channel', 'mail', '--debug'], { env })
      .ended;
    expect(code).not.toBe(0);
    expect([found(stdout + stderr), stderr]).toEqual([[], expect.stringContaining('error: ')]);
    expect(mail.heard.join('\n')).toContain('AUTH');
    const info = await start(['database', 'info', '--json', '--debug'], { env }).ended;
    expect([found(info.stdout + info.stderr), info.stdout]).toEqual([[], expect.stringContaining('mailer')]);
  });
});

describe('afterwards', () => {
  test('the log of the server holds the statements and the hashes of keys, but no key and no password', async () => {
    const text = await log();
    const key = secrets.get('key of a worker') ?? '';
    expect(text).toContain(createHash('sha256').update(key).digest('hex'));
    expect(text).toContain('pbkdf2_sha256$');
    expect(found(text)).toEqual([]);
  });

  test('nothing below the home directory holds a secret', () => {
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    expect(found(texts.join('\n'))).toEqual([]);
  });

  test('everything was searched for', () => {
    expect(secrets.size).toBeGreaterThan(12);
    expect(found([...secrets.values()].join('\n'))).toHaveLength(secrets.size);
    expect(outcomes.length).toBeGreaterThan(35);
  });
});
