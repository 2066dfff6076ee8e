import { defineCommand, flag } from '../command.ts';
import { diagnosisColumns } from '../views/doctor.ts';

export default defineCommand({
  group: 'Maintenance',
  summary: 'Look for everything that is wrong: schema, surroundings, data',
  description:
    'Makes the checks of database check and database doctor in one run. With --data it also reads all rows and looks ' +
    'for what must never be: references that point at nothing, statuses without their times, workflows without their ' +
    'collection, two active items of one name, files of local stores that are missing or have another size. Reads only.',
  options: {
    data: flag('--data', 'look at all data too, and at the files of local stores; takes its time'),
    strict: flag('--strict', 'warnings end with 1 too'),
  },
  database: 'none',
  exitCodes: { 0: 'no errors', 1: 'errors, or with --strict warnings' },
  examples: [
    { what: 'After an upgrade of the server', command: 'debusine-admin check' },
    { what: 'After a restore', command: 'debusine-admin check --data --json' },
  ],
  related: ['database check', 'database doctor', 'vacuum-storage'],
  async run(context, { data, strict }) {
    const { checkAll, tellDiagnoses, hasFailed } = await import('../doctor.ts');
    const found = await checkAll(context, data);
    if (hasFailed(found, strict)) context.setExitCode(1);
    await tellDiagnoses(context, found);
    return found;
  },
}).shownAs({ kind: 'records', columns: diagnosisColumns, things: 'lines' });
