/** Artifacts as they are named on the command line. Source: ARTIFACT in cli.md 7.1. */
import type { Context } from './context.ts';
import { idOf } from './values/integer.ts';

const parseId = idOf<'Artifact'>();

/**
 * The number of an artifact: `123`, `123@artifacts`, or a lookup that ends in an artifact. Whether a numbered one
 * exists, the caller finds out.
 * @param what how the value is called in a message
 * @throws LookupError, UsageError
 */
export async function artifactNamed(
  { db, now }: Context,
  text: string,
  what: string,
): Promise<ReturnType<typeof parseId>> {
  const number = /^(-?\d+)(?:@artifacts)?$/.exec(text)?.[1];
  if (number !== undefined) return parseId(number, { what, now, position: 0 });
  const { namedArtifact } = await import('../models/lookups.ts');
  return (await namedArtifact(db, text)).id;
}

/** As artifactNamed, for several. */
export async function artifactsNamed(
  context: Context,
  texts: readonly string[],
  what: string,
): Promise<readonly ReturnType<typeof parseId>[]> {
  const ids: ReturnType<typeof parseId>[] = [];
  for (const text of texts) ids.push(await artifactNamed(context, text, what));
  return ids;
}
