/** Finding one active item of a collection. Source: data-schemas.md 6.1 to 6.4. */
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentFilter, ItemQuery } from '../../data/collection-queries.ts';
import { ownMember } from '../../data/json.ts';
import { compareDebianVersions, isDebianVersion } from '../../data/debian-versions.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { type CollectionItem, collectionItems } from '../../schema/collection-items.ts';
import { isActive } from '../collection-items.ts';

/** The condition that a member of the per-item data, as text, is this; null: absent or null. */
function has(key: string, value: string | null): SQL {
  const found = sql`${collectionItems.data} ->> ${key}::text`;
  return value === null ? sql`(${found}) is null` : sql`(${found}) = ${value}::text`;
}

function fits({ format, codename, architecture, variant }: EnvironmentFilter): readonly (SQL | undefined)[] {
  return [
    format === undefined ? undefined : eq(collectionItems.category, `debian:system-${format}`),
    codename === undefined ? undefined : has('codename', codename),
    architecture === undefined ? undefined : has('architecture', architecture),
    variant === undefined ? undefined : has('variant', variant),
  ];
}

function isArtifactOf(category: string): SQL | undefined {
  return and(eq(collectionItems.childType, 'a'), eq(collectionItems.category, category));
}

/** The conditions of a query, without those every item must meet. */
function conditions(query: ItemQuery): readonly (SQL | undefined)[] {
  switch (query.kind) {
    case 'name':
      return [eq(collectionItems.name, query.name)];
    case 'environment':
      return [eq(collectionItems.childType, 'a'), ...fits(query.filter)];
    case 'source':
      return [isArtifactOf('debian:source-package'), has('package', query.name)];
    case 'source-version':
      return [
        isArtifactOf('debian:source-package'),
        has('package', query.name),
        has('version', query.version),
      ];
    case 'binary':
      return [
        isArtifactOf('debian:binary-package'),
        has('package', query.name),
        has('architecture', query.architecture),
      ];
    case 'binary-version':
      return [
        isArtifactOf('debian:binary-package'),
        has('package', query.name),
        has('version', query.version),
        has('architecture', query.architecture),
      ];
    case 'latest':
      return [
        isArtifactOf('debian:lintian'),
        has('package', query.name),
        has('architecture', query.architecture),
      ];
    case 'version':
      return [
        isArtifactOf('debian:lintian'),
        has('package', query.name),
        has('version', query.version),
        has('architecture', query.architecture),
      ];
  }
}

/** The version in the per-item data; undefined for one that cannot be compared. */
function versionOf({ data }: CollectionItem): string | undefined {
  const version = ownMember(data, 'version');
  return typeof version === 'string' && isDebianVersion(version) ? version : undefined;
}

/** The first of the items of the highest version; what has no version comes last. */
function highest(items: readonly CollectionItem[]): CollectionItem | null {
  let best: CollectionItem | null = null;
  let bestVersion: string | undefined;
  for (const item of items) {
    const version = versionOf(item);
    const wins =
      best === null ||
      (version !== undefined &&
        (bestVersion === undefined || compareDebianVersions(version, bestVersion) > 0));
    if (!wins) continue;
    best = item;
    bestVersion = version;
  }
  return best;
}

/**
 * The item of the collection that a query finds; null if there is none. Of several, `source` and `binary` take
 * the highest Debian version, all others the newest item.
 */
export async function findItem(
  db: Db,
  parent: Id<'Collection'>,
  query: ItemQuery,
): Promise<CollectionItem | null> {
  const newestFirst = db
    .select()
    .from(collectionItems)
    .where(and(eq(collectionItems.parentCollectionId, parent), isActive, ...conditions(query)))
    .orderBy(desc(collectionItems.createdAt), desc(collectionItems.id));
  if (query.kind === 'source' || query.kind === 'binary') return highest(await newestFirst);
  const [newest] = await newestFirst.limit(1);
  return newest ?? null;
}
