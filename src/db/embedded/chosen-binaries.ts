import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { EmbeddedPaths } from './paths.ts';
import { replaceFile } from './replace-file.ts';

/**
 * The binaries for an existing data directory: those that served it last, if they are unchanged, else such as are
 * found now. Trying out a binary costs as much as a third of the start of the server, hence the note.
 *
 * `again` disregards the note, for when what it names did not start.
 * @throws StorageError when there are none of the data directory's version.
 */
export async function chooseBinaries(
  paths: EmbeddedPaths,
  data: string,
  account: ServerAccount,
  again: boolean,
): Promise<Binaries> {
  const noted = again ? null : readNote(data);
  if (noted !== null) return noted;
  // Loaded only here: it brings a parser along that no later start needs.
  const { findBinaries } = await import('./binaries.ts');
  const found = await findBinaries({ ...paths.programs, account, major: Number(basename(data)) });
  noteBinaries(data, found);
  return found;
}

/** Notes next to the data directory which binaries serve it. Without the note the next start is only slower. */
export function noteBinaries(data: string, { directory, version }: Binaries): void {
  try {
    replaceFile(`${data}.programs`, `${[directory, version, fileMark(directory)].join('\n')}\n`);
  } catch {
    // A folder that we may only read.
  }
}

function readNote(data: string): Binaries | null {
  try {
    const [directory = '', version = '', mark] = readFileSync(`${data}.programs`, 'utf8').split('\n');
    const major = Number.parseInt(version, 10);
    if (mark !== fileMark(directory) || major !== Number(basename(data))) return null;
    return { directory, version, major };
  } catch {
    return null;
  }
}

/** Changes when the program is replaced. */
function fileMark(directory: string): string {
  const { ino, size, mtimeMs } = statSync(join(directory, 'postgres'));
  return `${ino} ${size} ${mtimeMs}`;
}
