import { defineCommand } from '../command.ts';
import { dryRunOption, ifExistsOption } from '../confirm.ts';
import { relationArguments, relationSet } from '../relation-arguments.ts';

export default defineCommand({
  group: 'Artifacts',
  summary: 'Say that one artifact no longer needs another',
  description:
    'Takes relations away: ARTIFACT no longer depends on each TARGET, which is then not kept on its account. All or none.',
  arguments: relationArguments,
  options: { ...ifExistsOption, ...dryRunOption },
  database: 'write',
  exitCodes: { 2: 'unknown type', 3: 'unknown artifact, or no such relation' },
  examples: [
    { what: 'No longer needed', command: 'debusine-admin unrelate-artifacts 12 relates-to 9 --if-exists' },
  ],
  related: ['relate-artifacts', 'show-artifact', 'expire-artifacts'],
  async run(context, input) {
    const relations = await import('../../models/artifact-relations.ts');
    const gone = await relations.unrelate(context.db, await relationSet(context, input), {
      ifExists: input.ifExists,
    });
    return gone.map(({ id, artifactId, type, targetId }) => ({
      id,
      artifact: artifactId,
      type,
      target: targetId,
      was_created: false,
      changed: true,
    }));
  },
}).shownAs({
  kind: 'changes',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number that the relation had' },
    {
      key: 'artifact',
      label: 'Artifact',
      type: 'integer',
      description: 'the artifact that needed the other',
    },
    { key: 'type', label: 'Type', type: 'text', description: 'in which way' },
    { key: 'target', label: 'Target', type: 'integer', description: 'the artifact that was needed' },
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'always false' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'always true' },
  ],
  note: (gone, did) =>
    gone.length === 0
      ? 'unchanged: there was none'
      : `${did('removed', 'remove')} ${gone.map(({ artifact, type, target }) => `${artifact} ${type} ${target}`).join(', ')}`,
});
