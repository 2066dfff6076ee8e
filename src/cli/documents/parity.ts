/** docs/parity.md: every name of the original, and every command of ours. Source: cli.md 11. */
import type { AliasRow } from '../alias-rules.ts';
import { aliases, refusedNames } from '../aliases.ts';
import { catalog } from '../catalog.ts';
import { table } from './table.ts';

interface Row {
  readonly original: string;
  /** Our command; undefined for what is refused. */
  readonly ours: string | undefined;
  readonly note: string;
}

/** Every alias with its sub-actions, then the names that are refused. */
export function parityRows(): readonly Row[] {
  const rows = Object.entries(aliases).flatMap(([name, row]) => rowsOf(name, row));
  const refused = refusedNames.flatMap(({ names, why, hint }) =>
    names.map((name) => ({
      original: name,
      ours: undefined,
      note: `refused with 2: ${why}${hint === undefined ? '' : ` (${hint})`}`,
    })),
  );
  return [...rows, ...refused];
}

function rowsOf(name: string, { actions, command, note = '' }: AliasRow): readonly Row[] {
  if (actions === undefined) return [{ original: name, ours: command, note }];
  return Object.entries(actions).map(([action, own]) => ({
    original: `${name} ${action}`,
    ours: own.refused === undefined ? (own.command ?? `${command} ${action}`) : undefined,
    note: own.refused === undefined ? (own.note ?? note) : `refused with 2: ${own.refused}`,
  }));
}

/** Commands that no name of the original stands for. */
export function newCommands(): readonly string[] {
  const reached = new Set(parityRows().flatMap(({ ours }) => ours ?? []));
  return catalog.map(({ name }) => name).filter((name) => !reached.has(name) && name !== 'check');
}

/** The page as Markdown. */
export async function parity(): Promise<string> {
  const known = await Promise.all(
    newCommands().map(async (name) => {
      const command = (await catalog.find((entry) => entry.name === name)?.load())?.default;
      return [`\`${name}\``, command?.summary ?? ''] as const;
    }),
  );
  const rows = parityRows().map(
    ({ original, ours, note }) => [`\`${original}\``, ours === undefined ? '' : `\`${ours}\``, note] as const,
  );
  return [
    "# The original's commands and ours",
    '',
    'Made by `npm run docs` from the commands themselves.',
    '',
    "A name of the original works when it is typed, with its options, and keeps the original's exit statuses and YAML",
    'keys. It is shown neither in help nor in completion. `check`, `help` and `version` have the same name here;',
    '`check` runs the checks of `database check` and `database doctor`.',
    '',
    ...table(['Original', 'Ours', 'Notes'], rows),
    '',
    '## New commands',
    '',
    ...table(['Command', 'What it does'], known),
    '',
    '## What scripts notice when they switch to the new names',
    '',
    ...[
      'Workspaces have no scope in front of their name.',
      '"Exists already" is 4 and not 3, "no database" is 5 and not 3, interrupted is 130 and not 3.',
      'An expiry run that could not get its lock is 6 and not 0; so it is under the old names.',
      'Data is read from standard input only with `--data -`.',
      'Work requests come newest first.',
      'Keys and passwords are not accepted as arguments.',
      'Deleting tokens needs a selector; commands that destroy need `--yes` without a terminal.',
      'Tables in a pipe are plain text.',
    ].map((text, at) => `${at + 1}. ${text}`),
    '',
  ].join('\n');
}
