/** Turns words into the values a command declares. Commander does the parsing, the messages are ours. */
import { Command as CommanderCommand, CommanderError, Option as CommanderOption } from 'commander';
import { UsageError } from '../errors.ts';
import type { Timestamp } from '../timestamp.ts';
import { type Argument, choosable, type Command, type Option, type Options } from './command.ts';
import { outputOptions, sharedOptions, type SharedInput } from './shared-options.ts';
import { closest } from './values/suggest.ts';

export interface Parsed {
  readonly shared: SharedInput;
  /** How often --verbose was said. */
  readonly verbose: number;
  readonly input: Readonly<Record<string, unknown>>;
  /** Keys of arguments that were left out, and must be chosen on a terminal. */
  readonly missing: readonly string[];
}

/** Thrown when the words ask for help instead of work. */
export class HelpRequested extends Error {}

/** Thrown when the words ask for the schema of the output. */
export class SchemaRequested extends Error {}

/** Thrown when the words ask for the version. */
export class VersionRequested extends Error {}

/**
 * Parses the words after the command's name, and the shared options wherever they stand.
 * @throws UsageError for everything that is wrong, with the closest option as hint
 * @throws HelpRequested for -h and --help
 * @throws VersionRequested for -V and --version
 * @throws SchemaRequested for --json-schema
 */
export function parseWords(name: string, command: Command, words: readonly string[], now: Timestamp): Parsed {
  const options: Options = { ...command.options, ...outputOptions(command.output) };
  const parser = new CommanderCommand(name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .helpOption('-h, --help')
    .version('', '-V, --version');
  const declared = { ...sharedOptions, ...options };
  let position = 0;
  const next = (): number => position++;
  for (const [key, declaration] of Object.entries(declared)) {
    parser.addOption(collecting(key, declaration, next));
  }
  // As with --help: before anything is found missing.
  parser.on('option:json-schema', () => {
    throw new SchemaRequested();
  });
  const mayBeChosen = choosable(command.arguments);
  for (const [key, declaration] of Object.entries(command.arguments)) {
    parser.argument(syntax(declaration, declaration.required && !mayBeChosen.has(key)));
  }
  try {
    parser.parse([...words], { from: 'user' });
  } catch (error) {
    throw translate(error, name, command, words, declared);
  }

  const given = parser.opts<Record<string, readonly Given[] | undefined>>();
  const input: Record<string, unknown> = {};
  const missing: string[] = [];
  Object.entries(command.arguments).forEach(([key, declaration], at) => {
    const what = declaration.placeholder;
    const texts = declaration.variadic ? parser.args.slice(at) : parser.args.slice(at, at + 1);
    const values = texts.map((text) => declaration.parse(text, { what, now, position: next() }));
    input[key] = declaration.variadic ? values : values[0];
    if (values.length === 0 && mayBeChosen.has(key)) missing.push(key);
  });
  const shared: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(declared)) {
    (key in options ? input : shared)[key] = optionValue(declaration, given[key], now);
  }
  checkExclusive(command, input);
  return { shared: shared as SharedInput, verbose: given['verbose']?.length ?? 0, input, missing };
}

/** Says that an argument was left out. */
export function missingArgument(name: string, placeholder: string): UsageError {
  return new UsageError(`${name} needs ${placeholder}`, { hint: `debusine-admin ${name} --help` });
}

/** The long form of an option: `--comment`. */
export function longName(declaration: Option<unknown>): string {
  return /--[a-z0-9-]+/.exec(declaration.flags)?.[0] ?? declaration.flags;
}

/** What stands behind an option, and its place among all such values. */
interface Given {
  readonly text: string;
  readonly position: number;
}

/**
 * Every value is collected, so that a repeated single-valued option can be refused. The attribute is our own key:
 * Commander would read `--no-color` as a switch that takes `--color` back.
 */
function collecting(key: string, declaration: Option<unknown>, next: () => number): CommanderOption {
  const made = new CommanderOption(declaration.flags, declaration.description);
  made.attributeName = () => key;
  made.negate = false;
  // A flag has no value to parse; Commander then calls the parser with null.
  made.argParser((value: string | null, previous: readonly Given[] | undefined) => [
    ...(Array.isArray(previous) ? (previous as readonly Given[]) : []),
    { text: value ?? '', position: next() },
  ]);
  return made;
}

function optionValue(
  declaration: Option<unknown>,
  given: readonly Given[] | undefined,
  now: Timestamp,
): unknown {
  const { parse } = declaration;
  if (parse === undefined) return given !== undefined;
  const what = `option ${longName(declaration)}`;
  // An option with an optional value gives `true` or the text.
  const texts = Array.isArray(given)
    ? (given as readonly Given[])
    : given === undefined
      ? []
      : [{ text: '', position: 0 }];
  const values = texts.map(({ text, position }) => parse(text, { what, now, position }));
  if (declaration.repeatable) return values;
  if (values.length > 1) throw new UsageError(`${what} is given twice`);
  return values[0];
}

function syntax({ placeholder, variadic }: Argument<unknown>, required: boolean): string {
  const dots = variadic ? '...' : '';
  return required ? `<${placeholder}${dots}>` : `[${placeholder}${dots}]`;
}

function checkExclusive(command: Command, input: Readonly<Record<string, unknown>>): void {
  for (const keys of command.exclusive) {
    const given = keys.filter(
      (key) => input[key] !== undefined && input[key] !== false && !isEmptyList(input[key]),
    );
    if (given.length < 2) continue;
    const names = given.map((key) => {
      const declaration = command.options[key];
      return declaration === undefined ? key : longName(declaration);
    });
    throw new UsageError(`${names.join(' and ')} exclude each other`);
  }
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function translate(
  error: unknown,
  name: string,
  command: Command,
  words: readonly string[],
  declared: Options,
): unknown {
  if (!(error instanceof CommanderError)) return error;
  const help = `debusine-admin ${name} --help`;
  switch (error.code) {
    case 'commander.help':
    case 'commander.helpDisplayed':
      return new HelpRequested();
    case 'commander.version':
      return new VersionRequested();
    case 'commander.missingArgument': {
      return missingArgument(name, /'([^']+)'/.exec(error.message)?.[1] ?? 'an argument');
    }
    case 'commander.optionMissingArgument': {
      const flags = /'([^']+)'/.exec(error.message)?.[1] ?? '';
      return new UsageError(`option ${/--[a-z0-9-]+/.exec(flags)?.[0] ?? flags} needs a value`, {
        hint: help,
      });
    }
    case 'commander.unknownOption': {
      const unknown = /'([^']*)'/.exec(error.message)?.[1] ?? '';
      const [word = unknown] = unknown.split('=');
      const visible = Object.values(declared).filter(({ hidden }) => hidden !== true);
      const near = closest(word, visible.map(longName));
      return new UsageError(`${name} has no option ${word}`, {
        hint: near[0] === undefined ? help : `did you mean ${near.join(', ')}? see ${help}`,
      });
    }
    case 'commander.excessArguments': {
      const count = Object.keys(command.arguments).length;
      const most = count === 0 ? 'no arguments' : count === 1 ? 'one argument' : `${count} arguments`;
      // What stands there may be a key, which belongs neither among the words nor into the message.
      if (count === 0 && 'tokenFile' in command.options) {
        return new UsageError(`${name} takes no arguments`, { hint: 'a key is read with --token-file' });
      }
      return new UsageError(`${name} takes ${most}; too many were given`, {
        hint: words.some((word) => word.includes(' ')) ? help : `quote a value that has blanks; see ${help}`,
      });
    }
    default:
      return new UsageError(error.message.replace(/^error: /, ''), { hint: help });
  }
}
