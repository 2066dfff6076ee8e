import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { checks } from '../../../../src/models/doctor.ts';
import { rights } from '../../../../src/models/rights.ts';
import { findViolations } from '../../../../src/models/invariants.ts';
import {
  aCollection,
  aFile,
  aFileInStore,
  aFileStore,
  aToken,
  aUser,
  aWorker,
  aWorkRequest,
  aWorkspace,
  systemWorkspace,
} from '../../../support/factories.ts';
import { createTestDatabase, test } from '../../../support/database.ts';
import { makeLimitedRole } from '../../../support/limited-role.ts';
import { runCommand } from '../../../support/run-command.ts';

let store: string;
beforeAll(() => {
  store = mkdtempSync(path.join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

const env = (): Record<string, string> => ({
  DEBUSINE_STORE_DIRECTORY: store,
  DEBUSINE_UPLOAD_DIRECTORY: store,
});

interface Line {
  readonly check: string;
  readonly state: string;
  readonly finding: string;
  readonly hint: string | null;
}

const linesOf = (stdout: string): readonly Line[] => JSON.parse(stdout) as readonly Line[];

describe('database doctor', () => {
  test('finds nothing wrong with a fresh database', async () => {
    const fresh = await createTestDatabase();
    try {
      const { exitCode, stdout, stderr } = await runCommand(fresh, ['database', 'doctor', '--json'], {
        env: env(),
      });
      const lines = linesOf(stdout);
      expect(lines.filter(({ state }) => state !== 'ok')).toEqual([]);
      expect(lines.map(({ check }) => check)).toEqual([
        'configuration',
        'connection',
        ...checks.map(({ name }) => name),
      ]);
      expect([exitCode, stderr]).toEqual([0, '']);
    } finally {
      await fresh.close();
    }
  });

  test('names each thing that is wrong, and what mends it', async () => {
    const sick = await createTestDatabase();
    const { db } = sick;
    try {
      await aFileStore(db, { name: 'archive', configuration: { base_directory: '/nonexistent/archive' } });
      await aWorkspace(db, { name: 'hasty', defaultExpirationDelay: '12:00:00' });
      const user = await aUser(db, { isActive: false });
      await aToken(db, { userId: user.id, enabled: true });
      const token = await aToken(db, { enabled: true });
      await aWorker(db, { name: 'lazy', concurrency: 0, tokenId: token.id });
      const away = await aWorker(db, { name: 'away', connectedAt: null });
      const workspaceId = (await systemWorkspace(db)).id;
      await aWorkRequest(db, { status: 'running', workerId: away.id, workspaceId });
      await aWorkRequest(db, {
        status: 'pending',
        workspaceId,
        eventReactionsJson: { on_success: [{ action: 'send-notification', channel: 'nobody' }] },
      });
      await db.execute(sql`drop index db_workrequest_pending_idx`);
      await db.execute(sql`delete from db_workspace where name = 'nosuch'`);
      const { exitCode, stdout } = await runCommand(sick, ['database', 'doctor', '--json'], {
        env: { ...env(), DEBUSINE_DEFAULT_WORKSPACE: 'elsewhere' },
      });
      const wrong = linesOf(stdout).filter(({ state }) => state !== 'ok');
      const named = (check: string): Line | undefined => wrong.find((line) => line.check === check);
      expect(named('schema')?.finding).toContain('1 objects');
      expect(named('file_store_directories')).toMatchObject({
        state: 'error',
        finding: 'file store "archive": store directory /nonexistent/archive does not exist',
        hint: expect.stringContaining('debusine-admin delete-file-store archive') as string,
      });
      expect(named('expiration_delays')?.finding).toContain('"hasty"');
      expect(named('tokens_of_inactive_users')?.state).toBe('warning');
      expect(named('worker_concurrency')?.finding).toContain('"lazy"');
      expect(named('stranded_work_requests')?.finding).toMatch(/^1 work requests/);
      expect(named('old_work_requests')?.finding).toMatch(/^1 work requests/);
      expect(named('missing_channels')?.finding).toContain('"nobody"');
      expect(named('first_rows')?.finding).toContain('"elsewhere"');
      for (const { hint, check } of wrong) expect(hint, check).not.toBeNull();
      expect(exitCode).toBe(1);

      const only = ['database', 'doctor', '--only', 'worker_concurrency'];
      expect((await runCommand(sick, only)).exitCode).toBe(0);
      expect((await runCommand(sick, [...only, '--strict'])).exitCode).toBe(1);
    } finally {
      await sick.close();
    }
  });

  test('on a terminal a finding that the table shortens is told in full, with its hint', async ({
    database,
  }) => {
    const env = { DEBUSINE_STORE_DIRECTORY: '/nonexistent/with/a/long/name', COLUMNS: '80' };
    const words = ['database', 'doctor', '--only', 'file_store_directories'];
    const { exitCode, stderr } = await runCommand(database, words, { env, terminal: true });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: file_store_directories: file store "Default": .*\/nonexistent\/with\/a\/long\/name does not exist; hint: .+$/m,
    );
  });

  test('a database that is away, without schema, or of a standby is a finding', async () => {
    const away = await runCommand(null, ['database', 'doctor', '--json'], {
      env: { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' },
    });
    expect(away.exitCode).toBe(1);
    expect(linesOf(away.stdout).at(-1)).toMatchObject({ check: 'connection', state: 'error' });
    const empty = await createTestDatabase('empty');
    try {
      const { exitCode, stdout } = await runCommand(empty, ['database', 'doctor', '--json'], { env: env() });
      expect(exitCode).toBe(1);
      expect(linesOf(stdout)).toContainEqual(expect.objectContaining({ check: 'level', state: 'error' }));
    } finally {
      await empty.close();
    }
  });

  test('an unknown check is 2, and the list names them all', async () => {
    const { exitCode, stderr } = await runCommand(null, ['database', 'doctor', '--only', 'clok']);
    expect([exitCode, stderr]).toEqual([
      2,
      'error: there is no check "clok"; hint: did you mean clock? --list-checks names them\n',
    ]);
    const { stdout } = await runCommand(null, ['database', 'doctor', '--list-checks', '--json']);
    expect((JSON.parse(stdout) as readonly { name: string }[]).map(({ name }) => name)).toContain('clock');
  });
});

describe('check', () => {
  test('compares the schema object by object, and with --data all rows', async () => {
    const sick = await createTestDatabase();
    const { db } = sick;
    try {
      const well = await runCommand(sick, ['check', '--data', '--json'], { env: env() });
      expect([well.exitCode, linesOf(well.stdout).filter(({ state }) => state !== 'ok')]).toEqual([0, []]);
      expect((await runCommand(sick, ['doctor'], { env: env() })).exitCode).toBe(0);

      const workspaceId = (await systemWorkspace(db)).id;
      const request = await aWorkRequest(db, { status: 'completed', result: 'success', workspaceId });
      await db.execute(sql`update db_workrequest set completed_at = null where id = ${request.id}`);
      const workflow = await aWorkRequest(db, { status: 'blocked', taskType: 'Workflow', workspaceId });
      const file = await aFile(db, 'one');
      await aFileInStore(db, file);
      const other = await aFile(db, 'four');
      await aFileInStore(db, other);
      const hex = other.sha256.toString('hex');
      const directory = path.join(store, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6));
      mkdirSync(directory, { recursive: true });
      writeFileSync(path.join(directory, `${hex}-4`), 'abc');
      await aCollection(db);
      await db.execute(sql`drop index db_workrequest_pending_idx`);
      await db.execute(sql`set session_replication_role = replica`);
      await db.execute(sql`update db_token set user_id = 4711`);
      await db.execute(sql`update db_workrequest set created_by_id = 4711 where id = ${request.id}`);
      await db.execute(sql`set session_replication_role = origin`);

      const found = await findViolations(db, { storeDirectory: store });
      const said = found.map(({ rule, object, problem }) => `${rule}: ${object} ${problem}`);
      expect(said).toContain(
        `status_has_its_times: work request ${request.id} is completed without the time of its end`,
      );
      expect(said).toContain(
        `workflow_has_its_collection: workflow ${workflow.id} is a root without an internal collection`,
      );
      expect(said).toContain(
        'references_resolve: db_workrequest.created_by_id 1 rows point at 4711, which does not exist',
      );
      expect(said).toContain(
        `stored_files_exist: file store "Default" ${file.sha256.toString('hex')}: its bytes are missing`,
      );
      expect(said).toContain(`stored_files_exist: file store "Default" ${hex}: has 3 bytes instead of 4`);

      const { exitCode, stdout } = await runCommand(sick, ['check', '--data', '--json'], { env: env() });
      expect(exitCode).toBe(1);
      const findings = linesOf(stdout).map(({ finding }) => finding);
      expect(findings).toContainEqual(
        expect.stringMatching(/^index db_workrequest_pending_idx is missing: CREATE INDEX/),
      );
      expect(findings).toContain(`workflow ${workflow.id}: is a root without an internal collection`);
    } finally {
      await sick.close();
    }
  });
});

describe('the check of rights', () => {
  const rightsOf = async (database: { readonly url: string }, ...words: readonly string[]) => {
    const all = ['database', 'doctor', '--only', 'rights', '--json', ...words];
    const { exitCode, stdout } = await runCommand(database, all, { env: env() });
    return { exitCode, lines: JSON.parse(stdout) as readonly Line[] };
  };

  test('tells what the role lacks for which command, and is content with what a command needs', async ({
    database,
  }) => {
    const role = await makeLimitedRole(database);
    try {
      const { 'list-tokens': needed = {} } = rights;
      await role.restrict(database, needed);
      expect(await rightsOf(role.of(database), '--for', 'list-tokens')).toMatchObject({
        exitCode: 0,
        lines: [{ check: 'rights', state: 'ok' }],
      });
      const { exitCode, lines } = await rightsOf(role.of(database), '--for', 'create-token');
      expect([exitCode, lines[0]?.finding]).toEqual([
        1,
        'this role lacks rights for create-token (INSERT on db_token, UPDATE on db_token, UPDATE on db_user)',
      ]);
      // Without --for it is asked about all, of which there are too many to name.
      expect((await rightsOf(role.of(database))).lines[0]?.finding).toMatch(/; and \d+ more$/);
    } finally {
      await role.remove(database);
    }
  });

  test('the owner of the tables lacks nothing', async ({ database }) => {
    expect(await rightsOf(database)).toMatchObject({ exitCode: 0, lines: [{ state: 'ok' }] });
  });

  test('a command that does not exist is refused, with the one that may have been meant', async ({
    database,
  }) => {
    const { exitCode, stderr } = await runCommand(database, [
      ...['database', 'doctor', '--for', 'create-tokens'],
    ]);
    expect([exitCode, stderr]).toEqual([
      2,
      'error: option --for: there is no command "create-tokens"; hint: did you mean create-token?\n',
    ]);
  });
});
