/** Names from the database for completion: quick, and silent when there are none to be had. Source: cli.md 8.14. */
import type { Host } from '../context.ts';
import { settingsOf } from '../settings-of.ts';
import { sharedOptions } from '../shared-options.ts';
import type { Wanted } from './candidates.ts';

/** From the start of the search, in milliseconds; a person is waiting with the finger on the key. */
const limitMs = 400;

/** Names that begin so; empty when the database cannot be asked in time. */
export async function namesFor(
  { of, prefix }: Extract<Wanted, { kind: 'names' }>,
  words: readonly string[],
  host: Host,
): Promise<readonly string[]> {
  const timeout = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => resolve([]), limitMs).unref();
  });
  return Promise.race([timeout, search(of, prefix, words, host).catch(() => [])]);
}

async function search(
  of: Extract<Wanted, { kind: 'names' }>['of'],
  prefix: string,
  words: readonly string[],
  root: Host,
): Promise<readonly string[]> {
  const { settings, host } = await settingsOf(root, {
    databaseUrl: given(words, sharedOptions.databaseUrl.flags),
    config: given(words, sharedOptions.config.flags),
  });
  const [{ openQuietly }, { namesBeginningWith }] = await Promise.all([
    import('../session.ts'),
    import('../../models/names.ts'),
  ]);
  const session = await openQuietly(settings, host, { applicationName: 'debusine-admin completion' });
  if (session === undefined) return [];
  try {
    const names = await namesBeginningWith(session.db, of, prefix);
    // A shell has no safe way to show such a name, and nobody types one.
    return names.filter((name) => !/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u.test(name));
  } finally {
    void session.close();
  }
}

function given(words: readonly string[], flags: string): string | undefined {
  const [name = ''] = flags.split(' ');
  const at = words.lastIndexOf(name);
  const inline = words.findLast((word) => word.startsWith(`${name}=`));
  return at >= 0 ? words[at + 1] : inline?.slice(name.length + 1);
}
