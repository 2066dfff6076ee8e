/** How long it takes to find what waits to be run among a million work requests, beside the bare driver. */
import { sql as statement } from 'drizzle-orm';
import { all } from '../../src/db/listing.ts';
import { transaction } from '../../src/db/transaction.ts';
import { pending } from '../../src/models/work-requests/queue.ts';
import type { Benchmark, Outcome, Setting } from './benchmark.ts';
import { atMost, ms, ratio, times } from './support/figures.ts';
import { machine, repetitions } from './support/processes.ts';
import { BenchServer } from './support/server.ts';
import { workRequests } from './support/work-requests.ts';

export default {
  help: `Usage: npm run bench -- queue [--repeat N] [--size N]
  --repeat N  how often the queue is asked for (25); medians are compared
  --size N    work requests in the database, a tenth of them pending (1000000)`,
  options: { repeat: { type: 'string' }, size: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

/** How many of the queue are asked for. */
const pages = [1, 100, 1000];

/** How much longer than the bare driver: a transaction, its settings, and records instead of rows. */
const limit = 3;

async function measure(setting: Setting): Promise<Outcome> {
  const repeat = repetitions(setting.options['repeat'], 25);
  const size = Number(setting.options['size'] ?? 1_000_000);
  return BenchServer.with(setting, async (server) => {
    setting.log(`queue: making ${size} work requests`);
    await server.fill(workRequests(size));
    const spent = new Map<string, number[]>();
    const time = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      const began = performance.now();
      await work();
      const list = spent.get(name) ?? [];
      spent.set(name, [...list, performance.now() - began]);
    };
    const plans = await server.connected(async (sql, db) => {
      for (let turn = 0; turn < repeat; turn += 1) {
        for (const count of pages) {
          await time(`pending(), first ${count}`, () =>
            transaction(db, (tx) => all(pending(tx, {}, { limit: count })), { readOnly: true }),
          );
          await time(`bare, first ${count}`, () =>
            sql.unsafe(`select * from db_workrequest where status = 'pending'
              order by (priority_base + priority_adjustment) desc, created_at, id limit ${count}`),
          );
        }
      }
      return db.execute<{ 'QUERY PLAN': string }>(statement`explain (costs off)
        select * from db_workrequest r where r.status = 'pending'
        order by (r.priority_base + r.priority_adjustment) desc, r.created_at, r.id limit 100`);
    });
    const of = (name: string): readonly number[] => spent.get(name) ?? [];
    return {
      tables: [
        {
          title: `The queue of ${size} work requests: medians of ${repeat}`,
          rows: pages.map((count) => ({
            asked: `first ${count}`,
            'pending() ms': ms(of(`pending(), first ${count}`)),
            'bare ms': ms(of(`bare, first ${count}`)),
            ratio: times(ratio(of(`pending(), first ${count}`), of(`bare, first ${count}`))),
          })),
        },
      ],
      limits: [
        atMost(
          'pending(), first 100, times the bare driver',
          ratio(of('pending(), first 100'), of('bare, first 100')),
          limit,
        ),
        {
          claim: 'the queue is read by db_workrequest_pending_idx',
          holds: plans.some((row) => row['QUERY PLAN'].includes('db_workrequest_pending_idx')),
        },
      ],
      measured: { machine, milliseconds: Object.fromEntries(spent) },
    };
  });
}
