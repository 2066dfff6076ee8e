/**
 * Every example of the help, and a world in which each of them works: the names, numbers and files that the examples
 * name are there. Whatever has to hold for all commands is tried with these.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql, type SQL } from 'drizzle-orm';
import { catalog, type CatalogEntry } from '../../src/cli/catalog.ts';
import type { Command } from '../../src/cli/command.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { type Outcome, runCommand, type Surroundings } from './run-command.ts';

export interface Example {
  readonly entry: CatalogEntry;
  readonly command: Command;
  /** As it stands in the help. */
  readonly line: string;
  /** Without the name of the program, and without what a shell would do with the output. */
  readonly words: readonly string[];
}

/** A copy of the world. */
export interface Copy {
  readonly database: TestDatabase;
  /** Where its files are, with the store in `store`. */
  readonly directory: string;
  /** Leads every command to the store of this copy. */
  readonly env: Readonly<Record<string, string>>;
  /** The words, with their files in the directory of this copy. */
  localized(words: readonly string[]): readonly string[];
  remove(): Promise<void>;
}

/** A copy of the world, for one example. */
export interface Place extends Copy {
  readonly example: Example;
  /** Words of the example, with its files in the directory of this place. */
  readonly words: readonly string[];
  /** How the example is called: with the store of this place, and a person who says yes. */
  readonly surroundings: Required<Pick<Surroundings, 'env' | 'answers' | 'terminal'>>;
}

/** These are about a server of their own, and refuse to work where a database is configured. */
const aboutEmbedded = ['database init', 'database start', 'database status', 'database stop'];

/** The examples of all commands that work on a configured database, in the order of their names. */
export async function allExamples(): Promise<readonly Example[]> {
  const found = await Promise.all(
    catalog
      .filter(({ name }) => !aboutEmbedded.includes(name))
      .map(async (entry) => {
        const { default: command } = await entry.load();
        return command.examples.map(({ command: line }) => ({ entry, command, line, words: wordsOf(line) }));
      }),
  );
  return found.flat();
}

/** As a shell splits them; nothing more of a shell is used in examples. */
function wordsOf(line: string): readonly string[] {
  const [before = ''] = line.split(/ [|>] /);
  const words = [...before.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/['"]/g, ''),
  );
  return words.slice(1);
}

/** Files that examples read, with their text; the keys belong to tokens of the world. */
const files: Readonly<Record<string, string>> = {
  'build.log': 'dpkg-buildpackage: info: source package hello\n',
  'noop.yaml': 'result: true\n',
  'data.yaml': 'architectures: [amd64]\n',
  'metadata.yaml': 'tasks_denylist: [lintian]\n',
  'bookworm.yaml': 'archive_root_url: https://deb.example.org/debian\nsuite: bookworm\ncomponents: [main]\n',
  'new-password': 'quite-a-long-pass-phrase-7\n',
};

/** What an example needs besides the world, or what is in its way there. */
const preparations: Readonly<Record<string, readonly SQL[]>> = {
  'create-workflow-template': [sql`delete from db_workflowtemplate where name = 'build-all'`],
  'create-notification-channel': [sql`delete from db_notificationchannel where name = 'admin-team'`],
  'create-collection': [
    sql`delete from db_collectionitemmatchconstraint`,
    sql`delete from db_collectionitem where parent_collection_id in (select id from db_collection where name = 'bookworm')`,
    sql`delete from db_collection where name = 'bookworm'`,
  ],
  'create-file-store': [sql`delete from db_filestore where name = 'archive'`],
  'create-workspace': [sql`delete from db_workspace where name = 'qa'`],
  'create-user': [
    sql`update db_user set username = 'alice.old', email = 'old@example.org' where username = 'alice'`,
  ],
  // Otherwise there would be nothing to expire.
  'expire-artifacts': [
    sql`update db_artifact set created_at = now() - interval '1 day', expiration_delay = '1 s' where id = 5`,
  ],
  'manage-work-request unblock': [
    sql`update db_workrequest set status = 'blocked', unblock_strategy = 'manual', worker_id = null where id = 51`,
    sql`update db_workrequest set status = 'running', started_at = now() where id = 40`,
  ],
  'manage-work-request unassign': [
    sql`update db_workrequest set status = 'running', started_at = now() where id = 51`,
  ],
};

/** A world that is made once and copied. */
export interface World {
  copy(): Promise<Copy>;
  /** A copy with the preparations of that example. */
  placeFor(example: Example): Promise<Place>;
  remove(): Promise<void>;
}

export async function makeWorld(): Promise<World> {
  const directory = mkdtempSync(path.join(tmpdir(), 'world-'));
  const database = await createTestDatabase();
  await populate(database, directory);
  await database.disconnect();
  const known = new Set([...Object.keys(files), 'ci.key', 'worker.key', 'out']);
  const copy = async (): Promise<Copy> => {
    const own = mkdtempSync(path.join(tmpdir(), 'place-'));
    cpSync(directory, own, { recursive: true });
    const clone = await createTestDatabase(database);
    return {
      database: clone,
      directory: own,
      env: environment(own),
      localized: (words) =>
        words.map((word) =>
          known.has(word) ? path.join(own, word) : word.replace('/srv', path.join(own, 'srv')),
        ),
      async remove() {
        await clone.close();
        rmSync(own, { recursive: true, force: true });
      },
    };
  };
  return {
    copy,
    async placeFor(example) {
      const place = await copy();
      for (const statement of preparations[example.entry.name] ?? []) {
        await place.database.db.execute(statement);
      }
      const isNew = example.words.indexOf('--output') + 1;
      const output = isNew > 0 ? example.words[isNew] : undefined;
      if (output !== undefined) rmSync(path.join(place.directory, output), { force: true });
      return {
        ...place,
        example,
        words: place.localized(example.words),
        surroundings: {
          env: { ...place.env, EDITOR: 'true' },
          terminal: example.command.ask !== undefined || example.entry.name === 'edit-worker-metadata',
          answers: ['y', 'y'],
        },
      };
    },
    async remove() {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const environment = (directory: string): Readonly<Record<string, string>> => ({
  DEBUSINE_STORE_DIRECTORY: path.join(directory, 'store'),
  DEBUSINE_UPLOAD_DIRECTORY: path.join(directory, 'uploads'),
  // Where the embedded database would be, for the commands that are about it.
  XDG_DATA_HOME: path.join(directory, 'data'),
  XDG_STATE_HOME: path.join(directory, 'state'),
});

async function populate(database: TestDatabase, directory: string): Promise<void> {
  for (const name of ['store', 'uploads', 'srv/debusine'])
    mkdirSync(path.join(directory, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  const { db } = database;
  const run = async (...words: readonly string[]): Promise<Outcome> => {
    const outcome = await runCommand(database, words, { env: environment(directory) });
    if (outcome.exitCode !== 0) throw new Error(`${words.join(' ')}: ${outcome.exitCode} ${outcome.stderr}`);
    return outcome;
  };
  /** Lets the next row have that number. */
  const next = (table: string, id: number): Promise<unknown> =>
    db.execute(sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${id}, false)`);
  const put = (name: string, text: string): string => {
    writeFileSync(path.join(directory, name), text, { mode: 0o600 });
    return path.join(directory, name);
  };

  const archive = { base_directory: path.join(directory, 'srv') };
  await db.execute(sql`insert into db_filestore (name, backend, configuration)
    values ('archive', 'Local', ${JSON.stringify(archive)}::jsonb)`);
  for (const name of ['alice', 'alise', 'bob']) {
    await run('create-user', name, `${name}@example.org`, '--no-password');
  }
  await run('manage-user', 'disable', 'bob');
  await db.execute(sql`insert into db_identity (id, issuer, subject, last_used, claims)
    values (7, 'https://sso.example.org', 'alice', now(), '{}')`);
  await next('db_token', 7);
  put('ci.key', (await run('create-token', 'alice', '--comment', 'CI')).stdout);
  await run('create-token', 'alice', '--comment', 'old', '--disabled');
  for (const name of ['saturn', 'mercury', 'buidl1-example-org']) {
    const { stdout } = await run('create-worker', name.replaceAll('-', '.'), '--enable');
    if (name === 'saturn') put('worker.key', /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '');
  }
  await db.execute(sql`update db_worker set connected_at = now() where name in ('saturn', 'mercury')`);

  const made = ['--created-by', 'alice'];
  await run('create-workspace', 'qa');
  await run('create-workflow-template', 'build-all', 'sbuild', ...template(put));
  await run(
    ...['create-notification-channel', 'admin-team', 'email'],
    ...['--set', 'from=debusine@example.org', '--set', 'to=[team@example.org]'],
  );
  await run('create-collection', 'bookworm', 'debian:suite');
  const source = async (id: number, version: string): Promise<void> => {
    const stem = id === 12 ? 'hello' : `hello_${version}`;
    const sources = `sources of hello ${version}`;
    const tar = put(`${stem}.tar.xz`, sources);
    const digest = (algorithm: string): string =>
      ` ${createHash(algorithm).update(sources).digest('hex')} ${sources.length} ${stem}.tar.xz`;
    const dsc = put(
      `${stem}.dsc`,
      [
        ...[
          'Format: 3.0 (native)',
          'Source: hello',
          'Binary: hello',
          'Architecture: any',
          `Version: ${version}`,
        ],
        ...['Checksums-Sha256:', digest('sha256'), 'Files:', digest('md5'), ''],
      ].join('\n'),
    );
    const fields = { Package: 'hello', Source: 'hello', Version: version, Architecture: 'any' };
    const data = { name: 'hello', version, type: 'dpkg', dsc_fields: fields };
    const file = put(`${stem}.yaml`, JSON.stringify(data));
    await next('db_artifact', id);
    await run('create-artifact', 'debian:source-package', dsc, tar, '--data', file, ...made);
  };
  await source(5, '2.10-2');
  await source(9, '2.10-3');
  await source(12, '2.10-4');
  const component = ['--variable', 'component=main', '--variable', 'section=devel'];
  await run('add-collection-item', 'bookworm@debian:suite', '--artifact', '9', ...component, ...made);
  await run('create-workspace', 'filled');
  const log = ['debusine:work-request-debug-logs', path.join(directory, 'build.log')];
  await run('create-artifact', ...log, '--workspace', 'filled', ...made);
  await run('create-work-request', 'worker', 'noop', '--workspace', 'filled', ...made);
  await run('relate-artifacts', '5', 'relates-to', '9');

  for (const id of [12, 40]) {
    await next('db_workrequest', id);
    await run('create-workflow', 'build-all', ...made, '--set', 'architectures=[amd64, arm64]');
  }
  await next('db_workrequest', 51);
  for (let count = 0; count < 2; count += 1) await run('create-work-request', 'worker', 'noop', ...made);
  await db.execute(sql`
    update db_workrequest set parent_id = 40, worker_id = (select id from db_worker where name = 'saturn')
    where id = 51`);
}

/** What build-all needs besides the architectures, which examples give. */
function template(put: (name: string, text: string) => string): readonly string[] {
  const data = {
    input: { source_artifact_id: 5 },
    target_distribution: 'debian:bookworm',
    architectures: ['amd64'],
  };
  return ['--data', put('template.yaml', JSON.stringify(data))];
}

/** Runs the example in its place. @param reached the database by another way, such as another role */
export function runExample(
  { database, words, surroundings }: Place,
  reached: Pick<TestDatabase, 'url'> = database,
): Promise<Outcome> {
  return runCommand(reached, words, surroundings);
}
