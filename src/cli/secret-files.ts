/** Keys and passwords come from files, standard input or a terminal, never from arguments. Source: cli.md 5.6. */
import { InvalidInputError } from '../errors.ts';
import { option } from './command.ts';
import type { Context } from './context.ts';

/** `--token-file`, for commands that look for the token with a key. */
export const tokenFileOption = option(
  '--token-file <FILE>',
  'the one whose key is in this file; - is standard input',
  { completes: 'file' },
);

/**
 * The key in a file, without blanks around it.
 * @throws InvalidInputError for an empty file
 */
export async function readKey(context: Context, file: string): Promise<string> {
  const key = (await context.readText(file)).trim();
  if (key !== '') return key;
  throw new InvalidInputError(`there is no key ${file === '-' ? 'on standard input' : `in ${file}`}`);
}

/**
 * The password in a file: its first line, blanks included.
 * @throws InvalidInputError for an empty one
 */
export async function readPassword(context: Context, file: string): Promise<string> {
  const [password = ''] = (await context.readText(file)).split(/\r?\n/);
  if (password !== '') return password;
  throw new InvalidInputError(`there is no password ${file === '-' ? 'on standard input' : `in ${file}`}`);
}
