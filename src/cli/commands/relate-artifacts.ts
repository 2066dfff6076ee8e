import { argument, defineCommand, flag, several } from '../command.ts';
import { UsageError } from '../../errors.ts';
import { idRange, integerIn } from '../values/integer.ts';

const number = integerIn(idRange);

export default defineCommand({
  group: 'Artifacts',
  summary: 'Say that one artifact needs another',
  description:
    'Says that ARTIFACT depends on each TARGET: a target is kept as long as the artifact is. The other direction ' +
    'keeps nothing.',
  arguments: {
    artifact: argument('ARTIFACT', 'number of the artifact that needs the others', number),
    type: argument('TYPE', 'extends, relates-to or built-using', {
      completes: ['extends', 'relates-to', 'built-using'],
    }),
    targets: several(argument('TARGET', 'number of an artifact that is needed', number)),
  },
  options: { dryRun: flag('--dry-run', 'check everything and change nothing') },
  database: 'write',
  exitCodes: { 2: 'unknown type', 3: 'unknown artifact', 4: 'an artifact cannot be related to itself here' },
  examples: [
    { what: 'The build log of a package', command: 'debusine-admin relate-artifacts 12 relates-to 9' },
  ],
  related: ['create-artifact', 'expire-artifacts'],
  async run({ db, warn }, input) {
    const relations = await import('../../models/artifact-relations.ts');
    const { type } = input;
    if (!relations.isRelationType(type)) {
      throw new UsageError(`relation type "${type}" is not known`, {
        hint: 'extends, relates-to or built-using',
      });
    }
    const { relations: made, circular } = await relations.relate(db, {
      artifactId: input.artifact as never,
      type,
      targetIds: input.targets as never,
    });
    if (circular.length > 0)
      await warn(`artifact ${circular.join(', ')} needs artifact ${input.artifact} in turn`);
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
