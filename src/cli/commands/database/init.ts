import { defineCommand } from '../../command.ts';

import { embeddedColumns } from '../../views/embedded.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Make the embedded database',
  description:
    'Makes the embedded PostgreSQL and its schema. Without another database configured, all commands use it.',
  database: 'none',
  exitCodes: { 4: 'another database is configured' },
  examples: [{ what: 'For trying the tool out', command: 'debusine-admin database init' }],
  related: ['database info', 'database init', 'database start', 'database stop', 'database status'],
  async run(context) {
    const { init } = await import('../../embedded.ts');
    return init(context);
  },
}).shownAs({
  kind: 'change',
  columns: embeddedColumns,
  note: ({ changed, data_directory: data }) =>
    changed ? `made the embedded database in ${data}` : `the embedded database is in ${data}`,
});
