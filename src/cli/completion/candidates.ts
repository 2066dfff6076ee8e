/** What may stand at the cursor, from the declarations of the commands. Loads neither driver nor ORM. */
import { catalog, commandsBelow } from '../catalog.ts';
import {
  type Argument,
  type Command,
  type Completion,
  type NameKind,
  type Option,
  takesValue,
} from '../command.ts';
import { topics } from '../help-topics.ts';
import { outputOptions, sharedOptions } from '../shared-options.ts';
import { findWords } from '../words.ts';

/** A word, and what it is for. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What completes the current word. */
export type Wanted =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'directory' }
  /** Names from the database; `before` stands in front of each in the same word. */
  | { readonly kind: 'names'; readonly of: NameKind; readonly prefix: string; readonly before: string };

const nothing: Wanted = { kind: 'words', candidates: [] };

const bare = (value: string): Candidate => ({ value, description: '' });

/** @param words whole words before the cursor */
export async function wantedAt(words: readonly string[], current: string): Promise<Wanted> {
  const found = findWords(words);
  if (found.kind === 'command') {
    const { default: command } = await found.command.load();
    return inCommand(command, found.rest, current);
  }
  if (found.kind === 'unknown') return found.word === 'help' ? helpWords(words, current) : nothing;
  const shared = optionAt(sharedOptions, words, current, sharedOptions);
  if (shared !== undefined) return shared;
  if (found.kind === 'unfinished') {
    if (found.second !== undefined) return nothing;
    return matching(await described(commandsBelow(found.word), found.word), current);
  }
  return matching([...(await firstWords()), bare('help'), bare('version')], current);
}

/** The names of the commands; of two words only the first. */
async function firstWords(): Promise<readonly Candidate[]> {
  const single = await described(catalog.filter(({ name }) => !name.includes(' ')));
  const groups = [
    ...new Set(catalog.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]] : []))),
  ];
  return [...single, ...groups.map((word = '') => ({ value: word, description: `${word} …` }))];
}

function described(entries: typeof catalog, above?: string): Promise<readonly Candidate[]> {
  return Promise.all(
    entries.map(async ({ name, load }) => ({
      value: above === undefined ? name : name.slice(above.length + 1),
      description: (await load()).default.summary,
    })),
  );
}

async function helpWords(words: readonly string[], current: string): Promise<Wanted> {
  const at = words.indexOf('help');
  const [first, ...more] = words.slice(at + 1).filter((word) => !word.startsWith('-'));
  if (more.length > 0) return nothing;
  if (first !== undefined) return matching(await described(commandsBelow(first), first), current);
  return matching([...(await firstWords()), ...Object.keys(topics).map(bare)], current);
}

type Declared = Readonly<Record<string, Option<unknown>>>;

function inCommand(command: Command, words: readonly string[], current: string): Wanted {
  const declared = { ...sharedOptions, ...command.options, ...outputOptions(command.output) };
  const own = { ...command.options, ...outputOptions(command.output) };
  const option = optionAt(declared, words, current, own, command);
  if (option !== undefined) return option;
  const argument = argumentAt(Object.values(command.arguments), argumentsBefore(words, declared));
  if (argument === undefined) return optionsFor(own, words, current);
  return argument.completes === undefined ? nothing : byCompletion(argument.completes, current, '');
}

/** An option, or the value of one; undefined where an argument is meant. */
function optionAt(
  declared: Declared,
  words: readonly string[],
  current: string,
  offered: Declared,
  command?: Command,
): Wanted | undefined {
  if (words.includes('--')) return undefined;
  const equals = current.indexOf('=');
  if (current.startsWith('--') && equals > 0) {
    const option = findOption(declared, current.slice(0, equals));
    return option === undefined
      ? nothing
      : valueOf(option, current.slice(equals + 1), current.slice(0, equals + 1), command);
  }
  const before = findOption(declared, words.at(-1) ?? '');
  if (before !== undefined && takesValue(before) === 'must') return valueOf(before, current, '', command);
  if (!current.startsWith('-')) return undefined;
  return optionsFor({ ...offered, ...declared }, words, current);
}

const longName = ({ flags }: Option<unknown>): string => /--[a-z0-9-]+/.exec(flags)?.[0] ?? flags;

const findOption = (declared: Declared, word: string): Option<unknown> | undefined =>
  word.startsWith('-')
    ? Object.values(declared).find(({ flags }) => flags.split(/[ ,]+/).includes(word))
    : undefined;

function optionsFor(declared: Declared, words: readonly string[], current: string): Wanted {
  const given = new Set(words.map((word) => word.split('=')[0] ?? ''));
  const candidates = [...new Set(Object.values(declared))]
    .filter(({ hidden, repeatable, flags }) => {
      const isGiven = flags.split(/[ ,]+/).some((name) => given.has(name));
      return hidden !== true && (repeatable || !isGiven);
    })
    .map((option) => ({ value: longName(option), description: option.description }));
  return matching([...candidates, { value: '--help', description: 'help of this command' }], current);
}

function valueOf(option: Option<unknown>, typed: string, before: string, command?: Command): Wanted {
  const keys = command?.output.columns.map(({ key }): string => key) ?? [];
  // Several keys stand in one word, with commas between them.
  if (option === sharedOptions.columns || longName(option) === '--order') {
    const comma = typed.lastIndexOf(',') + 1;
    const sign = longName(option) === '--order' && typed.charAt(comma) === '-' ? '-' : '';
    return byCompletion(keys, typed.slice(comma + sign.length), before + typed.slice(0, comma) + sign);
  }
  return option.completes === undefined ? nothing : byCompletion(option.completes, typed, before);
}

function byCompletion(completes: Completion, typed: string, before: string): Wanted {
  if (completes === 'file' || completes === 'directory') {
    // With something in front of the path the shell's own completion of files cannot help.
    return before !== '' ? nothing : completes === 'file' ? { kind: 'file' } : { kind: 'directory' };
  }
  if (typeof completes === 'string') return { kind: 'names', of: completes, prefix: typed, before };
  return matching(
    completes.map((value) => bare(before + value)),
    before + typed,
  );
}

function argumentsBefore(words: readonly string[], declared: Declared): number {
  let count = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return count + words.length - at - 1;
    const option = findOption(declared, word);
    if (option !== undefined && takesValue(option) === 'must') at += 1;
    else if (!word.startsWith('-') || word === '-') count += 1;
  }
  return count;
}

function argumentAt(declared: readonly Argument<unknown>[], place: number): Argument<unknown> | undefined {
  const last = declared.at(-1);
  return declared[place] ?? (last?.variadic === true ? last : undefined);
}

function matching(candidates: readonly Candidate[], current: string): Wanted {
  return { kind: 'words', candidates: candidates.filter(({ value }) => value.startsWith(current)) };
}
