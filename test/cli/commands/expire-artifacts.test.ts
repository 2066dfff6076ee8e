import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { releaseRunLock, runLocks, takeRunLock } from '../../../src/db/run-lock.ts';
import type { Artifact } from '../../../src/schema/artifacts.ts';
import { test } from '../../support/database.ts';
import { aFile, aFileInArtifact, aFileInStore, anArtifact, aRelation, at } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const created = at('2024-04-01');
const env = { DEBUSINE_STORE_DIRECTORY: mkdtempSync(path.join(tmpdir(), 'expire-')) };

const expired = (db: Db): Promise<Artifact> =>
  anArtifact(db, { createdAt: created, expirationDelay: '1 day' });

async function withFile(db: Db, artifact: Artifact): Promise<void> {
  const file = await aFile(db, `content of ${artifact.id}`);
  await aFileInArtifact(db, artifact, file);
  await aFileInStore(db, file);
}

const events = (stdout: string): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('expire-artifacts', () => {
  beforeEach<{ database: { db: Db } }>(async ({ database: { db } }) => {
    await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
      db_file, db_collectionitem, db_collection cascade`);
  });

  test('is silent in a pipe, and says what it did on a terminal or with -v', async ({ database }) => {
    await expired(database.db);
    expect(await runCommand(database, ['expire-artifacts'], { env })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    const artifact = await expired(database.db);
    await withFile(database.db, artifact);
    const { stdout } = await runCommand(database, ['expire-artifacts', '-v', '--progress', 'none'], { env });
    const [line, summary] = stdout.split('\n');
    expect(line).toMatch(
      new RegExp(`^${artifact.id} .*debug-logs  System  expired since 2024-04-02 00:00:00Z  \\d+ B$`),
    );
    expect(summary).toMatch(/^Deleted 1 artifact, freed \d+ B in 1 file\.$/);
  });

  test('--dry-run lists the candidates in order, changes nothing, and does not speak of having done it', async ({
    database,
  }) => {
    const [tail, head] = [await expired(database.db), await expired(database.db)];
    await aRelation(database.db, head, tail);
    const { exitCode, stdout, stderr } = await runCommand(
      database,
      ['expire-artifacts', '--dry-run', '--json'],
      {
        env,
      },
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dry_run: true,
      artifacts: { deleted: 2, remaining: 0 },
      items: [{ id: head.id }, { id: tail.id }],
    });
    expect(stderr).toBe('');
    const shown = await runCommand(database, ['expire-artifacts', '--dry-run', '-v'], { env });
    expect(shown.stderr).toBe('would delete 2 artifacts and free 0 B in 0 files; nothing was changed\n');
    expect(shown.stdout).not.toMatch(/deleted/i);
  });

  test('--jsonl tells each thing as it happens and ends with the summary', async ({ database }) => {
    const artifact = await expired(database.db);
    await withFile(database.db, artifact);
    const { stdout } = await runCommand(database, ['expire-artifacts', '--jsonl'], { env });
    expect(events(stdout)).toMatchObject([
      { event: 'start', artifacts: 1 },
      { event: 'artifact', action: 'delete', id: artifact.id, reason: null },
      { event: 'file', action: 'removed', store: 'Default' },
      { event: 'summary', complete: true, files: { removed: 1 } },
    ]);
  });

  test('-v puts the deleted artifacts into the document, in JSON and in YAML', async ({ database }) => {
    const first = await expired(database.db);
    const json = await runCommand(database, ['expire-artifacts', '--json', '-v', '--progress', 'none'], {
      env,
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ id: first.id }], artifacts: { deleted: 1 } });
    const second = await expired(database.db);
    const yaml = await runCommand(database, ['expire-artifacts', '--yaml', '-v', '--progress', 'none'], {
      env,
    });
    expect(yaml.stdout).toContain(`\nitems:\n- category: debusine:work-request-debug-logs`);
    expect(yaml.stdout).toContain(`id: ${second.id}\n`);
  });

  test('warns of a missing store directory, deletes the artifacts, and ends with 7', async ({ database }) => {
    await withFile(database.db, await expired(database.db));
    const { exitCode, stdout, stderr } = await runCommand(database, ['expire-artifacts', '--json'], {
      env: { DEBUSINE_STORE_DIRECTORY: '/nonexistent/store' },
    });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/^warning: file store "Default" cannot be used, its files will stay/);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('"code":"partial"');
    expect(JSON.parse(stdout)).toMatchObject({
      artifacts: { deleted: 1 },
      files: { failed: 1, removed: 0 },
      complete: false,
    });
  });

  test('steps aside for another run with 6, and says who it is', async ({ database }) => {
    const other = database.connect();
    await takeRunLock(other, runLocks.expiry);
    const { exitCode, stderr } = await runCommand(database, ['expire-artifacts', '--lock-timeout', '0'], {
      env,
    });
    await releaseRunLock(other, runLocks.expiry);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^error: another expire-artifacts run is active \(pid \d+ since .*\); hint: /);
  });

  test.for([
    [['--at', '2999-01-01'], 'add --dry-run'],
    [['--batch-size', '0'], 'option --batch-size'],
    [['--limit', '-1'], 'option --limit'],
    [['--explain', '5', '--limit', '3'], 'limit'],
    [['5'], 'only with --explain'],
  ] as const)('refuses %j', async ([words, said], { database }) => {
    const { exitCode, stderr } = await runCommand(database, ['expire-artifacts', ...words], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
  });

  test('--explain names all reasons of an artifact, its own first, and the chain to it', async ({
    database,
  }) => {
    const { db } = database;
    const [keeper, middle, end] = [
      await anArtifact(db, { createdAt: created, expirationDelay: '0' }),
      await expired(db),
      await expired(db),
    ];
    await aRelation(db, keeper, middle);
    await aRelation(db, middle, end, 'built-using');
    const text = await runCommand(database, ['expire-artifacts', '--explain', `${end.id}@artifacts`], {
      env,
    });
    expect(text.stdout).toContain('  decision: KEEP\n');
    expect(text.stdout).toContain(
      `  because: ${keeper.id} (never expires) -relates-to-> ${middle.id} -built-using-> ${end.id}\n`,
    );
    const several = ['expire-artifacts', '--explain', String(keeper.id), String(end.id), '--json'];
    expect(JSON.parse((await runCommand(database, several, { env })).stdout)).toMatchObject([
      { artifact: keeper.id, expired: false, reasons: [{ code: 'never_expires' }] },
      {
        artifact: end.id,
        decision: 'keep',
        reasons: [{ code: 'related', keeper: keeper.id }],
        more_chains: 0,
      },
    ]);
    expect((await runCommand(database, ['expire-artifacts', '--explain', '999999'], { env })).exitCode).toBe(
      3,
    );
  });
});
