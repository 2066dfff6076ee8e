/** Keys of tokens. Source: models.md 3.3. */
import { createHash, randomBytes } from 'node:crypto';

/** A new key: 32 random bytes as 64 lower-case hexadecimal digits. Shown once, never stored. */
export function generateTokenKey(): string {
  return randomBytes(32).toString('hex');
}

/** What is stored of a key: SHA-256 of its UTF-8 bytes, in lower-case hexadecimal. Nothing is trimmed. */
export function hashTokenKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
