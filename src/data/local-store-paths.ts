/** Where a file lies below the base directory of a local store. Source: data-schemas.md 4.4. */
import { ArgumentError } from '../errors.ts';

const digest = /^[0-9a-f]{64}$/;
const decimal = /^(?:0|[1-9][0-9]*)$/;

/**
 * Path relative to the base directory: three directories named by the first bytes of the digest, then digest
 * and size.
 * @param sha256 64 lower-case hexadecimal digits
 * @param size in bytes; as bigint or decimal text where it may exceed 2^53
 * @throws ArgumentError if one of them is not what it should be
 */
export function storePath(sha256: string, size: bigint | number | string): string {
  const bytes = String(size);
  if (!digest.test(sha256)) throw new ArgumentError('a SHA-256 digest has 64 lower-case hexadecimal digits');
  if (!decimal.test(bytes)) throw new ArgumentError(`${bytes} is not a size in bytes`);
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256.slice(4, 6)}/${sha256}-${bytes}`;
}
