import { defineCommand, option } from '../../command.ts';
import { parseDuration } from '../../values/duration.ts';
import { embeddedColumns } from '../../views/embedded.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Stop the embedded database',
  description: 'Stops the server of the embedded database when nobody uses it any more.',
  options: {
    timeout: option('--timeout <DURATION>', 'how long to wait for open connections', parseDuration, {
      default: '10s',
    }),
  },
  database: 'none',
  exitCodes: { 4: 'another database is configured', 6: 'it is still in use' },
  examples: [{ what: 'After a series of commands', command: 'debusine-admin database stop' }],
  related: ['database info', 'database init', 'database start', 'database stop', 'database status'],
  async run(context, input) {
    const { stop } = await import('../../embedded.ts');
    return stop(context, (input.timeout ?? 10) * 1000);
  },
}).shownAs({
  kind: 'change',
  columns: embeddedColumns,
  note: ({ changed }) =>
    changed ? 'stopped the embedded database' : 'the embedded database was not running',
});
