import type { LevelStep, Migration } from '../../../models/migrations.ts';
import { isMachineFormat } from '../../../output/format.ts';
import { defineCommand, flag, type Output, shown } from '../../command.ts';

const migrated: Output<Migration> = {
  kind: 'change',
  columns: [
    {
      key: 'from',
      label: 'From',
      type: 'text',
      nullable: true,
      description: 'level before; null when empty',
    },
    { key: 'to', label: 'To', type: 'text', description: 'level of this release' },
    { key: 'applied', label: 'Applied', type: 'list', description: 'steps carried out, or open' },
    { key: 'adopted', label: 'Adopted', type: 'boolean', description: 'the original made this database' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  data: ({ applied, changed }) => (!changed && applied.length > 0 ? applied.join('\n') : undefined),
  note: ({ to, applied, adopted, changed }) => {
    if (changed)
      return adopted ? `adopted the database at level db ${to}` : `created the schema of level db ${to}`;
    return applied.length > 0 ? `${applied.length} steps are open` : `the database is at level db ${to}`;
  },
};

const steps: Output<readonly LevelStep[]> = {
  kind: 'records',
  things: 'steps',
  columns: [
    { key: 'name', label: 'Step', type: 'text', description: 'name of the migration' },
    { key: 'applied', label: 'Applied', type: 'boolean', description: 'whether this database has it' },
  ],
};

/** As the original lists its migrations. */
const stepText = (found: readonly LevelStep[]): string =>
  ['db', ...found.map(({ name, applied }) => ` [${applied ? 'X' : ' '}] ${name}`)]
    .map((line) => `${line}\n`)
    .join('');

export default defineCommand({
  group: 'Database',
  summary: 'Bring an empty database to the level this release needs',
  description:
    'Creates the whole schema in an empty database, or adopts one that the original has migrated to exactly db 0041. ' +
    'Any other level is refused, and nothing is ever undone.',
  options: {
    plan: flag('--plan', 'print the steps and change nothing'),
    steps: flag('--steps', 'print every step of the app db: [X] applied, [ ] open'),
    check: flag('--check', 'change nothing; exit with 1 when steps are open'),
  },
  exclusive: [['plan', 'check', 'steps']],
  database: 'raw',
  exitCodes: {
    1: '--check found open steps',
    4: 'tables without a migration history',
    5: 'the database is at another level',
    6: 'another migration is running',
  },
  examples: [{ what: 'Make the schema', command: 'debusine-admin database migrate' }],
  related: ['database info'],
  async run({ db, output, host, setExitCode }, input) {
    const { levelSteps, migrate } = await import('../../../models/migrations.ts');
    if (input.steps) {
      const found = await levelSteps(db);
      if (isMachineFormat(output.format)) return shown(steps, found);
      await host.stdout.write(stepText(found));
      return shown({ kind: 'own', columns: [] }, undefined);
    }
    const migration = await migrate(db, { dryRun: input.plan || input.check });
    if (input.check && migration.applied.length > 0) setExitCode(1);
    return shown(migrated, migration);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [migrated as never, steps as never] });
