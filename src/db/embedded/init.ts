import {
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../../errors.ts';
import { allowedLogins, serverAccount, type ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { noteBinaries } from './chosen-binaries.ts';
import { makeDirectory, makePrivateDirectory, refuseClosedDirectory } from './directories.ts';
import { withLockFile } from './lock-file.ts';
import { isCluster, type EmbeddedPaths } from './paths.ts';
import { isAlive } from './processes.ts';
import { runProgram } from './program.ts';
import { asArguments, databaseName, initdbSettings, superuser } from './settings.ts';

/** How long another process may take to make the cluster, in milliseconds. A slow disk needs some of it. */
const patienceMs = 120_000;

/** The map in pg_ident.conf from accounts of the machine to the superuser. */
const identityMap = 'embedded';

/**
 * Makes the cluster with its empty database, unless there is one. It is made under another name and then renamed,
 * so an interrupted attempt leaves nothing that looks complete. Safe when many processes call it at once.
 *
 * Source: cli.md 5.4; dependencies.md 3.
 * @throws StorageError when no PostgreSQL is found, a directory cannot be made, or `initdb` fails.
 */
export async function initCluster(paths: EmbeddedPaths): Promise<{ created: boolean }> {
  if (isCluster(paths.data)) return { created: false };
  const account = serverAccount(null);
  makeDirectory(paths.base, account);
  const created = await withLockFile(
    join(paths.base, 'lock'),
    performance.now() + patienceMs,
    () => !isCluster(paths.data),
    () => create(paths, account),
  );
  return { created: created ?? false };
}

async function create(paths: EmbeddedPaths, account: ServerAccount): Promise<true> {
  removeRemains(paths.base);
  const { findBinaries } = await import('./binaries.ts');
  const binaries = await findBinaries({ ...paths.programs, account });
  const data = join(paths.base, String(binaries.major));
  const draft = `${data}.new.${process.pid}`;
  makePrivateDirectory(draft, account);
  try {
    await fill(draft, binaries, account);
    renameSync(draft, data);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    refuseClosedDirectory(paths.base, account);
    throw error;
  }
  syncDirectory(paths.base);
  noteBinaries(data, binaries);
  return true;
}

async function fill(data: string, binaries: Binaries, account: ServerAccount): Promise<void> {
  const run = async (program: string, args: readonly string[], input = '') => {
    const file = join(binaries.directory, program);
    const { status, failure, stderr } = await runProgram(file, args, { account, input });
    if (status === 0) return;
    const reason = failure ?? stderr.trim().split('\n').at(-1) ?? `status ${status}`;
    throw new StorageError(`cannot create the embedded database: ${program} failed: ${reason}`, {
      details: { program: file, output: stderr.slice(-2000) },
    });
  };
  // Written without care, then brought to the disk at once, which takes a fraction of the time.
  await run('initdb', [
    ...initdbSettings(binaries.major),
    '--no-sync',
    '--auth=peer',
    `--username=${superuser}`,
    '-D',
    data,
  ]);
  const mapped = allowedLogins(account).map(
    (login) => `${identityMap} "${login.replaceAll('"', '""')}" ${superuser}`,
  );
  writeOwned(join(data, 'pg_ident.conf'), `${mapped.join('\n')}\n`, account);
  writeOwned(join(data, 'pg_hba.conf'), `local all all peer map=${identityMap}\n`, account);
  const settings = asArguments({ fsync: 'off', exit_on_error: 'on' });
  await run(
    'postgres',
    ['--single', ...settings, '-D', data, 'template1'],
    `create database ${databaseName}\n`,
  );
  await run('initdb', ['--sync-only', '-D', data]);
}

function writeOwned(file: string, text: string, account: ServerAccount): void {
  writeFileSync(file, text, { mode: 0o600 });
  if (account.isOther) chownSync(file, account.uid, account.gid);
}

/** Removes what processes that were killed have left of their attempts. */
function removeRemains(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^\d+\.new\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || (isAlive(Number(pid)) && Number(pid) !== process.pid)) continue;
    rmSync(join(base, name), { recursive: true, force: true });
  }
}

/** Makes a rename in the directory survive a power failure. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
