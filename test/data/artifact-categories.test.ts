import { describe, expect, test } from 'vitest';
import { artifactCategories, checkArtifact } from '../../src/data/artifact-categories.ts';
import { problemsThrownBy } from './refusals.ts';
import { mayBeRefused, readVectors } from './vectors.ts';

interface ArtifactCase {
  readonly category: string;
  readonly data: unknown;
  readonly valid: boolean;
  readonly error_field?: string;
  readonly fault?: readonly string[];
}

const cases = readVectors<ArtifactCase>('artifact-data');

describe('known answers about artifact data', () => {
  test.each(cases)('case $id: $category', (given) => {
    const problems = problemsThrownBy(() => checkArtifact(given.category, given.data));
    if (given.valid) {
      if (problems === undefined || mayBeRefused(given)) return;
      expect.fail(JSON.stringify(problems));
    }
    expect(Object.keys(problems ?? {})).toEqual([given.error_field]);
    const said = Object.values(problems ?? {})
      .flat()
      .join('\n');
    for (const path of given.fault ?? []) expect(said).toContain(path.replace('.__key__', ''));
  });
});

test('knows the categories of this level and no later ones', () => {
  expect(artifactCategories).toHaveLength(11);
  expect(artifactCategories).not.toContain('debian:debdiff');
  expect(problemsThrownBy(() => checkArtifact('debusine:test', {}))).toEqual({
    category: ['artifact category "debusine:test" is not known'],
  });
});

describe('an upload', () => {
  const linesFor = (changes: unknown) =>
    problemsThrownBy(() => checkArtifact('debian:upload', { type: 'dpkg', changes_fields: changes }))?.[
      'data'
    ];
  const files = (...names: readonly string[]) => names.map((name) => ({ name }));

  test('must say its architectures and its files', () => {
    expect(linesFor({ Source: 'x' })).toEqual([
      '"changes_fields.Architecture" is required',
      '"changes_fields.Files" is required',
    ]);
    expect(linesFor({ Architecture: 5, Files: 'x' })).toEqual([
      'changes_fields.Architecture: must be text, not 5',
      'changes_fields.Files: must be a list, not "x"',
    ]);
    expect(linesFor({ Architecture: 'source', Files: [{ name: 'a.dsc' }, null] })).toEqual([
      'changes_fields.Files: has an entry without a name',
    ]);
  });

  test.each([
    ['source', files('a.dsc', 'a.tar.xz'), true],
    ['source', files('a.dsc', 'a.deb'), false],
    ['source', files('a.tar.xz'), false],
    ['source', files('a.dsc', 'b.dsc'), false],
    ['source amd64', files('a.dsc', 'a.udeb'), true],
    ['source amd64', files('a.dsc'), false],
    ['source\n amd64', files('a.deb'), false],
    ['amd64 all', files('a.deb', 'b.buildinfo'), true],
    ['amd64', files('a.buildinfo'), false],
    ['amd64', files('a.deb', 'a.dsc'), false],
  ])('of %s with %j is accepted: %s', (Architecture, Files, accepted) => {
    expect(linesFor({ Architecture, Files }) === undefined).toBe(accepted);
  });
});
