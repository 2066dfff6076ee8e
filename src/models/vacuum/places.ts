/** The directories of local stores, and which of them can be looked at. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Db } from '../../db/database.ts';
import { DebusineError } from '../../errors.ts';
import type { FileStore } from '../../schema/file-stores.ts';
import { baseDirectory } from '../../storage/directories.ts';
import { isAboutSomethingMissing, storageFailure } from '../../storage/failures.ts';
import { type Broken, storeBackends } from '../expiry/unused-files.ts';
import type { Backend, StoreSettings } from '../file-backends.ts';
import type { Problem } from './events.ts';

/** A directory with the stores that are in it; it should be one, and with stores of old may be more. */
export interface Place {
  /** Without symbolic links. */
  readonly directory: string;
  readonly stores: readonly FileStore[];
  /** Whether its store was asked for. */
  readonly isSelected: boolean;
  /** Paths below it of other places and of the upload directory: they have another owner. */
  readonly reserved: ReadonlySet<string>;
}

export interface Places {
  readonly places: readonly Place[];
  /** The place of a local store, by its id. */
  readonly byStore: ReadonlyMap<number, Place>;
  readonly backends: ReadonlyMap<number, Backend | Broken>;
  /** The upload directory without symbolic links; undefined when it is not there, or cannot be looked at. */
  readonly uploads: string | undefined;
  /** Why the upload directory cannot be looked at. */
  readonly uploadFailure: string | undefined;
  /** Paths below the upload directory that belong to stores. */
  readonly reservedInUploads: ReadonlySet<string>;
  /** Selected stores that cannot be looked at. */
  readonly unreachable: readonly Problem[];
}

/** @param selected names of stores; undefined for all */
export async function findPlaces(
  db: Db,
  selected: ReadonlySet<string> | undefined,
  settings: StoreSettings,
  uploadDirectory: string,
): Promise<Places> {
  const backends = await storeBackends(db, settings);
  const found = new Map<string, FileStore[]>();
  const unreachable: Problem[] = [];
  const tell = (store: FileStore, path: string | null, reason: string): void => {
    if (selected !== undefined && !selected.has(store.name)) return;
    unreachable.push({ code: 'store_unreachable', store: store.name, path, reason });
  };
  for (const backend of backends.values()) {
    if (backend.kind === 'broken') tell(backend.store, null, backend.problem);
    if (backend.kind !== 'Local') continue;
    try {
      const directory = await readableDirectory(backend.baseDirectory);
      found.set(directory, [...(found.get(directory) ?? []), backend.store]);
    } catch (error) {
      if (!(error instanceof DebusineError)) throw error;
      tell(backend.store, backend.baseDirectory, error.message);
    }
  }
  const { uploads, uploadFailure } = await existing(uploadDirectory);
  const owned = [...found.keys(), ...(uploads === undefined ? [] : [uploads])];
  const places = [...found].map(([directory, stores]) => ({
    directory,
    stores,
    isSelected: selected === undefined || stores.some(({ name }) => selected.has(name)),
    reserved: below(directory, owned),
  }));
  return {
    places,
    byStore: new Map(places.flatMap((place) => place.stores.map(({ id }) => [id, place]))),
    backends,
    uploads,
    uploadFailure,
    reservedInUploads: uploads === undefined ? new Set() : below(uploads, [...found.keys()]),
    unreachable,
  };
}

async function readableDirectory(given: string): Promise<string> {
  const { path } = await baseDirectory(given);
  try {
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw storageFailure('read the store directory', path, error);
  }
  return path;
}

async function existing(uploadDirectory: string): Promise<Pick<Places, 'uploads' | 'uploadFailure'>> {
  try {
    return { uploads: await readableDirectory(uploadDirectory), uploadFailure: undefined };
  } catch (error) {
    if (!(error instanceof DebusineError)) throw error;
    const uploadFailure = isAboutSomethingMissing(error)
      ? undefined
      : error.message.replace('store directory', 'upload directory');
    return { uploads: undefined, uploadFailure };
  }
}

/** Relative paths of those directories that lie below the first one. */
function below(directory: string, others: readonly string[]): ReadonlySet<string> {
  const ways = others.map((other) => relative(directory, other));
  return new Set(ways.filter((way) => way !== '' && way !== '..' && !way.startsWith(`..${sep}`)));
}
