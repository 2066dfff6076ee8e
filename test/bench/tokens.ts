/** How long a token takes, one after the other in a loop; and on the embedded database, beside a list. */
import { timed, interleaved, machine, repetitions } from './support/processes.ts';
import type { Benchmark, Outcome, Setting } from './benchmark.ts';
import { atMost, medianRows, ratio } from './support/figures.ts';
import { BenchServer, original } from './support/server.ts';

export default {
  help: `Usage: npm run bench -- tokens [--repeat N] [--original COMMAND]
  --repeat N          how many tokens are made each way (25); medians are compared
  --original COMMAND  how the original is called, to be put beside; it gets PG* variables for the same database`,
  options: { repeat: { type: 'string' }, original: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

const user = `
  insert into db_user (id, username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    values (1000, 'bench', '!', 'bench@example.org', '', '', false, false, true, now());
`;

async function measure(setting: Setting): Promise<Outcome> {
  const repeat = repetitions(setting.options['repeat'], 25);
  return BenchServer.with(setting, async (server) => {
    await server.fill(user);
    // Without an address it is the embedded database, which a shell keeps running.
    const embedded = { HOME: server.home, DEBUSINE_STORE_DIRECTORY: `${server.home}/embedded-store` };
    const onEmbedded = (name: string, words: readonly string[]) => ({
      ...server.program(name, words),
      env: embedded,
    });
    timed(onEmbedded('database init', ['database', 'init']));
    timed(onEmbedded('create-user', ['create-user', 'bench', 'bench@example.org']));
    timed(onEmbedded('database start', ['database', 'start']));
    const theirs = original(setting, 'create_token bench', server.env());
    const took = interleaved(
      [
        { name: 'node -e 0', file: process.execPath, words: ['-e', '0'] },
        server.program('create-token (server)', ['create-token', 'bench']),
        server.program('list-workers (server)', ['list-workers']),
        onEmbedded('create-token (embedded)', ['create-token', 'bench']),
        onEmbedded('list-workers (embedded)', ['list-workers']),
        ...(theirs === undefined ? [] : [theirs]),
      ],
      repeat,
    );
    timed(onEmbedded('database stop', ['database', 'stop']));
    const of = (name: string): readonly number[] => took.get(name) ?? [];
    return {
      tables: [
        {
          title: `Tokens: medians of ${repeat}`,
          rows: medianRows(took, 'node -e 0'),
        },
      ],
      limits: [
        atMost(
          'create-token (embedded), times list-workers',
          ratio(of('create-token (embedded)'), of('list-workers (embedded)')),
          1.5,
        ),
      ],
      measured: { machine, milliseconds: Object.fromEntries(took) },
    };
  });
}
