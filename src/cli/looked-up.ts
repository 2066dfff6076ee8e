/** Artifacts and collections as they are named on the command line. Source: ARTIFACT and COLLECTION in cli.md 7.1. */
import type { Collection } from '../models/collections.ts';
import type { Context } from './context.ts';
import { idOf } from './values/integer.ts';
import { workspaceFor } from './workspace-option.ts';

const parseArtifactId = idOf<'Artifact'>();
const parseCollectionId = idOf<'Collection'>();

/**
 * The number of an artifact: `123`, `123@artifacts`, or a lookup that ends in an artifact. Whether a numbered one
 * exists, the caller finds out.
 * @param what how the value is called in a message
 * @throws LookupError, UsageError
 */
export async function artifactNamed(
  context: Context,
  text: string,
  what: string,
): Promise<ReturnType<typeof parseArtifactId>> {
  const number = /^(\d+)(?:@artifacts)?$/.exec(text)?.[1] ?? (text.includes('@') ? undefined : text);
  if (number !== undefined) {
    return parseArtifactId(number, { what, now: context.now, position: 0 });
  }
  const [{ lookupSingle }, workspace] = await Promise.all([
    import('../models/lookups.ts'),
    workspaceFor(context, undefined),
  ]);
  const found = await lookupSingle(context.db, text, { workspaceId: workspace.id, expectType: 'artifact' });
  return found.artifact.id;
}

/** As artifactNamed, for several. */
export async function artifactsNamed(
  context: Context,
  texts: readonly string[],
  what: string,
): Promise<readonly ReturnType<typeof parseArtifactId>[]> {
  const ids: ReturnType<typeof parseArtifactId>[] = [];
  for (const text of texts) ids.push(await artifactNamed(context, text, what));
  return ids;
}

/**
 * The number of a collection: `NAME@CATEGORY`, `12@collections`, `12`, or a lookup that ends in a collection.
 * @throws NotFoundError, LookupError, UsageError
 */
export async function collectionNamed(
  context: Context,
  text: string,
  what: string,
): Promise<Collection['id']> {
  const { db } = context;
  const number = /^(\d+)(?:@collections)?$/.exec(text)?.[1] ?? (text.includes('@') ? undefined : text);
  if (number !== undefined) return parseCollectionId(number, { what, now: context.now, position: 0 });
  const at = text.indexOf('@');
  if (!text.includes('/')) {
    const [collections, { nameNotFound }] = await Promise.all([
      import('../models/collections.ts'),
      import('../models/names.ts'),
    ]);
    const found = await collections.find(db, { name: text.slice(0, at), category: text.slice(at + 1) });
    if (found === undefined) throw nameNotFound('collection', text);
    return found.id;
  }
  const [{ lookupSingle }, workspace] = await Promise.all([
    import('../models/lookups.ts'),
    workspaceFor(context, undefined),
  ]);
  const found = await lookupSingle(db, text, { workspaceId: workspace.id, expectType: 'collection' });
  return found.collection.id;
}
