import { defineCommand } from '../command.ts';
import { dryRunOption } from '../confirm.ts';
import { relationArguments, relationSet } from '../relation-arguments.ts';

export default defineCommand({
  group: 'Artifacts',
  summary: 'Say that one artifact needs another',
  description:
    'Says that ARTIFACT depends on each TARGET: a target is kept as long as the artifact is. The other direction ' +
    'keeps nothing.',
  arguments: relationArguments,
  options: dryRunOption,
  database: 'write',
  exitCodes: { 2: 'unknown type', 3: 'unknown artifact', 4: 'an artifact cannot be related to itself here' },
  examples: [
    { what: 'The build log of a package', command: 'debusine-admin relate-artifacts 12 relates-to 9' },
  ],
  related: ['unrelate-artifacts', 'show-artifact', 'expire-artifacts'],
  async run(context, input) {
    const relations = await import('../../models/artifact-relations.ts');
    const given = await relationSet(context, input);
    const { relations: made, circular } = await relations.relate(context.db, given);
    if (circular.length > 0)
      await context.warn(`artifact ${circular.join(', ')} needs artifact ${given.artifactId} in turn`);
    return made.map(({ relation, wasCreated }) => ({
      id: relation.id,
      artifact: relation.artifactId,
      type: relation.type,
      target: relation.targetId,
      was_created: wasCreated,
      changed: wasCreated,
    }));
  },
}).shownAs({
  kind: 'changes',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the relation' },
    { key: 'artifact', label: 'Artifact', type: 'integer', description: 'the artifact that needs the other' },
    { key: 'type', label: 'Type', type: 'text', description: 'in which way' },
    { key: 'target', label: 'Target', type: 'integer', description: 'the artifact that is needed' },
    { key: 'was_created', label: 'Created', type: 'boolean', description: 'false when it was there already' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  note: (made) =>
    made
      .map(
        ({ artifact, type, target }) => `artifact ${artifact} ${type} ${target}: ${target} is kept as long`,
      )
      .join('; '),
});
