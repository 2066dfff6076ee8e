/** What the program costs whoever installs and starts it. Source: issue 6, dependencies.md 0. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { test } from '../support/database.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('an installation brings at most 60 packages', () => {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const brought = Object.entries(packages).filter(([name, { dev }]) => name !== '' && dev !== true);
  expect(brought.length).toBeGreaterThan(10);
  expect(brought.length).toBeLessThanOrEqual(60);
});

test('the program is smaller than 1.5 MB', () => {
  const size = (name: string): number => statSync(path.join(root, 'dist', name)).size;
  expect(size('main.cjs') + size('rest.cjs')).toBeLessThan(1_500_000);
});

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

/** Whether a run has evaluated the part of `dist/main.cjs` that declares the class or function. */
function evaluated(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): (text: string) => boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'coverage-'));
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(root, 'bin', 'debusine-admin.js'), ...words],
      {
        env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: folder, NODE_V8_COVERAGE: folder, ...env },
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [file = ''] = readdirSync(folder).filter((name) => name.startsWith('coverage-'));
    const { result } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Coverage;
    const main = result.find(({ url }) => url.endsWith('/dist/main.cjs'));
    const text = readFileSync(path.join(root, 'dist', 'main.cjs'), 'latin1');
    return (declaration) => {
      const at = text.indexOf(declaration);
      expect(at, declaration).toBeGreaterThan(0);
      // The piece that it stands in is a method with the name of a file.
      const piece = main?.functions.find(
        ({ functionName, ranges: [range] }) =>
          functionName.startsWith('./') && range && range.startOffset < at && at < range.endOffset,
      );
      return (piece?.ranges[0]?.count ?? 0) > 0;
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ofOrm = 'PgDialect = class';
const ofDriver = 'function Postgres(';

test('completing a word that is always the same evaluates neither driver nor ORM', ({ database }) => {
  const env = { DATABASE_URL: database.url };
  for (const words of [['list-w'], ['list-workers', '--form'], ['list-workers', '--format', '']]) {
    const has = evaluated(['__complete', 'fish', ...words], env);
    expect([has(ofOrm), has(ofDriver)], words.join(' ')).toEqual([false, false]);
  }
  const has = evaluated(['list-workers', '--json'], env);
  expect([has(ofOrm), has(ofDriver)], 'otherwise the above proves nothing').toEqual([true, true]);
});
