import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { workers } from '../../../src/schema/workers.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { aWorker } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'editor test-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An editor that does what the shell says; `$1` is the file. */
function editor(script: string): Record<string, string> {
  const file = path.join(folder, `editor-${Math.random()}`);
  writeFileSync(file, `#!/bin/sh\nshift\n${script}\n`);
  chmodSync(file, 0o755);
  return { VISUAL: `'${file}' --flag`, TMPDIR: folder };
}

const stored = async ({ db }: TestDatabase, name: string): Promise<unknown> => {
  const [worker] = await db.select().from(workers).where(eq(workers.name, name));
  return worker?.staticMetadata;
};

describe('edit-worker-metadata', () => {
  test('options replace the mapping or change keys of it, in order', async ({ database }) => {
    const { name } = await aWorker(database.db, { staticMetadata: { a: 1, b: { c: 2 } } });
    const edit = (...words: string[]) =>
      runCommand(database, ['edit-worker-metadata', name, ...words], { stdin: 'x: [1]\n' });
    expect(await edit('--set', 'b.c=3', '--unset', 'a')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await stored(database, name)).toEqual({ b: { c: 3 } });
    const dry = await edit('--data', '-', '--set-string', 'z=2', '--dry-run');
    expect(dry.stdout).toBe("x:\n- 1\nz: '2'\n");
    expect(await stored(database, name)).toEqual({ b: { c: 3 } });
    const both = await edit('--data', '-', '--set', 'y=2', '--json');
    expect(JSON.parse(both.stdout)).toEqual({ name, static_metadata: { x: [1], y: 2 }, changed: true });
    const same = await edit('--data', '-', '--set', 'y=2', '--json');
    expect(JSON.parse(same.stdout)).toMatchObject({ changed: false });
  });

  test('two scripts that set different keys at once both succeed', async ({ database }) => {
    const { name } = await aWorker(database.db);
    const set = (key: string) => runCommand(database, ['edit-worker-metadata', name, '--set', `${key}=1`]);
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(set));
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(await stored(database, name)).toEqual({ a: 1, b: 1, c: 1, d: 1 });
  });

  test.for([
    [[], 2, /nothing to change; hint: --data, --set or --unset/],
    [['--set', 'metadata.yaml'], 2, /hint: --data metadata.yaml/],
    [['--data', '/nonexistent'], 3, /cannot read/],
    [['--data', '-'], 3, /data must be a mapping, got a list/],
    [['--set', 'tasks_denylist=sbuild'], 3, /tasks_denylist/],
  ] as const)('%j is refused', async ([words, status, message], { database }) => {
    const { name } = await aWorker(database.db);
    const all = ['edit-worker-metadata', name, ...words];
    const { exitCode, stdout, stderr } = await runCommand(database, all, { stdin: '[1]' });
    expect([exitCode, stdout]).toEqual([status, '']);
    expect(stderr).toMatch(message);
    expect(await stored(database, name)).toEqual({});
  });

  test('the editor gets a private file; what is left as it is changes nothing', async ({ database }) => {
    const { name } = await aWorker(database.db);
    const copy = path.join(folder, 'copy');
    const env = editor(`cp "$1" '${copy}'; stat -c %a "$1" "$(dirname "$1")" >> '${copy}'`);
    const outcome = await runCommand(database, ['edit-worker-metadata', name], { terminal: true, env });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '' });
    expect(outcome.stderr).toContain(`the metadata of worker "${name}" is unchanged`);
    const [first, ...rest] = readFileSync(copy, 'utf8').trimEnd().split('\n');
    expect(first).toBe(`# Static metadata of worker "${name}", as YAML.`);
    expect(rest.slice(-2)).toEqual(['600', '700']);
    expect(rest.slice(0, -2).every((line) => line.startsWith('#'))).toBe(true);
  });

  test('a broken text is shown with its error and may be corrected', async ({ database }) => {
    const { name } = await aWorker(database.db, { staticMetadata: { keep: true } });
    const env = editor(`grep -q broken "$1" && echo 'keep: no more' > "$1" || echo 'broken: [' >> "$1"`);
    const words = ['edit-worker-metadata', name];
    const { exitCode, stderr } = await runCommand(database, words, { terminal: true, answers: ['y'], env });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/error: .*metadata\.yaml:\d+:\d+: expected "]"/);
    expect(stderr).toContain('- keep: true\n+ keep: "no more"\n');
    expect(await stored(database, name)).toEqual({ keep: 'no more' });
  });

  test('given up, the text stays and its path is told', async ({ database }) => {
    const { name } = await aWorker(database.db);
    const env = editor(`echo '[1, 2]' > "$1"`);
    const words = ['edit-worker-metadata', name];
    const { exitCode, stderr } = await runCommand(database, words, { terminal: true, answers: ['n'], env });
    expect(exitCode).toBe(3);
    const file = /the edit is kept in (.*metadata\.yaml)/.exec(stderr)?.[1] ?? '';
    expect(readFileSync(file, 'utf8')).toBe('[1, 2]\n');
    expect(await stored(database, name)).toEqual({});
  });

  test('somebody else was quicker: 4, and the text stays', async ({ database }) => {
    const { id, name } = await aWorker(database.db);
    const ready = path.join(folder, `ready-${id}`);
    const env = editor(`echo 'mine: 1' > "$1"; while [ ! -e '${ready}' ]; do sleep 0.02; done`);
    const outcome = runCommand(database, ['edit-worker-metadata', name], { terminal: true, env });
    while (!(await runsSomebody(database, ready))) await new Promise((resolve) => setImmediate(resolve));
    await database.db
      .update(workers)
      .set({ staticMetadata: { theirs: 1 } })
      .where(eq(workers.id, id));
    writeFileSync(ready, '');
    const { exitCode, stderr } = await outcome;
    expect(exitCode).toBe(4);
    const file = /the edit is kept in (.*metadata\.yaml)/.exec(stderr)?.[1] ?? '';
    expect(readFileSync(file, 'utf8')).toBe('mine: 1\n');
    expect(await stored(database, name)).toEqual({ theirs: 1 });
  });

  test('an editor that fails ends with 1', async ({ database }) => {
    const { name } = await aWorker(database.db);
    const run = (env: Record<string, string>) =>
      runCommand(database, ['edit-worker-metadata', name, '--json'], { terminal: true, env });
    const failed = await run(editor('exit 3'));
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'editor', exit_code: 1 } });
    expect((await run({ EDITOR: '/nonexistent/editor', TMPDIR: folder })).exitCode).toBe(1);
  });

  test('under the old name --set takes a file and the original line is printed', async ({ database }) => {
    const { name } = await aWorker(database.db);
    const file = path.join(folder, 'metadata.yaml');
    writeFileSync(file, 'tasks_allowlist: [lintian]\n');
    expect(await runCommand(database, ['edit_worker_metadata', '--set', file, name])).toEqual({
      exitCode: 0,
      stdout: `debusine: metadata set for ${name}\n`,
      stderr: '',
    });
    expect(await stored(database, name)).toEqual({ tasks_allowlist: ['lintian'] });
    writeFileSync(file, 'null\n');
    await runCommand(database, ['edit_worker_metadata', '--set', file, name]);
    expect(await stored(database, name)).toEqual({});
  });
});

/** Whether the command has read the worker and handed it to the editor: nothing of it is open in the database. */
async function runsSomebody({ db }: TestDatabase, ready: string): Promise<boolean> {
  if (existsSync(ready)) return true;
  const found = await db.execute<{ count: string }>(
    `select count(*) as count from pg_stat_activity
     where application_name = 'debusine-admin edit-worker-metadata' and state = 'idle' and query ilike 'commit%'`,
  );
  return Number(found[0]?.count ?? 0) > 0;
}
