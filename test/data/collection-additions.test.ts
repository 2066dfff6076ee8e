import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { lintianArchitecture, planItem } from '../../src/data/collection-additions.ts';
import { isCollectionCategory } from '../../src/data/collection-queries.ts';
import type { JsonObject } from '../../src/data/json.ts';
import { poolFilename } from '../../src/data/pool-filenames.ts';
import { ItemAdditionError } from '../../src/errors.ts';
import { readVectors } from './vectors.ts';

interface AdditionCase {
  readonly collection_category: string;
  readonly artifact: {
    readonly category: string;
    readonly data: JsonObject;
    readonly files: readonly string[];
  };
  readonly variables: JsonObject | null;
  readonly name: string | null;
  readonly expected?: {
    readonly name: string;
    readonly data: JsonObject;
    readonly match_constraints: readonly { constraint_name: string; key: string; value: string }[];
  };
  readonly error?: string;
}

const digestOf = (name: string) => createHash('sha256').update(name).digest('hex');

describe('known answers about added artifacts', () => {
  test.each(readVectors<AdditionCase>('collection-item-add'))('case $id: $collection_category', (given) => {
    const { collection_category: category, artifact, variables, name, expected } = given;
    if (!isCollectionCategory(category)) expect.fail(`${category} has no manager`);
    const files = artifact.files.map((path) => ({ path, sha256: digestOf(path) }));
    const plan = () => planItem(category, { ...artifact, files }, { variables, name }, null);
    if (expected === undefined) {
      expect(plan).toThrow(ItemAdditionError);
      return;
    }
    const planned = plan();
    expect(planned.name).toBe(expected.name);
    expect(planned.data).toEqual(expected.data);
    expect(planned.matchConstraints).toEqual(
      expected.match_constraints.map(({ constraint_name, key, value }) => ({
        constraintName: constraint_name,
        key,
        value,
      })),
    );
  });
});

describe('known answers about pool paths', () => {
  interface PoolCase {
    readonly source: string;
    readonly component: string;
    readonly base_name: string;
    readonly expected: string;
  }
  test.each(readVectors<PoolCase>('pool-filenames'))(
    'case $id',
    ({ source, component, base_name, expected }) => {
      expect(poolFilename({ source, component, baseName: base_name })).toBe(expected);
    },
  );
});

const none = { variables: null, name: null };

describe('an environment', () => {
  const data = { codename: 'sid', architecture: 'amd64', variant: 'minbase' };
  const tarball = { category: 'debian:system-tarball', data, files: [] };

  test('has a variant only if the variables give one', () => {
    const plan = (variables: JsonObject | null) =>
      planItem('debian:environments', tarball, { variables, name: null }, null);
    expect(plan({ variant: 'buildd', backend: 'x' })).toEqual({
      name: 'tarball:sid:amd64:buildd',
      data: { codename: 'sid', architecture: 'amd64', variant: 'buildd' },
      matchConstraints: [],
    });
    expect(plan({ variant: null, codename: 12 }).name).toBe('tarball:12:amd64');
    expect(() => plan({ codename: ['sid'] })).toThrow('variable codename must be text, not a list');
  });

  test('cannot be made of data that lacks what the name needs', () => {
    const stray = { ...tarball, data: { codename: 'sid' } };
    expect(() => planItem('debian:environments', stray, none, null)).toThrow(ItemAdditionError);
  });
});

describe('a suite', () => {
  test('asks for component, then section, then priority', () => {
    const binary = { category: 'debian:binary-package', data: {}, files: [] };
    const plan = (variables: JsonObject) => () =>
      planItem('debian:suite', binary, { variables, name: null }, null);
    expect(plan({})).toThrow('variable component is required');
    expect(plan({ component: 'main', priority: 'optional' })).toThrow('variable section is required');
    expect(plan({ component: 'main', section: 'x' })).toThrow('variable priority is required');
    expect(plan({ component: 'main', section: 'x', priority: 'y' })).toThrow(
      'deb_fields has no text Package',
    );
  });

  test('tells what it takes instead', () => {
    expect(() =>
      planItem('debian:suite', { category: 'debian:upload', data: {}, files: [] }, none, null),
    ).toThrow(
      expect.objectContaining({
        message: 'debian:suite does not take debian:upload artifacts',
        hint: 'it takes debian:source-package, debian:binary-package',
      }),
    );
  });
});

describe('an analysis', () => {
  const analysed = (...names: readonly string[]) => ({
    summary: { package_filename: Object.fromEntries(names.map((name, index) => [String(index), name])) },
  });
  const source = { name: 'hello', version: '2.10-3' };
  const plan = (variables: JsonObject | null) =>
    planItem(
      'debian:suite-lintian',
      { category: 'debian:lintian', data: analysed('hello_2.10-3.dsc'), files: [] },
      { variables, name: 'ignored' },
      source,
    );

  test.each([
    [['hello_1.dsc'], 'source'],
    [['a_1_amd64.deb', 'b_1_amd64.udeb'], 'amd64'],
    [['a_1_all.deb', 'readme.txt', 'no-underscore.deb'], 'all'],
  ])('of %j is of architecture %s', (names, expected) => {
    expect(lintianArchitecture(analysed(...names))).toBe(expected);
  });

  test.each([[[]], [['readme.txt']], [['a_1_amd64.deb', 'a_1.dsc']], [['a_1_all.deb', 'a_1_amd64.deb']]])(
    'of %j is of no single architecture',
    (names) => {
      expect(() => lintianArchitecture(analysed(...names))).toThrow(ItemAdditionError);
    },
  );

  test('is named after the source and the architecture', () => {
    expect(plan(null)).toEqual({
      name: 'hello_2.10-3_source',
      data: { package: 'hello', version: '2.10-3', architecture: 'source' },
      matchConstraints: [],
    });
  });

  test('remembers the items it was derived from', () => {
    expect(plan({ derived_from_ids: [4, 5] }).data['derived_from']).toEqual([4, 5]);
    expect(() => plan({ derived_from_ids: '4' })).toThrow(ItemAdditionError);
  });

  test('needs one source package', () => {
    const artifact = { category: 'debian:lintian', data: analysed('a.dsc'), files: [] };
    expect(() => planItem('debian:suite-lintian', artifact, none, null)).toThrow(ItemAdditionError);
  });
});
