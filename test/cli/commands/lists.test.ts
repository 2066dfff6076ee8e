import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test as plain } from 'vitest';
import { catalog } from '../../../src/cli/catalog.ts';
import { test } from '../../support/database.ts';
import {
  at,
  aToken,
  aUser,
  aWorker,
  aWorkflowTemplate,
  aWorkspace,
  unique,
} from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const read = async (database: { url: string }, ...words: string[]): Promise<unknown> =>
  JSON.parse((await runCommand(database, [...words, '--json'])).stdout);

describe('a list', () => {
  test('of users tells what each has, and filters', async ({ database }) => {
    const user = await aUser(database.db, { isStaff: true, dateJoined: at('2024-05-02 09:14:07.05834') });
    await aToken(database.db, { userId: user.id });
    expect(await read(database, 'list-users', '--staff', '--match', user.username)).toEqual([
      {
        id: user.id,
        username: user.username,
        email: user.email,
        date_joined: '2024-05-02T09:14:07.058340Z',
        last_login: null,
        first_name: '',
        last_name: '',
        is_active: true,
        is_staff: true,
        is_superuser: false,
        tokens: 1,
        identities: 0,
      },
    ]);
    expect(await read(database, 'list-users', '--inactive', '--match', user.username)).toEqual([]);
  });

  test('of tokens names user or worker, and an unknown user is no empty list', async ({ database }) => {
    const user = await aUser(database.db);
    const token = await aToken(database.db, { userId: user.id, comment: 'CI', enabled: false });
    const record = {
      id: token.id,
      hash: token.hash,
      user: user.username,
      worker: null,
      created: token.createdAt,
      expires: null,
      enabled: false,
      comment: 'CI',
    };
    expect(await read(database, 'list-tokens', '--user', user.username)).toEqual([record]);
    expect(await read(database, 'list-tokens', '--hash', token.hash.slice(0, 12), '--disabled')).toEqual([
      record,
    ]);
    const worker = await aWorker(database.db);
    expect(await read(database, 'list-tokens', '--worker', worker.name)).toMatchObject([
      { worker: worker.name },
    ]);
    expect(await runCommand(database, ['list-tokens', '--user', 'nosuch'])).toMatchObject({
      exitCode: 3,
      stdout: '',
    });
    expect((await runCommand(database, ['list-tokens', '--hash', 'xyz'])).exitCode).toBe(2);
  });

  test('of workspaces gives delays exactly and in the form of the original', async ({ database }) => {
    const workspace = await aWorkspace(database.db, { defaultExpirationDelay: '12:00:00' });
    expect(await read(database, 'list-workspaces', '--private', '--match', workspace.name)).toEqual([
      {
        id: workspace.id,
        name: workspace.name,
        public: false,
        expiration: 1,
        default_expiration_delay_seconds: 43_200,
        default_file_store: 'Default',
        other_file_stores: [],
      },
    ]);
  });

  test('of file stores tells who uses them and whether they can be written to', async ({ database }) => {
    const env = { DEBUSINE_STORE_DIRECTORY: '/nonexistent/store' };
    const { stdout } = await runCommand(database, ['list-file-stores', '--workspace', 'System', '--json'], {
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'Default', location: '/nonexistent/store', files: 0, size_bytes: 0, reachable: false },
    ]);
    expect((await runCommand(database, ['list-file-stores', '--backend', 'S3'])).exitCode).toBe(2);
  });

  test('of workflow templates is by workspace and name', async ({ database }) => {
    const template = await aWorkflowTemplate(database.db, { name: unique('zz'), taskData: { a: 1 } });
    expect(
      await read(database, 'list-workflow-templates', '--workspace', 'System', '--match', template.name),
    ).toEqual([
      {
        id: template.id,
        name: template.name,
        task_name: 'noop',
        workspace: 'System',
        priority: 0,
        task_data: { a: 1 },
      },
    ]);
    const { exitCode } = await runCommand(database, ['list-workflow-templates', '--workspace', 'nosuch']);
    expect(exitCode).toBe(3);
  });

  test('under the name of the original has its keys only', async ({ database }) => {
    const { stdout } = await runCommand(database, ['list_workspaces', '--yaml']);
    expect(stdout).toContain('- expiration: Never\n  name: System\n  public: false\n');
  });
});

plain('every file of the folder is a command of its own name', () => {
  const folder = fileURLToPath(new URL('../../../src/cli/commands', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.map((file) => file.replace(/\.ts$/, '').replace(path.sep, ' ')).sort()).toEqual(
    catalog.map(({ name }) => name).sort(),
  );
});

test('a worker needs a real host name, and never gets an empty one', async ({ database }) => {
  const { exitCode, stdout, stderr } = await runCommand(database, ['create-worker', '...']);
  expect([exitCode, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error: "\.\.\." is not a host name/);
});
