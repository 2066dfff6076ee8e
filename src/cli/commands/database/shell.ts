import { argument, defineCommand, optional, several } from '../../command.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Open an SQL prompt on the same database',
  description:
    'Starts psql with the connection that all commands use. The password travels in the environment, never among the ' +
    'arguments. What stands behind -- is handed to psql.',
  arguments: { psql: optional(several(argument('PSQL-ARGUMENT', 'for psql; write -- before the first'))) },
  database: 'none',
  exitCodes: { 3: 'psql is not installed' },
  examples: [
    { what: 'One query', command: "debusine-admin database shell -- -c 'select count(*) from db_artifact'" },
  ],
  related: ['database info'],
  async run(context, { psql = [] }) {
    const { runPsql } = await import('../../database-shell.ts');
    context.setExitCode(await runPsql(context, psql));
  },
}).shownAs({ kind: 'own', columns: [] });
