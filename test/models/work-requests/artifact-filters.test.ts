import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../../src/data/json.ts';
import type { Db } from '../../../src/db/database.ts';
import type { Id } from '../../../src/db/ids.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { ArgumentError, DataError } from '../../../src/errors.ts';
import { artifactConditions } from '../../../src/models/work-requests/artifact-filters.ts';
import { test } from '../../support/database.ts';
import { anArtifact, at, aUser, aWorkRequest } from '../../support/factories.ts';

/** Ids of the artifacts that the filters let through. */
async function matching(db: Db, filters: JsonObject): Promise<readonly number[]> {
  const conditions = artifactConditions(filters);
  const rows = await transaction(db, (tx) =>
    tx.execute<{ id: string }>(
      sql`select a.id from db_artifact a where ${sql.join([sql`true`, ...conditions], sql` and `)} order by a.id`,
    ),
  );
  return rows.map(({ id }) => Number(id));
}

describe('columns', () => {
  test.for<readonly [string, JsonObject, boolean]>([
    ['a category is equal', { category: 'debian:system-tarball' }, true],
    ['a category is not equal', { category: 'debian:system' }, false],
    ['capitals count in an equal category', { category: 'Debian:system-tarball' }, false],
    ['exact is equal', { category__exact: 'debian:system-tarball' }, true],
    ['iexact does not mind capitals', { category__iexact: 'DEBIAN:system-tarball' }, true],
    ['in is one of', { category__in: ['x', 'debian:system-tarball'] }, true],
    ['in nothing is never', { category__in: [] }, false],
    ['contains is a part of a text', { category__contains: 'system' }, true],
    ['contains minds capitals', { category__contains: 'System' }, false],
    ['icontains does not', { category__icontains: 'SYSTEM' }, true],
    ['startswith is the beginning', { category__startswith: 'debian:' }, true],
    ['startswith is not the middle', { category__startswith: 'system' }, false],
    ['istartswith does not mind capitals', { category__istartswith: 'DEBIAN' }, true],
    ['endswith is the end', { category__endswith: '-tarball' }, true],
    ['iendswith does not mind capitals', { category__iendswith: '-TARBALL' }, true],
    ['a percent sign stands for itself', { category__startswith: '%tarball' }, false],
    ['an underscore stands for itself', { category__contains: 'system_tarball' }, false],
    ['a backslash stands for itself', { category__contains: '\\' }, false],
    ['regex is an expression', { category__regex: '^debian:.*ball$' }, true],
    ['iregex does not mind capitals', { category__iregex: '^DEBIAN' }, true],
    ['texts have an order', { category__gte: 'debian', category__lt: 'debiao' }, true],
    ['a range takes in both ends', { category__range: ['debian:a', 'debian:system-tarball'] }, true],
    ['null is no category', { category: null }, false],
    ['isnull false is anything', { category__isnull: false }, true],
    ['no creator is null', { created_by: null }, true],
    ['no creator by its column', { created_by_id__isnull: true }, true],
    [
      'an instant has an order',
      { created_at__gt: '2024-05-01T09:59:59Z', created_at__lte: '2024-05-01T10:00:00Z' },
      true,
    ],
    ['an instant is equal in any time zone', { created_at: '2024-05-01T12:00:00+02:00' }, true],
    ['no delay is null', { expiration_delay__isnull: true }, true],
    ['all filters must hold', { category__contains: 'system', created_at__lt: '2020-01-01' }, false],
    ['no filter lets everything through', {}, true],
  ])('%s', async ([, filters, matches], { db }) => {
    const { id } = await anArtifact(db, {
      category: 'debian:system-tarball',
      createdAt: at('2024-05-01 10:00'),
    });
    expect(await matching(db, filters)).toEqual(matches ? [id] : []);
  });

  test('ids are compared as numbers, also when they come as text', async ({ db }) => {
    const user = await aUser(db);
    const request = await aWorkRequest(db);
    const ids: Id<'Artifact'>[] = [];
    for (let made = 0; made < 3; made += 1) {
      ids.push((await anArtifact(db, { createdById: user.id, createdByWorkRequestId: request.id })).id);
    }
    const [first = 0, second = 0, third = 0] = ids;
    expect(await matching(db, { id: second })).toEqual([second]);
    expect(await matching(db, { pk__in: [String(first), third] })).toEqual([first, third]);
    expect(await matching(db, { id__gt: first, id__lte: third })).toEqual([second, third]);
    expect(await matching(db, { id__range: [first, second] })).toEqual([first, second]);
    expect(await matching(db, { created_by: user.id, workspace_id: 1 })).toEqual(ids);
    expect(await matching(db, { created_by_work_request: request.id })).toEqual(ids);
  });
});

describe('data', () => {
  const data = {
    codename: 'trixie',
    size: 5,
    big: 10,
    signed: true,
    nothing: null,
    tags: ['a', 'b'],
    nested: { deep: { name: 'Ünï' }, list: [{ x: 1 }] },
    in: 'a key that is called like a comparison',
    '': 'the key without characters',
    'a"b\'c': 'quoted',
  };

  test.for<readonly [string, JsonObject, boolean]>([
    ['a text is equal', { data__codename: 'trixie' }, true],
    ['a text is not a number', { data__size: '5' }, false],
    ['a number is equal', { data__size: 5 }, true],
    ['a boolean is equal', { data__signed: true }, true],
    ['null is a null that is there', { data__nothing: null }, true],
    ['null is not a key that is missing', { data__absent: null }, false],
    ['a whole object is equal', { data__nested__deep: { name: 'Ünï' } }, true],
    ['a whole list is equal', { data__tags: ['a', 'b'] }, true],
    ['a path goes into objects', { data__nested__deep__name: 'Ünï' }, true],
    ['a path goes into lists by position', { data__nested__list__0__x: 1 }, true],
    ['an unknown last part is another key', { data__codename__nope: 1 }, false],
    [
      'a comparison in the middle is a key',
      { data__in__exact: 'a key that is called like a comparison' },
      true,
    ],
    ['the empty key is a key', { data__: 'the key without characters' }, true],
    ['a key may have quotes', { 'data__a"b\'c': 'quoted' }, true],
    ['in is one of, by kind', { data__size__in: ['5', 5] }, true],
    ['in of other kinds is not', { data__size__in: ['5', true] }, false],
    ['isnull true is a key that is missing', { data__absent__isnull: true }, true],
    ['isnull true is not a null that is there', { data__nothing__isnull: true }, false],
    ['isnull false is a key that is there', { data__nothing__isnull: false }, true],
    ['numbers have an order', { data__size__gt: 4, data__big__lte: 10 }, true],
    ['numbers are not ordered as texts', { data__big__gt: 9 }, true],
    ['a list is no number, although the database puts it behind all numbers', { data__tags__gt: 1 }, false],
    ['a range takes in both ends', { data__size__range: [5, 7] }, true],
    ['contains is an equal text', { data__codename__contains: 'trixie' }, true],
    ['contains is no part of a text', { data__codename__contains: 'trix' }, false],
    ['contains is a member of a list', { data__tags__contains: 'b' }, true],
    ['contains is part of an object', { data__nested__contains: { deep: { name: 'Ünï' } } }, true],
    ['contains applies to all data, too', { data__contains: { size: 5 } }, true],
    ['contained_by is the other way round', { data__tags__contained_by: ['a', 'b', 'c'] }, true],
    ['icontains is part of a text', { data__codename__icontains: 'RIX' }, true],
    ['startswith is the beginning', { data__codename__startswith: 'tri' }, true],
    ['istartswith does not mind capitals', { data__nested__deep__name__istartswith: 'üNÏ' }, true],
    ['endswith is the end', { data__codename__endswith: 'xie' }, true],
    ['iendswith does not mind capitals', { data__codename__iendswith: 'XIE' }, true],
    ['iexact does not mind capitals', { data__codename__iexact: 'TRIXIE' }, true],
    ['regex is an expression', { data__codename__regex: '^t.i' }, true],
    ['iregex does not mind capitals', { data__codename__iregex: '^T' }, true],
    ['has_key is a key that is there', { data__nested__has_key: 'deep' }, true],
    ['has_keys is all of them', { data__has_keys: ['size', 'absent'] }, false],
    ['has_any_keys is one of them', { data__has_any_keys: ['size', 'absent'] }, true],
  ])('%s', async ([, filters, matches], { db }) => {
    const { id } = await anArtifact(db, { data });
    expect(await matching(db, filters)).toEqual(matches ? [id] : []);
  });
});

describe('what cannot be asked for', () => {
  test.for<readonly [string, JsonObject]>([
    ['a field that artifacts do not have', { colour: 'red' }],
    ['a field that every object has', { constructor: 'x' }],
    ['a field of another table', { workspace__name: 'System' }],
    ['the empty field', { '': 1 }],
    ['a comparison that a column does not have', { category__nope: 1 }],
    ['a comparison of a comparison', { category__in__in: [1] }],
    ['an id that is no number', { id: 'one' }],
    ['an id beyond all ids', { id: 1e300 }],
    ['an id that is a boolean', { id: true }],
    ['a text that is an object', { category: {} }],
    ['in of something that is no list', { category__in: 'x' }],
    ['in of something that is no list, in data', { data__size__in: 5 }],
    ['isnull of something that is neither true nor false', { data__size__isnull: 'true' }],
    ['a range of one value', { id__range: [1] }],
    ['a range of one value, in data', { data__size__range: [1] }],
  ])('%s is refused before the database is asked', ([, filters]) => {
    expect(() => artifactConditions(filters)).toThrow(ArgumentError);
  });

  test.for<readonly [string, JsonObject]>([
    ['an instant that is none', { created_at: 'yesterday-ish' }],
    ['a malformed expression', { category__regex: '(' }],
    ['a key with a NUL character', { 'data__a\0b': 1 }],
    ['a text with a NUL character', { category: 'a\0b' }],
  ])('%s is refused by the database', async ([, filters], { db }) => {
    await anArtifact(db);
    await expect(matching(db, filters)).rejects.toThrow(DataError);
  });

  test.for<readonly [string, string]>([
    ['a quote and a statement', "data__x'; drop table db_artifact; --"],
    ['a closed path', "data__x}' or true --"],
    ['a parameter', 'data__$1'],
    ['a comment', 'data__/*'],
  ])('%s in a key is just a key', async ([, key], { db }) => {
    const name = key.slice('data__'.length);
    const { id } = await anArtifact(db, { data: { [name]: 1 } });
    await anArtifact(db, { data: { x: 1 } });
    expect(await matching(db, { [key]: 1 })).toEqual([id]);
  });

  test('a path of 5000 keys is just a path', async ({ db }) => {
    await anArtifact(db);
    expect(await matching(db, { [`data${'__x'.repeat(5000)}`]: 1 })).toEqual([]);
  });
});
