/** Names with `*` as wildcard, as patterns of SQL. Source: cli.md 8 (`--match`, `--comment`, `--task`). */

/**
 * The pattern for `like` that stands for the whole text: `*` is any number of characters, everything else is itself.
 * The escape character is the backslash, which is the server's default.
 */
export function likePattern(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%');
}

/** The pattern for `like` that finds the text anywhere in a name; `*` as in likePattern. */
export function likeContaining(text: string): string {
  return `%${likePattern(text)}%`;
}
