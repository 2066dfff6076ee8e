/**
 * How long `expire-artifacts` takes, how much memory, and how long others wait for it, at several sizes; beside the
 * same deletions as bare SQL, and beside the original's way of one query after the other.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres, { type Sql } from 'postgres';
import { startThrowawayCluster, type ThrowawayCluster } from '../support/cluster.ts';
import type { Benchmark, Outcome, Setting } from './benchmark.ts';

/** An installed server: durable, autovacuum on, and some memory. */
const serverSettings = {
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  max_connections: '50',
  autovacuum: 'on',
  fsync: 'on',
  synchronous_commit: 'on',
};

/** Up to this size the files are on disk. */
const largestWithFiles = 10_000;

interface Measurement {
  readonly artifacts: number;
  readonly deleted: number;
  /** Seconds; of each repetition. */
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  /** MiB; of each repetition. */
  readonly memory: readonly number[];
  /** Seconds of our run beside the client. */
  readonly oursBesideClient: number;
  readonly client: Latencies;
  /** Seconds, extrapolated. */
  readonly original: number;
}

interface Latencies {
  readonly transactions: number;
  /** Refused because the artifact had gone: clean failures. */
  readonly refused: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export default {
  help: `Usage: npm run bench -- expiry [--sizes 10000,100000,1000000] [--repeat N]
  --sizes LIST   numbers of artifacts (10000,100000,1000000)
  --repeat N     how often our run and bare SQL are measured, one after the other; medians are compared (3)`,
  options: { sizes: { type: 'string' }, repeat: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

async function measure(setting: Setting): Promise<Outcome> {
  const sizes = String(setting.options['sizes'] ?? '10000,100000,1000000')
    .split(',')
    .map(Number);
  const repeat = Number(setting.options['repeat'] ?? 3);
  const cluster = await startThrowawayCluster({ settings: serverSettings });
  const home = mkdtempSync(path.join(tmpdir(), 'bench-expiry-'));
  try {
    const bench = new Bench(setting, cluster, home);
    const measured: Measurement[] = [];
    for (const size of sizes) measured.push(await bench.size(size, repeat));
    return outcome(measured);
  } finally {
    await cluster.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

class Bench {
  readonly #setting: Setting;
  readonly #cluster: ThrowawayCluster;
  readonly #home: string;

  constructor(setting: Setting, cluster: ThrowawayCluster, home: string) {
    this.#setting = setting;
    this.#cluster = cluster;
    this.#home = home;
  }

  async size(size: number, repeat: number): Promise<Measurement> {
    const { log } = this.#setting;
    const base = `bench_${size}`;
    log(`${size} artifacts: making the database`);
    await this.#make(base, size);
    const ours: number[] = [];
    const bare: number[] = [];
    const memory: number[] = [];
    let deleted = 0;
    for (let turn = 1; turn <= repeat; turn += 1) {
      const run = await this.#ours(base, size);
      ours.push(run.seconds);
      memory.push(run.memory);
      deleted = run.deleted;
      bare.push(await this.#bare(base));
      log(
        `  ${turn}: ours ${run.seconds.toFixed(2)} s, ${run.memory.toFixed(0)} MiB; bare SQL ${bare.at(-1)?.toFixed(2)} s`,
      );
    }
    const beside = await this.#ours(base, size, true);
    log(`  beside a client: ${beside.seconds.toFixed(2)} s, longest wait ${beside.client.max.toFixed(0)} ms`);
    const original = await this.#originalsWay(base, deleted);
    await this.#admin((sql) => sql.unsafe(`drop database ${base} with (force)`));
    return {
      artifacts: size,
      deleted,
      ours,
      bare,
      memory,
      oursBesideClient: beside.seconds,
      client: beside.client,
      original,
    };
  }

  #url(name: string): string {
    const { host, port, user } = this.#cluster.connection;
    return `postgres://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`;
  }

  #connect(name: string): Sql {
    const { host, port, user } = this.#cluster.connection;
    return postgres({
      host,
      port,
      user,
      database: name,
      max: 1,
      onnotice: () => undefined,
      connection: { TimeZone: 'UTC' },
    });
  }

  async #admin<T>(work: (sql: Sql) => Promise<T>, name = 'postgres'): Promise<T> {
    const sql = this.#connect(name);
    try {
      return await work(sql);
    } finally {
      await sql.end();
    }
  }

  #env(name: string): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.#home,
      LANG: 'C.UTF-8',
      DATABASE_URL: this.#url(name),
      DEBUSINE_STORE_DIRECTORY: this.#store,
      DEBUSINE_UPLOAD_DIRECTORY: path.join(this.#home, 'uploads'),
    };
  }

  get #store(): string {
    return path.join(this.#home, 'store');
  }

  async #make(name: string, size: number): Promise<void> {
    await this.#admin((sql) => sql.unsafe(`create database ${name}`));
    await this.#program(name, ['database', 'migrate']);
    await this.#admin((sql) => sql.unsafe(contents(size)).simple(), name);
    await this.#admin((sql) => sql.unsafe('vacuum analyze'), name);
  }

  /** Measures `work` on a clone of the database, after a checkpoint. */
  async #onClone<T>(base: string, work: (name: string) => Promise<T>): Promise<T> {
    const name = `${base}_clone`;
    await this.#admin(async (sql) => {
      await sql.unsafe(`create database ${name} template ${base} strategy file_copy`);
      await sql.unsafe('checkpoint');
    });
    try {
      return await work(name);
    } finally {
      await this.#admin((sql) => sql.unsafe(`drop database ${name} with (force)`));
    }
  }

  #ours(base: string, size: number, besideClient = false) {
    mkdirSync(this.#store, { recursive: true });
    if (size <= largestWithFiles) writeFiles(this.#store, 2 * size);
    return this.#onClone(base, async (name) => {
      const client = besideClient ? new Client(this.#connect(name), size) : undefined;
      const running = client?.run();
      const began = performance.now();
      const { stdout, memory } = await this.#program(name, ['expire-artifacts', '--json']);
      const seconds = (performance.now() - began) / 1000;
      client?.stop();
      await running;
      const summary = JSON.parse(stdout) as { complete: boolean; artifacts: { deleted: number } };
      if (!summary.complete) throw new Error(`the run was not complete: ${stdout}`);
      return {
        seconds,
        memory,
        deleted: summary.artifacts.deleted,
        client: client?.latencies() ?? noLatencies,
      };
    });
  }

  #bare(base: string): Promise<number> {
    const script = path.join(this.#home, 'bare.sql');
    writeFileSync(script, bareSql);
    return this.#onClone(base, async (name) => {
      const { host, port, user } = this.#cluster.connection;
      const words = [
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        host,
        '-p',
        String(port),
        '-U',
        user,
        '-d',
        name,
      ];
      const began = performance.now();
      await execute('psql', [...words, '-f', script], { PATH: process.env['PATH'] ?? '/usr/bin:/bin' });
      return (performance.now() - began) / 1000;
    });
  }

  /**
   * One statement after the other for each artifact, as the original does it; on a sample, times the number of all.
   * It leaves out what the original spends on its own side.
   */
  #originalsWay(base: string, deleted: number): Promise<number> {
    const sample = 500;
    return this.#onClone(base, (name) =>
      this.#admin(async (sql) => {
        const ids = await sql<{ id: string }[]>`
          select a.id from db_artifact a where a.expiration_delay = '1 day'
            and not exists (select 1 from db_artifactrelation l where l.target_id = a.id) order by id limit ${sample}`;
        const began = performance.now();
        await sql.begin(async (tx) => {
          for (const { id } of ids) {
            await tx`select * from db_artifact where id = ${id}`;
            await tx`select artifact_id from db_artifactrelation where target_id = ${id}`;
            await tx`select 1 from db_collectionitem where artifact_id = ${id} limit 1`;
            const parts = await tx<
              { file_id: string }[]
            >`select file_id from db_fileinartifact where artifact_id = ${id}`;
            await tx`delete from db_artifactrelation where artifact_id = ${id} or target_id = ${id}`;
            await tx`delete from db_fileinartifact where artifact_id = ${id}`;
            await tx`update db_collectionitem set removed_at = now(), artifact_id = null where artifact_id = ${id}`;
            await tx`delete from db_artifact where id = ${id}`;
            for (const { file_id: file } of parts) {
              await tx`select 1 from db_fileinartifact where file_id = ${file} limit 1`;
              await tx`delete from db_fileinstore where file_id = ${file}`;
              await tx`delete from db_file where id = ${file}`;
            }
          }
        });
        return ((performance.now() - began) / 1000 / ids.length) * deleted;
      }, name),
    );
  }

  #program(name: string, words: readonly string[]) {
    return execute(process.execPath, [this.#setting.launcher, ...words], this.#env(name));
  }
}

/** Runs a program. @returns its output, and the most memory it had, in MiB */
function execute(
  program: string,
  words: readonly string[],
  env: Record<string, string>,
): Promise<{ stdout: string; memory: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let memory = 0;
    const watch = setInterval(() => {
      try {
        const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'));
        memory = Math.max(memory, Number(found?.[1] ?? 0) / 1024);
      } catch {
        // It has ended.
      }
    }, 20);
    child.once('error', reject);
    child.once('close', (status) => {
      clearInterval(watch);
      if (status === 0) resolve({ stdout, memory });
      else reject(new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr}`));
    });
  });
}

const noLatencies: Latencies = { transactions: 0, refused: 0, p50: 0, p99: 0, max: 0 };

/** Inserts an artifact and a relation 50 times a second, every fifth one to an artifact that may be about to go. */
class Client {
  readonly #sql: Sql;
  readonly #size: number;
  readonly #times: number[] = [];
  #refused = 0;
  #isStopped = false;

  constructor(sql: Sql, size: number) {
    this.#sql = sql;
    this.#size = size;
  }

  async run(): Promise<void> {
    const began = performance.now();
    for (let turn = 0; !this.#isStopped; turn += 1) {
      const due = began + turn * 20;
      const early = due - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      const half = 1 + Math.floor(Math.random() * (this.#size / 2 - 1));
      const target = turn % 5 === 0 ? half * 2 : half * 2 - 1;
      const start = performance.now();
      await this.#insert(target);
      this.#times.push(performance.now() - start);
    }
    await this.#sql.end();
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #insert(target: number): Promise<void> {
    try {
      await this.#sql.begin(async (tx) => {
        const [made] = await tx<{ id: string }[]>`
          insert into db_artifact (category, data, created_at, workspace_id, expiration_delay)
          values ('debusine:test', '{}', now(), 1, '0') returning id`;
        await tx`insert into db_artifactrelation (artifact_id, target_id, type)
          values (${made?.id ?? 0}, ${target}, 'relates-to')`;
      });
    } catch (error) {
      if ((error as { code?: string }).code !== '23503') throw error;
      this.#refused += 1;
    }
  }

  latencies(): Latencies {
    const times = [...this.#times].sort((a, b) => a - b);
    const at = (share: number): number =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return { transactions: times.length, refused: this.#refused, p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}

function writeFiles(store: string, count: number): void {
  for (let id = 1; id <= count; id += 1) {
    const text = String(id);
    const hex = createHash('sha256').update(text).digest('hex');
    const folder = path.join(store, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6));
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${hex}-${text.length}`), text);
  }
}

/**
 * Even numbers have expired; of ten of these two are kept by a relation, two point at another one, and of a thousand
 * two form a cycle. Two files each, whose contents are their numbers. Every tenth artifact that has not expired is in
 * a collection, every fiftieth expired one in the collection of a finished workflow.
 */
const contents = (size: number): string => `
  insert into db_artifact (id, category, data, created_at, workspace_id, expiration_delay)
    select n, 'debusine:test', '{}', now() - interval '30 days' - n * interval '1 millisecond', 1,
      case when n % 2 = 0 then interval '1 day' when n % 4 = 1 then interval '0' else interval '365 days' end
    from generate_series(1, ${size}) n;
  insert into db_file (id, sha256, size)
    select n, sha256(n::text::bytea), length(n::text) from generate_series(1, ${2 * size}) n;
  insert into db_fileinstore (file_id, store_id, data)
    select n, (select id from db_filestore where name = 'Default'), '{}' from generate_series(1, ${2 * size}) n;
  insert into db_fileinartifact (artifact_id, file_id, path)
    select (n + 1) / 2, n, 'file-' || n from generate_series(1, ${2 * size}) n;
  insert into db_artifactrelation (artifact_id, target_id, type)
    select n - 1, n, 'relates-to' from generate_series(2, ${size}, 2) n where n / 2 % 5 = 0
    union all select n, n + 2, 'built-using' from generate_series(2, ${size - 10}, 2) n where n / 2 % 5 = 1
    union all select n + 2, n, 'extends' from generate_series(2, ${size - 10}, 2) n where n / 2 % 500 = 1;
  insert into db_user (id, username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    values (1000, 'bench', '!', 'bench@example.org', '', '', false, false, true, now());
  insert into db_collection (id, name, category, data, workspace_id)
    values (1000, 'suite', 'debian:suite', '{}', 1), (1001, 'done', 'debusine:workflow-internal', '{}', 1);
  insert into db_collectionitem
    (name, child_type, category, data, created_at, artifact_id, created_by_user_id, parent_collection_id)
    select 'item-' || n, 'a', 'debusine:test', '{}', now(), n, 1000, case when n % 2 = 1 then 1000 else 1001 end
    from generate_series(1, ${size}) n where n % 20 = 1 or n % 100 = 2;
  select setval('db_artifact_id_seq', ${size}), setval('db_file_id_seq', ${2 * size});
`;

/** What a database administrator would write: everything in one go, files after artifacts. */
const bareSql = `
  begin;
  create temp table expired as
    select a.id, exists (
      select 1 from db_collectionitem i join db_collection c on c.id = i.parent_collection_id
      where i.artifact_id = a.id and c.category <> 'debusine:workflow-internal') as held
    from db_artifact a join db_workspace w on w.id = a.workspace_id,
      lateral coalesce(a.expiration_delay, w.default_expiration_delay) as delay
    where delay <> interval '0' and a.created_at + delay <= now();
  create index on expired (id);
  analyze expired;
  create temp table gone as
    with recursive kept (id) as (
      select id from expired where held
      union
      select l.target_id from db_artifactrelation l
        where not exists (select 1 from expired e where e.id = l.artifact_id)
      union
      select l.target_id from kept k join db_artifactrelation l on l.artifact_id = k.id
    )
    select e.id from expired e where not exists (select 1 from kept k where k.id = e.id);
  create index on gone (id);
  analyze gone;
  delete from db_artifactrelation l using gone g where l.artifact_id = g.id;
  delete from db_artifactrelation l using gone g where l.target_id = g.id;
  delete from db_fileupload u using db_fileinartifact p, gone g where u.file_in_artifact_id = p.id and p.artifact_id = g.id;
  delete from db_fileinartifact p using gone g where p.artifact_id = g.id;
  update db_collectionitem i set removed_at = coalesce(removed_at, now()), artifact_id = null
    from gone g where i.artifact_id = g.id;
  delete from db_artifact a using gone g where a.id = g.id;
  commit;
  begin;
  create temp table unused as
    select f.id from db_file f where not exists (select 1 from db_fileinartifact p where p.file_id = f.id);
  create index on unused (id);
  analyze unused;
  delete from db_fileinstore s using unused u where s.file_id = u.id;
  delete from db_file f using unused u where f.id = u.id;
  commit;
`;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function outcome(measured: readonly Measurement[]): Outcome {
  const rows = measured.map(
    ({ artifacts, deleted, ours, bare, memory, oursBesideClient, client, original }) => ({
      artifacts,
      deleted,
      'ours s': median(ours).toFixed(2),
      'bare SQL s': median(bare).toFixed(2),
      ratio: (median(ours) / median(bare)).toFixed(2),
      'peak MiB': Math.max(...memory).toFixed(0),
      'beside client s': oursBesideClient.toFixed(2),
      'p50 ms': client.p50.toFixed(1),
      'p99 ms': client.p99.toFixed(1),
      'max ms': client.max.toFixed(0),
      'one by one s (extrapolated)': original.toFixed(0),
    }),
  );
  const limits = measured.flatMap(({ artifacts, ours, bare, memory, client }) => [
    // A small run is over before the program has started.
    ...(artifacts >= 100_000
      ? [atMost(`${artifacts}: times bare SQL`, median(ours) / median(bare), 1.5)]
      : []),
    atMost(`${artifacts}: peak MiB`, Math.max(...memory), 200),
    atMost(`${artifacts}: longest wait of the client in ms`, client.max, 250),
  ]);
  const of = (size: number) => measured.find(({ artifacts }) => artifacts === size);
  const [small, middle, large] = [of(10_000), of(100_000), of(1_000_000)];
  if (middle !== undefined && large !== undefined)
    limits.push(atMost('1M: times the time of 100k', median(large.ours) / median(middle.ours), 12));
  if (small !== undefined && large !== undefined)
    limits.push(atMost('1M: MiB more than 10k', Math.max(...large.memory) - Math.max(...small.memory), 20));
  return {
    tables: [{ title: 'expire-artifacts: medians; memory and waits are the worst', rows }],
    limits,
    measured,
  };
}

const atMost = (what: string, value: number, limit: number) => ({
  claim: `${what}: ${value.toFixed(2)}, at most ${limit}`,
  holds: value <= limit,
});
