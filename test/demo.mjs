/**
 * The main job on real input, as a user would type it: a throw-away embedded PostgreSQL, a token, workers, a
 * workspace, a workflow, artifacts made of files of this checkout, and their expiry. Ends with a status other than
 * zero when any step fails, and leaves nothing behind.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const launcher = path.join(root, 'bin', 'debusine-admin.js');
const home = mkdtempSync(path.join(tmpdir(), 'debusine-demo-'));
// The server runs as another account when this one is root, and must be able to reach its data.
chmodSync(home, 0o755);

const env = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: home,
  XDG_DATA_HOME: path.join(home, 'data'),
  XDG_STATE_HOME: path.join(home, 'state'),
  XDG_CACHE_HOME: path.join(home, 'cache'),
  XDG_CONFIG_HOME: path.join(home, 'config'),
  DEBUSINE_ADMIN_CREATED_BY: 'alice',
};

/**
 * @param {string} text
 * @returns {void}
 */
const say = (text) => void process.stdout.write(`${text}\n`);

/**
 * Shows a command line and its output, and gives what it wrote to standard output.
 * @param {...string} words
 * @returns {string}
 */
function run(...words) {
  const shown = words.map((word) => (/^[\w@./:=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  say(`$ debusine-admin ${shown}`);
  // With -v a command says in a pipe what it says on a terminal.
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words, '-v'], {
    env,
    cwd: root,
    encoding: 'utf8',
  });
  process.stdout.write(stderr + stdout);
  say('');
  if (status !== 0) throw new Error(`debusine-admin ${words[0]} ended with ${status}`);
  return stdout.trim();
}

/**
 * @param {string} text
 * @returns {void}
 */
function step(text) {
  say(`# ${text}`);
}

try {
  step('A PostgreSQL of its own: no TCP port, private to this account, made and migrated by one command.');
  run('database', 'init');
  run('database', 'start');

  step('An account, and a key for the API. The key is shown once; the database has only its SHA-256.');
  run('create-user', 'alice', 'alice@example.org', '--no-password');
  run('create-token', 'alice', '--comment', 'demo');

  step('Two workers register; the second one may not work yet.');
  run('create-worker', 'build1.example.org', '--enable');
  run('create-worker', 'build2.example.org');
  run('list-workers', '--columns', 'name,type,registered,enabled,busy');

  step('A workspace whose artifacts are kept for ten days.');
  run('create-workspace', 'qa', '--default-expiration-delay', '10', '--public');

  step('A workflow, from a template that fixes the vendor. Its data is checked before anything is stored.');
  run(
    'create-workflow-template',
    'images',
    'update_environments',
    '--workspace',
    'qa',
    '--set',
    'vendor=debian',
  );
  run(
    ...['create-workflow', 'images', '--workspace', 'qa'],
    ...['--set', 'targets=[{codenames: bookworm, architectures: [amd64]}]'],
  );

  step(
    'Three artifacts made of files of this checkout. The first two may go after a second, the third never.',
  );
  const logs = 'debusine:work-request-debug-logs';
  const unneeded = run(
    'create-artifact',
    logs,
    'package-lock.json',
    '--workspace',
    'qa',
    '--expiration-delay',
    '1s',
  );
  const needed = run('create-artifact', logs, 'LICENSE', '--workspace', 'qa', '--expiration-delay', '1s');
  const keeper = run(
    'create-artifact',
    logs,
    'README.md',
    '--workspace',
    'qa',
    '--expiration-delay',
    'never',
  );

  step(`Artifact ${keeper} needs artifact ${needed}, so ${needed} stays although its time is over.`);
  run('relate-artifacts', keeper, 'relates-to', needed);
  const { setTimeout: wait } = await import('node:timers/promises');
  await wait(1100);

  step('What would go? A dry run changes nothing.');
  const plan = run('expire-artifacts', '--dry-run');
  if (!plan.includes('work-request-debug-logs')) throw new Error('the dry run lists nothing');

  step(`Why is artifact ${needed} not among them?`);
  const reason = run('expire-artifacts', '--explain', needed);
  if (!reason.includes('KEEP')) throw new Error(`artifact ${needed} is not kept`);

  step('The real run frees the bytes of what nothing needs.');
  const summary = run('expire-artifacts');
  if (!/^Deleted 1 artifact, freed/m.test(summary)) throw new Error(`artifact ${unneeded} was not deleted`);

  step('A second run finds nothing left to do.');
  run('expire-artifacts');
  say('Everything worked. The database and all files of this demonstration are removed now.');
} catch (error) {
  say(`The demonstration failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  spawnSync(process.execPath, [launcher, 'database', 'stop'], { env, cwd: root });
  rmSync(home, { recursive: true, force: true });
}
