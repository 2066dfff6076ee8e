import { expect } from 'vitest';
import { aUser, aWorker, aWorkflowTemplate, aWorkspace } from '../support/factories.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

test('a name that is nearly right is suggested, with the command that lists the names', async ({
  database,
}) => {
  await aUser(database.db, { username: 'alice' });
  await aWorker(database.db, { name: 'saturn' });
  const hint = async (words: readonly string[]): Promise<string> => {
    const { exitCode, stderr } = await runCommand(database, words);
    expect(exitCode).toBe(3);
    return stderr;
  };
  expect(await hint(['create-token', 'alicia'])).toBe(
    'error: user "alicia" not found; hint: did you mean "alice"? see debusine-admin list-users\n',
  );
  expect(await hint(['list-tokens', '--worker', 'sat'])).toContain('did you mean "saturn"?');
  expect(await hint(['create-workspace', 'x', '--default-file-store', 'default'])).toContain(
    'did you mean "Default"?',
  );
  expect(await hint(['create-token', 'nobody-like-it'])).not.toContain('did you mean');
});

test('a template is suggested from the workspace it was looked for in, never its own name', async ({
  database: { db, ...database },
}) => {
  await aUser(db, { username: 'bob' });
  const other = await aWorkspace(db, { name: 'other' });
  await aWorkflowTemplate(db, { name: 'build-all', taskName: 'noop' });
  await aWorkflowTemplate(db, { name: 'build-any', taskName: 'noop', workspaceId: other.id });
  const start = async (name: string): Promise<string> =>
    (await runCommand(database, ['create-workflow', name, '--created-by', 'bob'])).stderr;
  expect(await start('build-al')).toContain('did you mean "build-all"?');
  expect(await start('build-al')).not.toContain('build-any');
  expect(await start('build-any')).toContain('it exists in workspace "other"');
  expect(await start('build-any')).not.toContain('did you mean "build-any"');
});
