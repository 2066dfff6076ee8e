import { describe, expect } from 'vitest';
import type { ExpectedType } from '../../src/data/enumerations.ts';
import type { Db } from '../../src/db/database.ts';
import { LookupError } from '../../src/errors.ts';
import { lookupSingle } from '../../src/models/lookups.ts';
import type { Artifact } from '../../src/schema/artifacts.ts';
import type { Collection } from '../../src/schema/collections.ts';
import type { WorkRequest } from '../../src/schema/work-requests.ts';
import { readVectorFile } from '../data/vectors.ts';
import { test } from '../support/database.ts';
import {
  aCollection,
  anArtifact,
  anItem,
  aWorkRequest,
  aWorkspace,
  systemWorkspace,
} from '../support/factories.ts';

interface Vectors {
  readonly world: {
    readonly collections: readonly {
      readonly key: string;
      readonly name: string;
      readonly category: string;
      readonly items: readonly {
        readonly name: string;
        readonly artifact: string;
        readonly source?: readonly [string, string];
      }[];
    }[];
    readonly loose_artifacts: readonly string[];
  };
  readonly cases: readonly {
    readonly id: number;
    readonly lookup: string | number | { readonly id_of: string };
    readonly expect_type: ExpectedType;
    readonly default_category: string | null;
    readonly in_workflow: boolean;
    readonly expected?: {
      readonly result_type: string;
      readonly artifact: string | null;
      readonly collection: string | null;
    };
    readonly error?: string;
  }[];
}

interface World {
  readonly artifacts: ReadonlyMap<string, Artifact>;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly workflow: WorkRequest;
}

const { world: described, cases } = readVectorFile<Vectors>('lookup-strings');

async function buildWorld(db: Db): Promise<World> {
  const artifacts = new Map<string, Artifact>();
  const collections = new Map<string, Collection>();
  let workflow: WorkRequest | undefined;
  for (const { key, name, category, items } of described.collections) {
    const collection = await aCollection(db, { name: name === 'INTERNAL' ? 'workflow-1' : name, category });
    collections.set(key, collection);
    if (name === 'INTERNAL') {
      workflow = await aWorkRequest(db, { taskType: 'Workflow', internalCollectionId: collection.id });
    }
    for (const { name: itemName, artifact: handle, source } of items) {
      const artifact = await anArtifact(
        db,
        source === undefined ? {} : { category: 'debian:source-package' },
      );
      artifacts.set(handle, artifact);
      const data = source === undefined ? {} : { package: source[0], version: source[1] };
      await anItem(db, collection, artifact, { name: itemName, data });
    }
  }
  for (const handle of described.loose_artifacts) artifacts.set(handle, await anArtifact(db));
  if (workflow === undefined) throw new Error('the world has no workflow');
  return { artifacts, collections, workflow };
}

function idOf({ artifacts, collections }: World, handle: string): number {
  const id = artifacts.get(handle)?.id ?? collections.get(handle)?.id;
  if (id === undefined) throw new Error(`the world has no ${handle}`);
  return id;
}

function written(world: World, lookup: Vectors['cases'][number]['lookup']): string | number {
  if (typeof lookup === 'number') return lookup;
  if (typeof lookup === 'object') return idOf(world, lookup.id_of);
  return lookup.replaceAll(/\{id:([^}]+)\}/g, (_, handle: string) => String(idOf(world, handle)));
}

describe('a single lookup', () => {
  test('finds what the known answers say, and refuses what they refuse', async ({ db }) => {
    const world = await buildWorld(db);
    const handles = new Map<unknown, string>();
    for (const [handle, { id }] of world.artifacts) handles.set(`artifact ${id}`, handle);
    for (const [handle, { id }] of world.collections) handles.set(`collection ${id}`, handle);
    const { id: workspaceId } = await systemWorkspace(db);
    const answers = [];
    for (const given of cases) {
      const answer = await lookupSingle(db, written(world, given.lookup), {
        workspaceId,
        workflowRootId: given.in_workflow ? world.workflow.id : null,
        expectType: given.expect_type,
        defaultCategory: given.default_category,
      }).then(
        ({ type, artifact, collection }) => ({
          expected: {
            result_type: type,
            artifact: handles.get(`artifact ${artifact?.id}`) ?? null,
            collection: handles.get(`collection ${collection?.id}`) ?? null,
          },
        }),
        (error: unknown) => {
          if (error instanceof LookupError) return { error: error.kind };
          throw error;
        },
      );
      answers.push({ id: given.id, ...answer });
    }
    expect(answers).toHaveLength(42);
    expect(answers).toEqual(
      cases.map(({ id, expected, error }) => (error === undefined ? { id, expected } : { id, error })),
    );
  });

  test('gives the item when it went through a collection, and none otherwise', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);
    const artifact = await anArtifact(db);
    const collection = await aCollection(db);
    const item = await anItem(db, collection, artifact, { name: 'one' });
    const through = await lookupSingle(db, `${collection.id}@collections/one`, { workspaceId });
    expect(through).toEqual({ type: 'artifact', artifact, item });
    const direct = await lookupSingle(db, artifact.id, { workspaceId, expectType: 'artifact' });
    expect(direct).toEqual({ type: 'artifact', artifact });
  });

  test('finds a bare item as such', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);
    const collection = await aCollection(db);
    const item = await anItem(db, collection, await anArtifact(db), {
      name: 'mark',
      childType: 'b',
      artifactId: null,
    });
    const lookup = `${collection.id}@collections/mark`;
    await expect(lookupSingle(db, lookup, { workspaceId, expectType: 'bare' })).resolves.toEqual({
      type: 'bare',
      item,
    });
  });

  test('goes on through a collection that a collection holds', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);
    const [outer, inner, artifact] = [await aCollection(db), await aCollection(db), await anArtifact(db)];
    await anItem(db, outer, artifact, {
      name: 'inner',
      childType: 'c',
      artifactId: null,
      collectionId: inner.id,
    });
    await anItem(db, inner, artifact, { name: 'one' });
    const found = await lookupSingle(db, `${outer.id}@collections/inner/one`, { workspaceId });
    expect(found.artifact).toEqual(artifact);
  });

  test('sees its own workspace and public ones, and nothing else', async ({ db }) => {
    const own = await aWorkspace(db);
    const open = await aWorkspace(db, { public: true });
    const hidden = await aWorkspace(db);
    const outcomes = [];
    for (const { id } of [own, open, hidden]) {
      const artifact = await anArtifact(db, { workspaceId: id });
      const collection = await aCollection(db, { workspaceId: id });
      for (const lookup of [
        `${artifact.id}@artifacts`,
        `${collection.id}@collections`,
        `${collection.name}@${collection.category}`,
      ]) {
        outcomes.push(
          await lookupSingle(db, lookup, { workspaceId: own.id }).then(
            ({ type }) => type,
            (error: unknown) => (error instanceof LookupError ? error.kind : error),
          ),
        );
      }
    }
    const seen = ['artifact', 'collection', 'collection'];
    expect(outcomes).toEqual([...seen, ...seen, 'not-found', 'not-found', 'not-found']);
  });

  test('does not reach a hidden artifact through a collection in sight', async ({ db }) => {
    const own = await aWorkspace(db);
    const hidden = await aWorkspace(db);
    const collection = await aCollection(db, { workspaceId: own.id });
    await anItem(db, collection, await anArtifact(db, { workspaceId: hidden.id }), { name: 'secret' });
    await expect(
      lookupSingle(db, `${collection.id}@collections/secret`, { workspaceId: own.id }),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('finds no internal collection for a workflow that has none', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);
    const { id: workflowRootId } = await aWorkRequest(db, { taskType: 'Workflow' });
    await expect(
      lookupSingle(db, 'internal@collections', { workspaceId, workflowRootId }),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('refuses a query on a collection whose category has no manager', async ({ db }) => {
    const { id: workspaceId } = await systemWorkspace(db);
    const { id } = await aCollection(db, { category: 'debian:unheard-of' });
    await expect(lookupSingle(db, `${id}@collections/name:x`, { workspaceId })).rejects.toMatchObject({
      kind: 'invalid-lookup',
    });
  });
});
