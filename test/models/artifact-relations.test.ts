import { describe, expect } from 'vitest';
import type { Id } from '../../src/db/ids.ts';
import { transaction } from '../../src/db/transaction.ts';
import { DataError, InvalidTransitionError, NotFoundError, ValidationError } from '../../src/errors.ts';
import * as artifactRelations from '../../src/models/artifact-relations.ts';
import * as artifacts from '../../src/models/artifacts.ts';
import { artifactRelations as table } from '../../src/schema/artifact-relations.ts';
import { test } from '../support/database.ts';
import { anArtifact, aRelation } from '../support/factories.ts';
import { begin, countStatements, session, untilBlocked } from './sessions.ts';

const nobody = 0 as Id<'Artifact'>;

describe('types', () => {
  test('there are three, with labels', () => {
    expect(artifactRelations.relationTypes).toEqual({
      extends: 'Extends',
      'relates-to': 'Relates to',
      'built-using': 'Built using',
    });
    expect(artifactRelations.Relations.EXTENDS).toBe('extends');
    expect(artifactRelations.Relations.RELATES_TO).toBe('relates-to');
    expect(artifactRelations.Relations.BUILT_USING).toBe('built-using');
  });

  test('the label of a type that is not known is the type itself', () => {
    expect(artifactRelations.typeDisplay({ type: 'built-using' })).toBe('Built using');
    expect(artifactRelations.typeDisplay({ type: 'eats' })).toBe('eats');
    expect(artifactRelations.typeDisplay({ type: 'toString' })).toBe('toString');
  });

  test('clean refuses a type that is not known; the database does not', async ({ db }) => {
    const one = await anArtifact(db);

    artifactRelations.clean({ type: 'extends' });
    expect(() => artifactRelations.clean({ type: 'eats' })).toThrow(ValidationError);
    const row = await aRelation(db, one, one, 'eats' as artifactRelations.RelationType);
    expect((await artifactRelations.get(db, row.id)).type).toBe('eats');
  });

  test('a type has at most 11 characters', async ({ db }) => {
    const one = await anArtifact(db);
    const type = 'x'.repeat(12) as artifactRelations.RelationType;

    await expect(
      artifactRelations.create(db, { artifactId: one.id, targetId: one.id, type }),
    ).rejects.toThrow(DataError);
  });
});

describe('rows', () => {
  test('create relates an artifact to its target, and artifact and target give the loaded rows', async ({
    db,
  }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);

    const row = await artifactRelations.create(db, { artifactId: one.id, targetId: two.id, type: 'extends' });

    expect(row).toEqual({ id: row.id, artifactId: one.id, targetId: two.id, type: 'extends' });
    expect(await artifactRelations.get(db, row.id)).toEqual(row);
    expect(await artifactRelations.artifact(db, row)).toEqual(one);
    expect(await artifactRelations.target(db, row)).toEqual(two);
    await expect(artifactRelations.get(db, 0 as Id<'ArtifactRelation'>)).rejects.toThrow(NotFoundError);
  });

  test('the same relation twice is refused by db_artifactrelation_unique_artifact_target_type', async ({
    db,
  }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const given = { artifactId: one.id, targetId: two.id, type: 'extends' } as const;
    await artifactRelations.create(db, given);

    await expect(artifactRelations.create(db, given)).rejects.toMatchObject({
      constraint: 'db_artifactrelation_unique_artifact_target_type',
      kind: 'unique',
    });
  });

  test('another type, the other direction and a relation to itself are other relations', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const rows = [
      await aRelation(db, one, two, 'extends'),
      await aRelation(db, one, two, 'built-using'),
      await aRelation(db, two, one, 'extends'),
      await artifactRelations.create(db, { artifactId: one.id, targetId: one.id, type: 'extends' }),
    ];

    expect(await artifactRelations.all(db)).toEqual(rows);
  });

  test('delete takes one relation away and leaves the artifacts', async ({ db }) => {
    const one = await anArtifact(db);
    const row = await aRelation(db, one, one);
    const other = await aRelation(db, one, await anArtifact(db));

    expect(await artifactRelations.delete(db, row.id)).toBe(true);
    expect(await artifactRelations.delete(db, row.id)).toBe(false);

    expect(await artifactRelations.all(db)).toEqual([other]);
    expect(await artifacts.all(db)).toHaveLength(2);
  });
});

describe('relate', () => {
  test('relates an artifact to several targets, and leaves a relation that exists', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const three = await anArtifact(db);
    const known = await aRelation(db, one, three, 'built-using');

    const { relations, circular } = await artifactRelations.relate(db, {
      artifactId: one.id,
      type: 'built-using',
      targetIds: [three.id, two.id, two.id],
    });

    expect(relations.map(({ relation, wasCreated }) => [relation.targetId, wasCreated])).toEqual([
      [two.id, true],
      [three.id, false],
    ]);
    expect(relations[1]?.relation).toEqual(known);
    expect(circular).toEqual([]);
    expect(await artifacts.relations(db, one.id)).toHaveLength(2);
  });

  test('tells of a circle, also a long one', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const three = await anArtifact(db);
    const four = await anArtifact(db);
    await aRelation(db, two, three);
    await aRelation(db, three, one);

    const { circular } = await artifactRelations.relate(db, {
      artifactId: one.id,
      type: 'extends',
      targetIds: [two.id, four.id],
    });

    expect(circular).toEqual([two.id]);
  });

  test('refuses an artifact among its own targets', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const given = { artifactId: one.id, type: 'extends', targetIds: [two.id, one.id] } as const;

    await expect(artifactRelations.relate(db, given)).rejects.toThrow(InvalidTransitionError);

    expect(await artifactRelations.all(db)).toEqual([]);
  });

  test('makes none of the relations when an artifact does not exist', async ({ db }) => {
    const one = await anArtifact(db);

    const given = { artifactId: one.id, type: 'extends' } as const;
    const failure = artifactRelations.relate(db, {
      ...given,
      targetIds: [(await anArtifact(db)).id, nobody],
    });

    await expect(failure).rejects.toThrow('artifact 0 not found');
    expect(await artifactRelations.all(db)).toEqual([]);
  });

  test('a dry run tells what would be made, and makes nothing', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);

    const { relations } = await artifactRelations.relate(
      db,
      { artifactId: one.id, type: 'extends', targetIds: [two.id] },
      { dryRun: true },
    );

    expect(relations.map(({ wasCreated }) => wasCreated)).toEqual([true]);
    expect(await artifactRelations.all(db)).toEqual([]);
  });
});

describe('unrelate', () => {
  test('takes the relations of this type to these targets away, and no other', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const three = await anArtifact(db);
    const gone = [await aRelation(db, one, two, 'extends'), await aRelation(db, one, three, 'extends')];
    const kept = [await aRelation(db, one, two, 'relates-to'), await aRelation(db, two, one, 'extends')];

    const removed = await artifactRelations.unrelate(db, {
      artifactId: one.id,
      type: 'extends',
      targetIds: [three.id, two.id],
    });

    expect(removed).toEqual(gone);
    expect(await artifactRelations.all(db)).toEqual(kept);
  });

  test('takes none away when one does not exist, unless that is fine', async ({ db }) => {
    const one = await anArtifact(db);
    const two = await anArtifact(db);
    const three = await anArtifact(db);
    const row = await aRelation(db, one, two, 'extends');
    const given = { artifactId: one.id, type: 'extends', targetIds: [two.id, three.id] } as const;

    await expect(artifactRelations.unrelate(db, given)).rejects.toThrow(
      `artifact ${one.id} has no relation extends to artifact ${three.id}`,
    );
    expect(await artifactRelations.all(db)).toEqual([row]);

    expect(await artifactRelations.unrelate(db, given, { ifExists: true })).toEqual([row]);
  });

  test('an artifact that does not exist is not found, even if missing relations are fine', async ({ db }) => {
    const given = { artifactId: (await anArtifact(db)).id, type: 'extends', targetIds: [nobody] } as const;

    await expect(artifactRelations.unrelate(db, given, { ifExists: true })).rejects.toThrow(NotFoundError);
  });

  test('a dry run takes nothing away', async ({ db }) => {
    const one = await anArtifact(db);
    const row = await aRelation(db, one, await anArtifact(db), 'extends');

    const removed = await artifactRelations.unrelate(
      db,
      { artifactId: one.id, type: 'extends', targetIds: [row.targetId] },
      { dryRun: true },
    );

    expect(removed).toEqual([row]);
    expect(await artifactRelations.all(db)).toEqual([row]);
  });
});

test('a relation to an artifact that does not exist is accepted until the commit, and refused there', async ({
  database,
}) => {
  const one = await anArtifact(database.db);
  let reached = false;

  const failure = transaction(database.db, async (tx) => {
    await tx.insert(table).values({ artifactId: one.id, targetId: nobody, type: 'extends' });
    reached = true;
  });

  await expect(failure).rejects.toMatchObject({ kind: 'foreign-key' });
  expect(reached).toBe(true);
  expect(await artifacts.relations(database.db, one.id)).toEqual([]);
});

describe('relate beside other sessions', () => {
  test('needs as many statements for twenty targets as for one', async ({ database }) => {
    const one = await anArtifact(database.db);
    const targets = await Promise.all(Array.from({ length: 20 }, () => anArtifact(database.db)));
    const count = (targetIds: readonly Id<'Artifact'>[]) =>
      countStatements(database, (db) =>
        artifactRelations.relate(db, { artifactId: one.id, type: 'extends', targetIds }),
      );

    expect(await count(targets.map(({ id }) => id))).toBe(
      await count(targets.slice(0, 1).map(({ id }) => id)),
    );
  });

  test('waits for whoever deletes a target, and finds it gone', async ({ database }) => {
    const one = await anArtifact(database.db);
    const two = await anArtifact(database.db);
    const remover = await begin(database);
    await artifacts.delete(remover.tx, two.id);

    const relating = await session(database);
    const refused = expect(
      artifactRelations.relate(relating.db, { artifactId: one.id, type: 'extends', targetIds: [two.id] }),
    ).rejects.toThrow(`artifact ${two.id} not found`);
    await untilBlocked(database, relating.pid);
    await remover.commit();

    await refused;
  });

  test('called twice at once makes each relation once', async ({ database }) => {
    const one = await anArtifact(database.db);
    const two = await anArtifact(database.db);
    const given = { artifactId: one.id, type: 'extends', targetIds: [two.id] } as const;

    const results = await Promise.all(
      [database.connect(), database.connect()].map((db) => artifactRelations.relate(db, given)),
    );

    expect(
      results.flatMap(({ relations }) => relations.map(({ wasCreated }) => wasCreated)).toSorted(),
    ).toEqual([false, true]);
    expect(await artifacts.relations(database.db, one.id)).toHaveLength(1);
  });
});
