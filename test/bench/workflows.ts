/** How long a workflow takes to be made, beside a list on the same server. */
import { interleaved, machine, repetitions, timed } from './support/processes.ts';
import type { Benchmark, Outcome, Setting } from './benchmark.ts';
import { atMost, medianRows, ratio } from './support/figures.ts';
import { BenchServer, original } from './support/server.ts';

export default {
  help: `Usage: npm run bench -- workflows [--repeat N] [--original COMMAND]
  --repeat N          how many workflows are made (25); medians are compared
  --original COMMAND  how the original is called, to be put beside; it gets PG* variables for the same database`,
  options: { repeat: { type: 'string' }, original: { type: 'string' } },
  run: measure,
} satisfies Benchmark;

const user = `
  insert into db_user (id, username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    values (1000, 'bench', '!', 'bench@example.org', '', '', false, false, true, now());
`;

/** A change takes round trips that a list does not, and checks data with libraries that a list does without. */
const limit = 3;

async function measure(setting: Setting): Promise<Outcome> {
  const repeat = repetitions(setting.options['repeat'], 25);
  return BenchServer.with(setting, async (server) => {
    await server.fill(user);
    timed(
      server.program('create-workflow-template', [
        'create-workflow-template',
        'images',
        'update_environments',
      ]),
    );
    const data = [
      '--set',
      'vendor=debian',
      '--set',
      'targets=[{codenames: bookworm, architectures: [amd64]}]',
    ];
    const theirs = original(setting, 'create_workflow --created-by bench images', server.env());
    const took = interleaved(
      [
        { name: 'node -e 0', file: process.execPath, words: ['-e', '0'] },
        server.program('list-workers', ['list-workers']),
        server.program('create-workflow', ['create-workflow', 'images', '--created-by', 'bench', ...data]),
        ...(theirs === undefined ? [] : [theirs]),
      ],
      repeat,
    );
    const of = (name: string): readonly number[] => took.get(name) ?? [];
    return {
      tables: [
        {
          title: `Workflows: medians of ${repeat}`,
          rows: medianRows(took, 'node -e 0', 'list-workers'),
        },
      ],
      limits: [
        atMost(
          'create-workflow, times list-workers',
          ratio(of('create-workflow'), of('list-workers')),
          limit,
        ),
      ],
      measured: { machine, milliseconds: Object.fromEntries(took) },
    };
  });
}
