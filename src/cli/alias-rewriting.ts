/** Turns a command line of the original into one of ours, before anything else looks at it. Source: cli.md 6. */
import { UsageError } from '../errors.ts';
import { quote } from '../data/quote.ts';
import type { AliasRow, Asked, Columns, OptionRule, Rewriting } from './alias-rules.ts';
import { aliases } from './aliases.ts';
import { findCommand } from './catalog.ts';
import { type Takes, takesValue } from './command.ts';
import { outputOptions, sharedOptions } from './shared-options.ts';
import { firstWord } from './words.ts';

/** Under which of the original's names a command was called, and what follows from it. */
export interface Alias {
  /** As it was typed: `create_token`, `workspace rename`. */
  readonly name: string;
  /** Our name for it. */
  readonly command: string;
  /** Keys and labels of the original's list, in its order. */
  readonly columns: Columns | undefined;
  /** What the original prints on standard output instead of our data. */
  readonly prints: AliasRow['prints'];
  /** Secrets by the name that stands for them among the words. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Said unless --quiet. */
  readonly warnings: readonly string[];
  /** What has no effect, said on a terminal. */
  readonly ignored: readonly string[];
}

export interface Rewritten {
  readonly alias: Alias;
  readonly words: readonly string[];
}

/** Asks for a value that is not among the words. @throws UsageError naming `option` when nobody can be asked */
export type Ask = (question: string, option: string, isSecret: boolean) => Promise<string>;

/** Thrown when help is wanted for a name that has no command of its own here. */
export class AliasHelp extends Error {}

/** What the words name: the row with that of the sub-action laid over it. */
interface Resolved {
  readonly name: string;
  readonly command: string;
  readonly row: Partial<AliasRow>;
  readonly rest: readonly string[];
}

/** Options of the original's framework. Source: cli.md 6.2. */
const framework: Readonly<Record<string, OptionRule>> = {
  '--verbosity': { takes: 'must', become: verbosity },
  '--traceback': { become: () => ['--debug'] },
  '--force-color': { become: () => ['--color=always'] },
  '--no-color': { become: () => ['--color=never'] },
  '--skip-checks': { become: () => [] },
  '--settings': { takes: 'must', become: () => [], isIgnored: true },
  '--pythonpath': { takes: 'must', become: () => [], isIgnored: true },
};

/**
 * The words under our names when they name a command of the original; undefined otherwise.
 * @throws UsageError, NotFoundError and others for what the original or this level refuses
 * @throws AliasHelp
 */
export async function rewriteAlias(words: readonly string[], ask: Ask): Promise<Rewritten | undefined> {
  const at = firstWord(words);
  const name = at === undefined ? '' : (words[at] ?? '');
  const outer = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (at === undefined || outer === undefined) return undefined;
  const { row, rest, ...names } = resolve(
    name,
    outer,
    words.filter((_, index) => index !== at),
  );
  if (row.refused !== undefined) throw new UsageError(`"${names.name}" does not exist: ${row.refused}`);

  const secrets = new Map<string, string>();
  const warnings = new Set<string>();
  const ignored = new Set<string>();
  const rewriting: Rewriting = {
    secret(text) {
      // No path can hold a NUL, so it cannot be mistaken for a file.
      const file = `\0${secrets.size}`;
      secrets.set(file, text);
      return file;
    },
    warn: (text) => void warnings.add(text),
    ignore: (what) => void ignored.add(what),
  };
  const rules = { ...framework, ...row.options };
  const parts = split(rest, await takesFor(names.command, rules, row.reads));
  const given = new Set(parts.flatMap(({ option }) => option ?? []));
  const isHelp = given.has('-h') || given.has('--help');
  const asked = isHelp ? [] : await askFor(row.asks ?? [], given, ask);
  const said = rewriteParts([...parts, ...asked], row, rules, rewriting);
  return {
    alias: {
      ...names,
      columns: row.columns,
      prints: row.prints,
      secrets,
      warnings: [...warnings],
      ignored: [...ignored],
    },
    words: [...names.command.split(' '), ...said],
  };
}

/** The name of a command in our words, for help: `manage_worker enable` is `manage-worker enable`. */
export function ourWords(words: readonly string[]): readonly string[] {
  const [name = '', action = '', ...rest] = words;
  const row = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (row === undefined) return words;
  const own = Object.hasOwn(row.actions ?? {}, action) ? row.actions?.[action] : undefined;
  const more = action === '' ? [] : [action, ...rest];
  return own?.command === undefined ? [...row.command.split(' '), ...more] : own.command.split(' ');
}

/** @throws UsageError when an action is needed to know what is meant */
function resolve(name: string, outer: AliasRow, words: readonly string[]): Resolved {
  const { command, actions, ...common } = outer;
  if (actions === undefined) return { name, command, row: common, rest: words };
  const rules = { ...framework, ...common.options };
  const place = split(words, (option) => takesByRules(option, rules)).find(
    ({ option }) => option === undefined,
  );
  const action = place?.text;
  const own = action !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (action !== undefined && own !== undefined) {
    const { command: ownCommand = `${command} ${action}`, ...ownRow } = own;
    return {
      name: `${name} ${action}`,
      command: ownCommand,
      row: { ...common, ...ownRow, options: { ...common.options, ...ownRow.options } },
      rest: words.filter((_, index) => index !== place?.at),
    };
  }
  // The actions are ours too: the words are judged like ours.
  if (command !== name) return { name, command, row: { options: common.options ?? {} }, rest: words };
  const known = Object.keys(actions).join(', ');
  if (words.some((word) => word === '-h' || word === '--help')) {
    throw new AliasHelp(`Usage: debusine-admin ${name} ACTION\n\nActions: ${known}\n`);
  }
  throw new UsageError(
    action === undefined ? `${name} needs an action` : `${name} has no action ${quote(action)}`,
    { hint: `there are ${known}` },
  );
}

/** One option with its value, or one argument. */
interface Part {
  /** Name of the option; undefined for an argument. */
  readonly option: string | undefined;
  readonly value: string | undefined;
  /** The words as they were typed. */
  readonly typed: readonly string[];
  /** The argument itself. */
  readonly text: string;
  readonly at: number;
}

type TakesOf = (option: string) => Takes;

/** Tells options, their values and arguments apart. Behind `--` everything is an argument. */
function split(words: readonly string[], takes: TakesOf): readonly Part[] {
  const parts: Part[] = [];
  const argument = (text: string, at: number): Part => ({
    option: undefined,
    value: undefined,
    typed: [text],
    text,
    at,
  });
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      parts.push(...words.slice(at + 1).map((text, index) => argument(text, at + 1 + index)));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      parts.push(argument(word, at));
      continue;
    }
    const start = at;
    let [option, value] = nameAndValue(word);
    const next = words[at + 1];
    // The original's -v has a number behind it, ours has none.
    const isVerbosity = word === '-v' && next !== undefined && /^\d+$/.test(next);
    if (isVerbosity) option = '--verbosity';
    const wanted = takes(option);
    const isAhead = wanted === 'must' || (wanted === 'may' && next !== undefined && !next.startsWith('-'));
    if (value === undefined && isAhead && next !== undefined) {
      value = next;
      at += 1;
    }
    parts.push({ option, value, typed: words.slice(start, at + 1), text: '', at: start });
  }
  return parts;
}

function nameAndValue(word: string): [option: string, value: string | undefined] {
  const short = /^-v(\d+)$/.exec(word);
  if (short !== null) return ['--verbosity', short[1]];
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function takesByRules(option: string, rules: Readonly<Record<string, OptionRule>>): Takes {
  const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
  if (rule !== undefined) return rule.takes ?? 'no';
  const shared = Object.values(sharedOptions).find(({ flags }) => flags.split(/[ ,]+/).includes(option));
  return shared === undefined ? 'no' : takesValue(shared);
}

/** The original's options first, then those of our command, which are allowed beside them. */
async function takesFor(
  name: string,
  rules: Readonly<Record<string, OptionRule>>,
  reads: string | undefined,
): Promise<TakesOf> {
  const command = (await findCommand(name)?.load())?.default;
  const own = command === undefined ? {} : { ...command.options, ...outputOptions(command.output) };
  const ours = new Map(
    Object.values(own).flatMap((declared) =>
      declared.flags.split(/[ ,]+/).map((flags) => [flags, takesValue(declared)] as const),
    ),
  );
  return (option) => {
    if (option === reads) return 'must';
    const byRules = takesByRules(option, rules);
    return Object.hasOwn(rules, option) ? byRules : (ours.get(option) ?? byRules);
  };
}

async function askFor(
  asked: readonly Asked[],
  given: ReadonlySet<string>,
  ask: Ask,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const { option, question, unless } of asked) {
    if (given.has(option) || unless?.some((word) => given.has(word)) === true) continue;
    const value = await ask(question, option, unless !== undefined);
    parts.push({ option, value, typed: [], text: '', at: -1 });
  }
  return parts;
}

function rewriteParts(
  parts: readonly Part[],
  row: Partial<AliasRow>,
  rules: Readonly<Record<string, OptionRule>>,
  rewriting: Rewriting,
): readonly string[] {
  const options: string[] = [];
  const placed: (readonly string[])[] = [];
  const positionals: string[] = [];
  let place = 0;
  // Of several verbosities the last one counts, as there.
  const lastVerbosity = parts.findLast(({ option }) => option === '--verbosity');
  for (const part of parts) {
    const { option, value } = part;
    if (option === undefined) {
      const said = row.arguments?.[place]?.(part.text, rewriting) ?? { argument: part.text };
      place += 1;
      if ('argument' in said) positionals.push(said.argument);
      else options.push(...said.options);
      continue;
    }
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
    if (rule === undefined) {
      // Asked for, not typed: a secret, which must not stand among the words.
      options.push(...(part.typed.length > 0 ? part.typed : [`${option}=${rewriting.secret(value ?? '')}`]));
      continue;
    }
    if (option === '--verbosity' && part !== lastVerbosity) continue;
    if (rule.takes === 'must' && value === undefined) throw new UsageError(`option ${option} needs a value`);
    if (rule.takes === undefined && value !== undefined)
      throw new UsageError(`option ${option} takes no value`);
    if (rule.isIgnored === true) rewriting.ignore(option);
    const said = rule.become(value ?? '', rewriting);
    if (rule.argument === undefined) options.push(...said);
    else placed[rule.argument] = said;
  }
  const names = new Set(options.map((word) => nameAndValue(word)[0]));
  const adds = [...(row.adds ?? []), ...(row.reads === undefined ? [] : [[row.reads, '-'] as const])];
  for (const [option, ...values] of adds) if (!names.has(option)) options.push(option, ...values);
  const args = [...placed.flat(), ...positionals];
  return args.length === 0 ? options : [...options, '--', ...args];
}

function verbosity(value: string): readonly string[] {
  const words = (['--quiet', '', '--verbose', '--debug'] as const)[Number(value)];
  if (!/^\d$/.test(value) || words === undefined) {
    throw new UsageError(`option --verbosity: ${quote(value)} is none of 0, 1, 2, 3`);
  }
  return words === '' ? [] : [words];
}
