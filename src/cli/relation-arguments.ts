/** Which artifact needs which, as arguments of a command line. Source: cli.md 8.7 (relate-, unrelate-artifacts). */
import type { RelationType } from '../models/artifact-relations.ts';
import { argument, several } from './command.ts';
import type { Context } from './context.ts';
import { artifactNamed, artifactsNamed } from './looked-up.ts';
import { oneOf } from './values/one-of.ts';

const types = {
  extends: 'extends',
  'relates-to': 'relates-to',
  'built-using': 'built-using',
} as const satisfies Record<RelationType, RelationType>;

export const relationArguments = {
  artifact: argument(
    'ARTIFACT',
    'the artifact that needs the others: its number, or a lookup that ends in it',
  ),
  type: argument('TYPE', 'extends, relates-to or built-using', oneOf<RelationType>(types), {
    completes: Object.keys(types),
  }),
  targets: several(argument('TARGET', 'an artifact that is needed')),
};

/** The artifacts that the arguments name. */
export async function relationSet(
  context: Context,
  {
    artifact,
    type,
    targets,
  }: { readonly artifact: string; readonly type: RelationType; readonly targets: readonly string[] },
) {
  return {
    artifactId: await artifactNamed(context, artifact, 'ARTIFACT'),
    type,
    targetIds: await artifactsNamed(context, targets, 'TARGET'),
  };
}
