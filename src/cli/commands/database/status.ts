import { defineCommand } from '../../command.ts';

import { embeddedColumns } from '../../views/embedded.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Tell whether the embedded database runs',
  description: 'Tells whether the embedded database has been made and whether its server runs.',
  database: 'none',
  exitCodes: { 0: 'running', 4: 'not running' },
  examples: [{ what: 'In a script', command: 'debusine-admin database status' }],
  related: ['database info', 'database init', 'database start', 'database stop', 'database status'],
  async run(context) {
    const { status } = await import('../../embedded.ts');
    const found = await status(context);
    if (!found.running) context.setExitCode(4);
    return found;
  },
}).shownAs({ kind: 'details', columns: embeddedColumns });
