/** How long lists take that are as long as they get, how much memory, and when the first line is there. */
import type { Benchmark, Outcome, Setting } from './benchmark.ts';
import { atMost, ratio } from './support/figures.ts';
import { interleaved, machine, median, repetitions, streamed, type Stream } from './support/processes.ts';
import { BenchServer, original } from './support/server.ts';
import { workRequests } from './support/work-requests.ts';

export default {
  help: `Usage: npm run bench -- lists [--repeat N] [--size N] [--original COMMAND]
  --repeat N          how often each list is read (15); medians are compared, of memory the most counts
  --size N            work requests in the database (1000000)
  --original COMMAND  how the original is called, to be put beside; it gets PG* variables for the same database`,
  options: { repeat: { type: 'string' }, size: { type: 'string' }, original: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

/** The same rows, in the same order, with the same columns. */
const rowsQuery = `
  select r.id, r.task_type, r.task_name, s.name as workspace, w.name as worker, u.username as created_by,
    r.created_at, r.started_at, r.completed_at,
    extract(epoch from r.completed_at - r.started_at)::double precision as duration_seconds, r.status, r.result,
    r.priority_base, r.priority_adjustment, r.priority_base + r.priority_adjustment as priority_effective,
    r.parent_id as parent, r.unblock_strategy, r.internal_collection_id as internal_collection
  from db_workrequest r join db_workspace s on s.id = r.workspace_id join db_user u on u.id = r.created_by_id
    left join db_worker w on w.id = r.worker_id
  order by r.created_at desc, r.id`;

/** The machine for which the limit of a table is said: what `node -e 0` takes there, in milliseconds. */
const nodeOfLimitMs = 70;
const tableRows = 100_000;

async function measure(setting: Setting): Promise<Outcome> {
  const repeat = repetitions(setting.options['repeat'], 15);
  const size = Number(setting.options['size'] ?? 1_000_000);
  return BenchServer.with(setting, async (server) => {
    setting.log(`lists: making ${size} work requests`);
    await server.fill(workRequests(size));
    const theirs = original(setting, 'list_work_requests', server.env());
    const programs = [
      server.copy('psql copy', rowsQuery),
      server.program('--jsonl', ['list-work-requests', '--jsonl']),
      server.program(`table of ${tableRows} in a pipe`, ['list-work-requests', '--limit', String(tableRows)]),
      ...(theirs === undefined ? [] : [theirs]),
    ];
    const found = new Map(programs.map(({ name }) => [name, [] as Stream[]]));
    for (let turn = 0; turn < repeat; turn += 1) {
      for (const program of programs) {
        const run = await streamed(program);
        found.get(program.name)?.push(run);
        setting.log(`  ${turn + 1}: ${program.name} ${run.seconds.toFixed(2)} s`);
      }
    }
    const node = { name: 'node -e 0', file: process.execPath, words: ['-e', '0'] };
    const nodeMs = interleaved([node], Math.max(repeat, 15)).get(node.name) ?? [];
    const of = (name: string, what: keyof Stream): readonly number[] =>
      (found.get(name) ?? []).map((run) => run[what]);
    const table = `table of ${tableRows} in a pipe`;
    const tableLimit = (2.5 * median(nodeMs)) / nodeOfLimitMs;
    return {
      tables: [
        {
          title: `Lists of ${size} work requests: medians of ${repeat}; memory is the most`,
          rows: programs.map(({ name }) => ({
            program: name,
            s: median(of(name, 'seconds')).toFixed(2),
            'x psql copy': ratio(of(name, 'seconds'), of('psql copy', 'seconds')).toFixed(2),
            'first ms': median(of(name, 'firstMs')).toFixed(0),
            'peak MB': ((Math.max(...of(name, 'memory')) * 2 ** 20) / 1e6).toFixed(0),
            'output MB': (median(of(name, 'bytes')) / 1e6).toFixed(0),
          })),
        },
      ],
      limits: [
        atMost('--jsonl, times psql copy', ratio(of('--jsonl', 'seconds'), of('psql copy', 'seconds')), 2.5),
        atMost('--jsonl, peak MB', (Math.max(...of('--jsonl', 'memory')) * 2 ** 20) / 1e6, 130),
        atMost('--jsonl, ms until the first line', median(of('--jsonl', 'firstMs')), 300),
        {
          claim: `${table}: ${median(of(table, 'seconds')).toFixed(2)} s, at most ${tableLimit.toFixed(2)} s, which is 2.5 s where node -e 0 takes ${nodeOfLimitMs} ms`,
          holds: median(of(table, 'seconds')) <= tableLimit,
        },
      ],
      measured: { machine, nodeMs, runs: Object.fromEntries(found) },
    };
  });
}
