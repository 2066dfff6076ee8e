import { describe, expect, test as plain } from 'vitest';
import { rewriteAlias } from '../../src/cli/alias-rewriting.ts';
import { aliases, refusedNames } from '../../src/cli/aliases.ts';
import { aUser, aWorker, unique } from '../support/factories.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

const nobody = (_: string, option: string): Promise<string> =>
  Promise.reject(new Error(`asked for ${option}`));

async function rewritten(line: string): Promise<string> {
  const result = await rewriteAlias(line.split(' '), nobody);
  return result === undefined ? 'none' : result.words.join(' ');
}

const key = 'ab'.repeat(32);

describe('the words of the original', () => {
  plain.for([
    ['create_token alice --comment CI', 'create-token --comment CI -- alice'],
    ['list_tokens --username alice', 'list-tokens --user=alice --limit 0'],
    ['list_tokens --owner=alice --limit 3', 'list-tokens --user=alice --limit 3'],
    ['delete_tokens --username a --force --yes', 'delete-tokens --user=a --if-exists --yes'],
    ['manage_user change-email a b@c', 'manage-user change-email -- a b@c'],
    ['manage_user --traceback change-email a b', 'manage-user change-email --debug -- a b'],
    ['changepassword alice --database default', 'manage-user set-password -- alice'],
    [
      'createsuperuser --noinput --email a@b --username a',
      'create-user --no-password --superuser --staff -- a a@b',
    ],
    ['manage_worker --worker-type external enable w', 'manage-worker enable -- w'],
    ['manage_worker disable --worker-type=external w', 'manage-worker disable -- w'],
    ['edit_worker_metadata --set m.yaml w', 'edit-worker-metadata --data=m.yaml -- w'],
    ['create_workspace debusine/qa --public', 'create-workspace --public --update -- qa'],
    [
      'create_workspace qa --default-expiration-delay -5',
      'create-workspace --default-expiration-delay -5 --update -- qa',
    ],
    ['create_workspace --with-owners-group Owners debusine/qa', 'create-workspace --update -- qa'],
    ['manage_workspace debusine/qa --private', 'manage-workspace --private -- qa'],
    ['delete_workspace debusine/qa --yes --force', 'delete-workspace --yes --if-exists -- qa'],
    ['workspace define debusine/qa --private', 'create-workspace --private --update -- qa'],
    ['workspace create debusine/qa Owners', 'create-workspace --update -- qa'],
    ['workspace rename debusine/qa new', 'manage-workspace --rename=new -- qa'],
    ['workspace --skip-checks delete debusine/qa --yes', 'delete-workspace --yes -- qa'],
    ['workspace list debusine --yaml', 'list-workspaces --yaml --limit 0'],
    ['create_file_store x Local', 'create-file-store --if-not-exists --configuration - -- x Local'],
    [
      'file_store --skip-checks create x Local --configuration f',
      'create-file-store --configuration f --if-not-exists -- x Local',
    ],
    ['file_store delete x --force', 'delete-file-store --force --yes -- x'],
    [
      'create_collection c debian:suite --workspace debusine/qa',
      'create-collection --workspace=qa --data - -- c debian:suite',
    ],
    ['create_workflow t --data f', 'create-workflow --data f -- t'],
    ['create_workflow t', 'create-workflow --data - -- t'],
    ['manage_notification_channel change-name a b', 'manage-notification-channel change-name -- a b'],
    ['manage_notification_channel change-data a', 'manage-notification-channel change-data --data - -- a'],
    ['list_work_requests --yaml', 'list-work-requests --yaml --order created_at --limit 0'],
    ['delete_expired -v 2 --dry-run', 'expire-artifacts --verbose --dry-run'],
    ['monthly_cleanup -v3', 'vacuum-storage --debug'],
    ['vacuum_storage --verbosity=0 --verbosity 1', 'vacuum-storage'],
    ['info -v', 'database info -v'],
    ['showmigrations db', 'database migrate --steps'],
    ['migrate --noinput --check', 'database migrate --check'],
    ['migrate db 0041', 'database migrate -- db 0041'],
    ['list_users --force-color', 'list-users --color=always --limit 0'],
    ['--no-input list_users', 'list-users --no-input --limit 0'],
    ['create-token alice', 'none'],
  ])('%s is %s', async ([original = '', ours]) => {
    expect(await rewritten(original)).toBe(ours);
  });

  plain('a key on the command line is kept out of the words, with a warning', async () => {
    for (const line of [`list_tokens --token ${key}`, `manage_worker enable ${key}`]) {
      const result = await rewriteAlias(line.split(' '), nobody);
      expect(result?.words.join(' ')).toContain('--token-file=');
      expect(result?.words.join(' ')).not.toContain(key);
      expect([...(result?.alias.secrets.values() ?? [])]).toEqual([key]);
      expect(result?.alias.warnings.join()).toContain('seen by every user');
    }
  });

  plain.for([
    ['workspace', 2, 'needs an action'],
    ['workspace restart', 2, 'has no action "restart"'],
    ['workspace list_roles debusine/qa', 2, 'no roles'],
    ['workspace list nosuch', 3, 'scope "nosuch" not found'],
    ['create_workspace nosuch/qa', 3, 'scope "nosuch" not found'],
    ['manage_worker --worker-type signing enable w', 4, 'no signing workers'],
    ['manage_worker --worker-type oven enable w', 2, 'none of external, signing'],
    ['file_store create x Local --max-size 3', 2, 'no size limits'],
    ['list_users --verbosity 7', 2, 'none of 0, 1, 2, 3'],
    ['migrate db 0040', 2, 'database migrate takes no arguments'],
    ['createsuperuser --noinput --username x', 2, '--email is needed'],
    ['list_workers --nosuch', 2, 'no option --nosuch'],
  ] as const)('%s ends with %i and says "%s"', async ([line, code, text]) => {
    const { exitCode, stdout, stderr } = await runCommand(null, line.split(' '));
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(text);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  plain.for(refusedNames.flatMap(({ names }) => names))('%s is refused with 2', async (name) => {
    const { exitCode, stderr } = await runCommand(null, [name, 'x']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`^error: "${name}" (belongs|is) `));
  });

  plain('what has no effect is said once, on a terminal only', async () => {
    const words = ['list_users', '--settings', 'x', '--pythonpath=y', '--help'];
    expect((await runCommand(null, words)).stderr).toBe('');
    const { stderr } = await runCommand(null, words, { terminal: true });
    expect(stderr).toBe(
      'note: "list_users" is now "list-users"\nwarning: without effect here: --settings, --pythonpath\n',
    );
  });

  plain('help and version know the names of the original', async () => {
    const help = (await runCommand(null, ['list-users', '--help'])).stdout;
    expect((await runCommand(null, ['help', 'list_users'])).stdout).toBe(help);
    expect((await runCommand(null, ['list_users', '--help'])).stdout).toBe(help);
    const version = (await runCommand(null, ['--version'])).stdout;
    expect((await runCommand(null, ['version'])).stdout).toBe(version);
    expect((await runCommand(null, ['create_token', '--version'])).stdout).toBe(version);
    expect((await runCommand(null, ['create-token', '-V'])).stdout).toBe(version);
    expect(await runCommand(null, ['workspace', '--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/rename/),
    });
  });

  plain('no name of the original is suggested', async () => {
    for (const name of Object.keys(aliases)) {
      const { stderr } = await runCommand(null, [`${name}xx`]);
      expect(stderr).not.toMatch(/\b[a-z]+_[a-z]+ *[,?]/);
    }
  });
});

describe('under the names of the original', () => {
  test('a filter that names nothing gives an empty list, under ours it is an error', async ({ database }) => {
    expect(await runCommand(database, ['list_tokens', '--username', 'nosuch', '--yaml'])).toEqual({
      exitCode: 0,
      stdout: '[]\n\n',
      stderr: '',
    });
    expect((await runCommand(database, ['list-tokens', '--user', 'nosuch'])).exitCode).toBe(3);
  });

  test('the exit status in the JSON error is the one the process ends with', async ({ database }) => {
    const { username } = await aUser(database.db);
    const words = ['create_user', username, 'other@example.org', '--json'];
    const { exitCode, stderr } = await runCommand(database, words);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'exists', exit_code: 3 } });
  });

  test('the YAML of a list has the keys of the original, in its form', async ({ database }) => {
    const name = unique('worker');
    await aWorker(database.db, { name });
    const { stdout } = await runCommand(database, ['list_workers', '--yaml']);
    expect(stdout).toMatch(
      new RegExp(
        `^- connected: .*\\n {2}enabled: (true|false)\\n {2}hash: [0-9a-f]{64}\\n {2}name: ${name}\\n` +
          ` {2}registered: 2024-05-01 10:00:00\\+00:00\\n {2}type: external\\n\\n$`,
      ),
    );
  });

  test('a table on a terminal shows all records, as there', async ({ database }) => {
    for (let n = 0; n < 101; n += 1) await aUser(database.db);
    const count = (text: string): number =>
      text.split('\n').filter((line) => line.includes('│ user-')).length;
    const original = await runCommand(database, ['list_users'], { terminal: true });
    expect(count(original.stdout)).toBeGreaterThan(100);
    expect(count((await runCommand(database, ['list-users'], { terminal: true })).stdout)).toBe(100);
  });
});
