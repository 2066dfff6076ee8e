import { isMachineFormat } from '../../../output/format.ts';
import { defineCommand, flag, shown } from '../../command.ts';
import { schemaDifferences, schemaReport } from '../../views/schema-check.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Compare the schema with the one this release needs',
  description:
    'Compares tables, columns, constraints, indexes and extensions of the database with those of this level, by ' +
    'definition and not by name alone, and says what is missing, different or extra. Reads only.',
  options: { ignoreExtra: flag('--ignore-extra', 'say nothing of what this level does not have') },
  database: 'raw',
  exitCodes: { 1: 'something is missing or different', 5: 'there is no schema' },
  examples: [
    { what: 'After a restore', command: 'debusine-admin database check' },
    { what: 'In a monitor', command: 'debusine-admin database check --json --ignore-extra' },
  ],
  related: ['database info', 'database migrate', 'database doctor', 'check'],
  async run(context, { ignoreExtra }) {
    const { checkSchema } = await import('../../../models/schema-check.ts');
    const found = await checkSchema(context.db);
    const report = ignoreExtra ? { ...found, extra: [] } : found;
    if (!report.ok) context.setExitCode(1);
    const { level, ok, drift, extra } = report;
    await context.note(
      ok
        ? `schema equals level ${level ?? '-'}${extra.length > 0 ? `; ${extra.length} objects are extra` : ''}`
        : `${drift.length} objects are missing or different, ${extra.length} are extra`,
    );
    return isMachineFormat(context.output.format)
      ? shown(schemaReport, report)
      : shown(schemaDifferences, [...drift, ...extra]);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [schemaReport as never, schemaDifferences as never] });
