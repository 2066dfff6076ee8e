/** Options for data given as YAML, shared by the commands that take some. Source: cli.md 7.6. */
import type { JsonObject } from '../data/json.ts';
import { option, options, type Parse } from './command.ts';
import type { Context } from './context.ts';
import {
  applyAssignments,
  type Assignment,
  parseSet,
  parseSetFile,
  parseSetString,
  parseUnset,
} from './values/assignments.ts';
import { parseYamlMapping } from './values/yaml.ts';

/** A change with its place on the command line: a later one may undo an earlier one of another option. */
interface Placed {
  readonly assignment: Assignment;
  readonly position: number;
}

const placed =
  (parse: Parse<Assignment>): Parse<Placed> =>
  (text, context) => ({ assignment: parse(text, context), position: context.position });

export const dataOptions = {
  data: option('--data <FILE>', 'YAML mapping; - is standard input', { completes: 'file' }),
  set: options('--set <KEY=VALUE>', 'set one key, on top of --data; the value is YAML', placed(parseSet)),
  setString: options(
    '--set-string <KEY=TEXT>',
    'as --set, the value is the text as it stands',
    placed(parseSetString),
  ),
  setFile: options(
    '--set-file <KEY=FILE>',
    'as --set, the value is the text of a file',
    placed(parseSetFile),
  ),
} as const;

const { data: _, ...assignmentOptions } = dataOptions;

/** The same for a configuration. Source: cli.md 8.5. */
export const configurationOptions = {
  configuration: option('--configuration <FILE>', 'YAML mapping; - is standard input', { completes: 'file' }),
  ...assignmentOptions,
} as const;

/** The same for what exists already. Source: cli.md 7.6. */
export const editOptions = {
  ...dataOptions,
  data: option('--data <FILE>', 'YAML mapping instead of the stored one; - is standard input', {
    completes: 'file',
  }),
  unset: options('--unset <KEY>', 'remove one key', placed(parseUnset)),
} as const;

interface AssignmentInput {
  readonly set: readonly Placed[];
  readonly setString: readonly Placed[];
  readonly setFile: readonly Placed[];
}

interface DataInput extends AssignmentInput {
  readonly data: string | undefined;
}

/**
 * The mapping that the options describe; empty when none is given.
 * @throws InvalidInputError for what is no mapping, with file, line and column
 * @throws StorageError for a file that cannot be read
 */
export async function readData(context: Context, input: DataInput): Promise<JsonObject> {
  return apply(context, (await readMapping(context, input.data)) ?? {}, inOrder(input, []));
}

/** The mapping that the options of a configuration describe. @throws as readData */
export async function readConfiguration(
  context: Context,
  input: AssignmentInput & { readonly configuration: string | undefined },
): Promise<JsonObject> {
  const given = (await readMapping(context, input.configuration, 'configuration')) ?? {};
  return apply(context, given, inOrder(input, []));
}

/** Whether any of the options was given. */
export function givesData(input: DataInput): boolean {
  return input.data !== undefined || inOrder(input, []).length > 0;
}

/**
 * The change that the options describe. Files are read now, so that nobody waits for them with a row in hand.
 * @returns a function from the stored mapping to the new one, which may throw InvalidInputError; undefined when none
 *   of the options was given
 * @throws InvalidInputError, StorageError as readData
 */
export async function readEdit(
  context: Context,
  input: DataInput & { readonly unset: readonly Placed[] },
): Promise<((stored: JsonObject) => Promise<JsonObject>) | undefined> {
  const replacement = await readMapping(context, input.data);
  const changes: Assignment[] = [];
  for (const change of inOrder(input, input.unset)) {
    if (change.op !== 'set-file') changes.push(change);
    else changes.push({ op: 'set-string', path: change.path, text: await context.readText(change.file) });
  }
  if (replacement === undefined && changes.length === 0) return undefined;
  return (stored) => apply(context, replacement ?? stored, changes);
}

async function readMapping(
  context: Context,
  data: string | undefined,
  what = 'data',
): Promise<JsonObject | undefined> {
  if (data === undefined) return undefined;
  if (data === '-' && context.host.stdin.isTerminal) {
    await context.warn('reading YAML from the terminal; end with Ctrl-D');
  }
  return parseYamlMapping(await context.readText(data), data === '-' ? 'standard input' : data, what);
}

function inOrder(
  { set, setString, setFile }: AssignmentInput,
  unset: readonly Placed[],
): readonly Assignment[] {
  return [...set, ...setString, ...setFile, ...unset]
    .sort((one, other) => one.position - other.position)
    .map(({ assignment }) => assignment);
}

const apply = (context: Context, mapping: JsonObject, changes: readonly Assignment[]): Promise<JsonObject> =>
  applyAssignments(mapping, changes, (file) => context.readText(file));
