import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { StorageError } from '../../errors.ts';
import type { ServerAccount } from './account.ts';
import { completeLinks, copyPackage, platformPackage } from './platform-package.ts';
import { runProgram, type ProgramResult } from './program.ts';

/** A PostgreSQL that the account can execute. */
export interface Binaries {
  /** The folder with `postgres` and `initdb`. */
  readonly directory: string;
  /** As `postgres -V` says: `18.4`. */
  readonly version: string;
  readonly major: number;
}

export interface BinarySearch {
  /** The account that is to execute them. */
  readonly account: ServerAccount;
  /** Where the binaries are copied to when that account cannot use them in their place. */
  readonly cache: string;
  /** The PATH of the caller, searched last. */
  readonly programPath: string;
  /** Only this major version will do, because a data directory of it exists. Without it the newest is taken. */
  readonly major?: number | undefined;
  /** Folder of the npm package with the binaries; null when there is none. Default: the one installed with us. */
  readonly packageDirectory?: string | null;
  /** Folders that hold installed PostgreSQL versions. Default: where systems put them. */
  readonly installed?: readonly InstalledPlace[];
}

/** `<directory>/<name that matches, with the version>/<below>` holds binaries. */
export interface InstalledPlace {
  readonly directory: string;
  readonly name: RegExp;
  readonly below: string;
}

/** The first that knows NULLS NOT DISTINCT, which the schema uses. */
const oldestMajor = 15;

const installedPlaces: readonly InstalledPlace[] = [
  { directory: '/usr/lib/postgresql', name: /^(\d+)$/, below: 'bin' }, // Debian
  { directory: '/usr', name: /^pgsql-(\d+)$/, below: 'bin' }, // PostgreSQL's own RPM packages
  { directory: '/usr/libexec', name: /^postgresql(\d+)$/, below: '' }, // Alpine
  { directory: '/opt/homebrew/opt', name: /^postgresql@(\d+)$/, below: 'bin' },
  { directory: '/usr/local/opt', name: /^postgresql@(\d+)$/, below: 'bin' },
];

/**
 * Finds a PostgreSQL for the account: the binaries that come along as an npm package, completed or copied where
 * needed, else the newest installed version that has the extension `btree_gist`. Every candidate is executed
 * once before it is chosen, because a file that exists may still be closed or made for another C library.
 *
 * Source: dependencies.md 3, "Fallback: system PostgreSQL".
 * @throws StorageError when there is none; it says what to install and what was wrong with each candidate.
 */
export async function findBinaries(search: BinarySearch): Promise<Binaries> {
  const rejected: string[] = [];
  const packaged = search.packageDirectory === undefined ? platformPackage() : search.packageDirectory;
  if (packaged !== null) {
    const found = await tryPackage(packaged, search, rejected);
    if (found !== null) return found;
  }
  for (const directory of await installedDirectories(search)) {
    const found = await tryDirectory(directory, search, rejected);
    if (found !== null) return found;
  }
  throw nothingFound(search.major, rejected);
}

async function tryPackage(
  directory: string,
  search: BinarySearch,
  rejected: string[],
): Promise<Binaries | null> {
  const bin = join(directory, 'native', 'bin');
  let result: ProgramResult;
  let isComplete: boolean;
  try {
    isComplete = await completeLinks(directory);
    result = await askVersion(bin, search.account);
  } catch (error) {
    rejected.push(`${bin}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  if (result.status === 0) return judge(bin, result, search, rejected);
  // A copy helps when the way to the package is closed, or when the program starts but links are missing. It does
  // not help when the program is not for this system: with another C library the answer is ENOENT.
  const copyHelps = result.failure === 'EACCES' || (result.failure === null && !isComplete);
  if (!copyHelps) return judge(bin, result, search, rejected);
  try {
    const copy = join(await copyPackage(directory, search.cache, search.account), 'native', 'bin');
    return judge(copy, await askVersion(copy, search.account), search, rejected);
  } catch (error) {
    rejected.push(`${bin}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function tryDirectory(
  directory: string,
  search: BinarySearch,
  rejected: string[],
): Promise<Binaries | null> {
  if (!(await isExecutable(join(directory, 'postgres')))) return null;
  if (!(await isExecutable(join(directory, 'initdb')))) {
    rejected.push(`${directory}: there is no initdb`);
    return null;
  }
  const found = judge(directory, await askVersion(directory, search.account), search, rejected);
  if (found === null || (await hasBtreeGist(directory, found.major))) return found;
  rejected.push(`${directory}: the extension btree_gist is not installed`);
  return null;
}

/** Whether what `postgres -V` answered makes the folder a usable one; if not, the reason is noted. */
function judge(
  directory: string,
  { status, failure, stdout, stderr }: ProgramResult,
  { major: wanted }: BinarySearch,
  rejected: string[],
): Binaries | null {
  const [, version, major] = /^postgres \(PostgreSQL\) ((\d+)[\w.]*)/.exec(stdout) ?? [];
  if (status !== 0 || version === undefined) {
    const reason = stderr.trim().split('\n')[0];
    rejected.push(`${directory}: ${failure ?? (reason || `postgres -V ended with status ${status}`)}`);
    return null;
  }
  const found = { directory, version, major: Number(major) };
  if (wanted !== undefined ? found.major === wanted : found.major >= oldestMajor) return found;
  rejected.push(`${directory}: it is version ${version}`);
  return null;
}

function askVersion(directory: string, account: ServerAccount): Promise<ProgramResult> {
  return runProgram(join(directory, 'postgres'), ['-V'], { account });
}

/** Folders that may hold an installed PostgreSQL, the newest version first, those of PATH last. */
async function installedDirectories(search: BinarySearch): Promise<string[]> {
  const found: { directory: string; major: number }[] = [];
  for (const { directory, name, below } of search.installed ?? installedPlaces) {
    for (const entry of await readdir(directory).catch(() => [])) {
      const major = Number(name.exec(entry)?.[1] ?? 0);
      if (major >= oldestMajor) found.push({ directory: join(directory, entry, below), major });
    }
  }
  found.sort((one, other) => other.major - one.major);
  const path = search.programPath.split(delimiter).filter((directory) => isAbsolute(directory));
  return [...new Set([...found.map(({ directory }) => directory), ...path])];
}

/** Whether the extension is there, in any of the layouts that systems use for PostgreSQL's shared files. */
async function hasBtreeGist(directory: string, major: number): Promise<boolean> {
  const root = dirname(directory);
  const shares = [
    join(root, 'share'),
    join(root, 'share', 'postgresql'),
    join(root, 'share', `postgresql@${major}`),
    `/usr/share/postgresql/${major}`, // Debian
    `/usr/share/postgresql${major}`, // Alpine
    '/usr/share/pgsql', // Fedora
    '/usr/share/postgresql',
  ];
  const there = await Promise.all(
    shares.map((share) => isReadable(join(share, 'extension', 'btree_gist.control'))),
  );
  return there.includes(true);
}

function nothingFound(major: number | undefined, rejected: readonly string[]): StorageError {
  const wanted = major === undefined ? `PostgreSQL ${oldestMajor} or newer` : `PostgreSQL ${major}`;
  const because = major === undefined ? '' : ', which made the existing data directory,';
  return new StorageError(`no usable ${wanted}${because} was found for the embedded database`, {
    hint: `install debusine-admin with its optional dependencies, or ${wanted} of the system with its contrib modules`,
    details: { rejected },
  });
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}
