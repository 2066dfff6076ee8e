import { defineCommand, flag, options, shown } from '../../command.ts';
import { checkList, diagnoses } from '../../views/doctor.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Find what will go wrong, and say how to mend it',
  description:
    'Looks at everything a cron job needs: connection, rights, schema, directories, disk space, clocks, transactions ' +
    'that would block expiry, and data that will cause trouble. Each check ends in ok, warning or error, with a hint. ' +
    'Reads only; works without a database too.',
  options: {
    only: options('--only <CHECK>', 'only this check'),
    skip: options('--skip <CHECK>', 'not this check'),
    for: options('--for <COMMAND>', 'look at the rights for this command; default: for all'),
    strict: flag('--strict', 'warnings end with 1 too'),
    listChecks: flag('--list-checks', 'print the names of all checks'),
  },
  exclusive: [['only', 'skip']],
  database: 'none',
  exitCodes: { 0: 'no errors', 1: 'errors, or with --strict warnings' },
  examples: [
    { what: 'What the checks are called', command: 'debusine-admin database doctor --list-checks' },
    {
      what: 'In a monitor',
      command: 'debusine-admin database doctor --strict --json --only connection --only clock',
    },
    {
      what: 'Before a cron job gets a role of its own',
      command: 'debusine-admin database doctor --only rights --for expire-artifacts',
    },
  ],
  related: ['database check', 'database info', 'check'],
  async run(context, input) {
    const { chosenChecks, tellDiagnoses, doctor, hasFailed, knownChecks, knownCommands } =
      await import('../../doctor.ts');
    const chosen = chosenChecks(input.only, input.skip);
    if (input.listChecks) {
      return shown(
        checkList,
        knownChecks.map(({ name, description }) => ({ name, description })),
      );
    }
    const found = await doctor(context, chosen, knownCommands(input.for));
    if (hasFailed(found, input.strict)) context.setExitCode(1);
    await tellDiagnoses(context, found);
    return shown(diagnoses, found);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [diagnoses as never, checkList as never] });
