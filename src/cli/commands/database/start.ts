import { defineCommand } from '../../command.ts';

import { embeddedColumns } from '../../views/embedded.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Keep the embedded database running',
  description:
    'Keeps the server of the embedded database running until database stop; commands are quicker then.',
  database: 'none',
  exitCodes: { 4: 'another database is configured', 5: 'it has not been made' },
  examples: [{ what: 'Before a series of commands', command: 'debusine-admin database start' }],
  related: ['database info', 'database init', 'database start', 'database stop', 'database status'],
  async run(context) {
    const { start } = await import('../../embedded.ts');
    return start(context);
  },
}).shownAs({
  kind: 'change',
  columns: embeddedColumns,
  note: ({ pid }) => `the embedded database runs as process ${pid ?? '-'}`,
});
