/** How long it takes until the program has said what it was asked for, beside Node that does nothing. */
import { spawnSync } from 'node:child_process';
import type { Benchmark, Limit, Outcome, Setting, Table } from './benchmark.ts';
import { atMost, ms, ratio, times } from './support/figures.ts';
import { interleaved, machine, type Program, repetitions } from './support/processes.ts';
import { BenchServer, original, type Route } from './support/server.ts';

export default {
  help: `Usage: npm run bench -- start-up [--repeat N] [--node PATHS] [--original COMMAND]
  --repeat N          how often each program is run (25); the medians are compared
  --node PATHS        other Nodes to measure with as well, separated by commas
  --original COMMAND  how the original is called, to be put beside; it gets PG* variables for the same database`,
  options: { repeat: { type: 'string' }, node: { type: 'string' }, original: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

const routes: readonly Route[] = ['socket', 'tcp'];

/** What list-workers asks the server for, without the rest of the record. */
const workersQuery = `
  select w.id, w.name, w.internal, w.registered_at, w.connected_at, t.enabled, w.concurrency, w.token_id, t.hash,
    coalesce(load.running, 0) as running, coalesce(load.pending, 0) as pending
  from db_worker w left join db_token t on t.id = w.token_id
  left join (select r.worker_id, count(*) filter (where r.status = 'running') as running,
      count(*) filter (where r.status = 'pending') as pending
    from db_workrequest r where r.worker_id is not null and r.status in ('pending', 'running')
    group by r.worker_id) load on load.worker_id = w.id
  order by w.registered_at, w.id`;

async function measure(setting: Setting): Promise<Outcome> {
  const repeat = repetitions(setting.options['repeat'], 25);
  const others = String(setting.options['node'] ?? '')
    .split(',')
    .filter((file) => file !== '');
  return BenchServer.with(setting, async (server) => {
    await server.fill(tenWorkers);
    const tables: Table[] = [];
    const limits: Limit[] = [];
    const measured: Record<string, unknown> = {};
    for (const node of [process.execPath, ...others]) {
      const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
      const version = stdout.trim();
      setting.log(`start-up on Node ${version}`);
      const took = interleaved(await programs(setting, server, node), repeat);
      const of = (name: string): readonly number[] => took.get(name) ?? [];
      const nothing = of(nodeAlone);
      tables.push({
        title: `Start-up on Node ${version}: medians of ${repeat}`,
        rows: [...took].map(([name, spent]) => {
          const route = routes.find((word) => name.endsWith(`(${word})`));
          return {
            program: name,
            ms: ms(spent),
            'x node -e 0': times(ratio(spent, nothing)),
            'x postgres.js': route === undefined ? '' : times(ratio(spent, of(bareName(route)))),
          };
        }),
      });
      limits.push(
        atMost(`${version} --version, times node -e 0`, ratio(of('--version'), nothing), 1.2),
        atMost(`${version} --help, times node -e 0`, ratio(of('--help'), nothing), 1.6),
        ...routes.flatMap((route) => [
          atMost(
            `${version} list-workers (${route}), times postgres.js`,
            ratio(of(`list-workers (${route})`), of(bareName(route))),
            1.25,
          ),
          atMost(
            `${version} list-workers --json (${route}), times node -e 0`,
            ratio(of(`list-workers --json (${route})`), nothing),
            3,
          ),
        ]),
      );
      measured[version] = Object.fromEntries(took);
    }
    return { tables, limits, measured: { machine, milliseconds: measured } };
  });
}

const nodeAlone = 'node -e 0';
const bareName = (route: Route): string => `postgres.js alone (${route})`;

async function programs(setting: Setting, server: BenchServer, node: string): Promise<readonly Program[]> {
  const found: Program[] = [
    { name: nodeAlone, file: node, words: ['-e', '0'] },
    server.program('--version', ['--version'], 'socket', node),
    server.program('--help', ['--help'], 'socket', node),
    server.program('complete static words', ['__complete', 'fish', 'list-w'], 'socket', node),
    {
      name: 'psql (socket)',
      file: 'psql',
      words: ['-X', '-A', '-t', '-c', workersQuery],
      env: server.env(),
    },
  ];
  for (const route of routes) {
    found.push(
      await server.bare(bareName(route), workersQuery, route, node),
      server.program(`list-workers (${route})`, ['list-workers'], route, node),
      server.program(`list-workers --json (${route})`, ['list-workers', '--json'], route, node),
    );
  }
  const theirs = original(setting, 'list_workers', server.env());
  return theirs === undefined ? found : [...found, theirs];
}

const tenWorkers = `
  insert into db_token (id, hash, created_at, comment, enabled)
    select n, encode(sha256(n::text::bytea), 'hex'), now(), 'worker ' || n, n % 3 > 0 from generate_series(1, 10) n;
  insert into db_worker (name, registered_at, connected_at, static_metadata, dynamic_metadata, internal, token_id, concurrency)
    select 'worker-' || n || '-example-org', now() - n * interval '1 hour', now(), '{}', '{}', false, n, 1
    from generate_series(1, 10) n;
`;
