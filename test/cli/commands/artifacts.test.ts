import { describe, expect } from 'vitest';
import { artifactRelations } from '../../../src/schema/artifact-relations.ts';
import { test } from '../../support/database.ts';
import { aFile, aFileInArtifact, aFileInStore, anArtifact, at } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const json = (text: string): unknown => JSON.parse(text);

describe('commands for artifacts', () => {
  test('list-artifacts gives the newest first, with stable keys, and filters', async ({ database }) => {
    const { db } = database;
    const older = await anArtifact(db, { createdAt: at('2024-01-01'), expirationDelay: '1 day' });
    const newer = await anArtifact(db, { createdAt: at('2024-02-01') });
    const file = await aFile(db, 'content');
    await aFileInArtifact(db, newer, file, 'a.txt');
    await aFileInStore(db, file);
    const listed = async (...words: string[]): Promise<{ id: number }[]> => {
      const { exitCode, stdout, stderr } = await runCommand(database, ['list-artifacts', '--json', ...words]);
      expect([exitCode, stderr]).toEqual([0, '']);
      return json(stdout) as { id: number }[];
    };
    const all = await listed();
    expect(all.map(({ id }) => id)).toEqual([newer.id, older.id]);
    expect(Object.keys(all[0] ?? {}).sort()).toEqual(
      [
        ...['id', 'category', 'workspace', 'created_at', 'created_by', 'work_request', 'expired', 'complete'],
        ...['expiration_delay_seconds', 'expire_at', 'file_count', 'size_bytes', 'data'],
      ].sort(),
    );
    expect(all[0]).toMatchObject({ file_count: 1, size_bytes: 7, complete: true, expire_at: null });
    expect((await listed('--expired')).map(({ id }) => id)).toEqual([older.id]);
    expect((await listed('--file-path', 'a.*')).map(({ id }) => id)).toEqual([newer.id]);
    expect((await runCommand(database, ['list-artifacts', '--workspace', 'nosuch'])).exitCode).toBe(3);
    expect((await runCommand(database, ['list-artifacts', '--min-size', 'big'])).exitCode).toBe(2);
    expect((await runCommand(database, ['list-artifacts', '--file-sha256', 'xyz'])).exitCode).toBe(2);
  });

  test('show-artifact tells files, relations and why it stays; an unknown one is not found', async ({
    database,
  }) => {
    const { db } = database;
    const one = await anArtifact(db);
    const other = await anArtifact(db);
    await db.insert(artifactRelations).values({ artifactId: one.id, targetId: other.id, type: 'extends' });
    const { exitCode, stdout } = await runCommand(database, ['show-artifact', String(one.id), '--json']);
    expect(exitCode).toBe(0);
    expect(json(stdout)).toMatchObject({
      id: one.id,
      files: [],
      relations: [{ direction: 'out', type: 'extends', artifact: other.id, category: other.category }],
      retention: { decision: 'keep', reason: 'never_expires' },
    });
    const unknown = await runCommand(database, ['show-artifact', '999999']);
    expect([unknown.exitCode, unknown.stdout]).toEqual([3, '']);
    expect(unknown.stderr).toMatch(/^error: .*999999.*\n$/);
    expect((await runCommand(database, ['show-artifact', ''])).exitCode).toBe(3);
  });

  test('manage-artifact set-expiration sets, clears and repeats the delay, all or none', async ({
    database,
  }) => {
    const { id } = await anArtifact(database.db, { createdAt: at('2024-01-01') });
    const set = (...words: string[]) =>
      runCommand(database, ['manage-artifact', 'set-expiration', ...words, '--json']);
    const kept = await set('30', String(id));
    expect(json(kept.stdout)).toMatchObject([
      { id, expiration_delay_seconds: 2_592_000, expire_at: '2024-01-31T00:00:00.000000Z', changed: true },
    ]);
    expect(json((await set('30', String(id))).stdout)).toMatchObject([{ changed: false }]);
    expect((await set('never', String(id), '999999')).exitCode).toBe(3);
    expect(json((await set('inherit', String(id))).stdout)).toMatchObject([
      { expiration_delay_seconds: null, changed: true },
    ]);
    expect((await set('tomorrow', String(id))).exitCode).toBe(2);
    const word = await set('30', 'x/y');
    expect([word.exitCode, word.stderr]).toEqual([3, expect.stringContaining('names no category')]);
  });

  test('unrelate-artifacts takes a relation away, and one that is not there is not found', async ({
    database,
  }) => {
    const { db } = database;
    const one = await anArtifact(db);
    const other = await anArtifact(db);
    const words = [String(one.id), 'built-using', String(other.id)];
    expect((await runCommand(database, ['unrelate-artifacts', ...words])).exitCode).toBe(3);
    expect((await runCommand(database, ['unrelate-artifacts', ...words, '--if-exists'])).exitCode).toBe(0);
    expect((await runCommand(database, ['relate-artifacts', ...words])).exitCode).toBe(0);
    expect((await runCommand(database, ['unrelate-artifacts', ...words, '--dry-run'])).exitCode).toBe(0);
    expect((await runCommand(database, ['unrelate-artifacts', ...words])).exitCode).toBe(0);
    expect((await runCommand(database, ['unrelate-artifacts', String(one.id), 'knows', '1'])).exitCode).toBe(
      2,
    );
  });
});
