/** What the operating system says about a file, as our error. */
import { StorageError } from '../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an error',
  EISDIR: 'is a directory',
  ELOOP: 'is a symbolic link',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a directory',
  ENXIO: 'is not a regular file',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** The system's code of a failed file operation; undefined for an error of another kind. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** Whether a file operation failed because a file or directory was not there. */
export function isAboutSomethingMissing(error: unknown): boolean {
  const code = systemCode(error instanceof StorageError ? error.cause : error);
  return code === 'ENOENT';
}

/**
 * `cannot <action> <path>: <reason>`, for an error of the operating system; errors of our own pass unchanged.
 * @param action a verb and, if it needs one, a preposition: `read`, `write to`
 */
export function storageFailure(action: string, path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof StorageError) return error;
  const reason = reasons[code] ?? code;
  return new StorageError(`cannot ${action} ${path}: ${reason}`, {
    details: { path, reason: code },
    cause: error,
  });
}
