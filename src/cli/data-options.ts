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

interface DataInput {
  readonly data: string | undefined;
  readonly set: readonly Placed[];
  readonly setString: readonly Placed[];
  readonly setFile: readonly Placed[];
}

/**
 * The mapping that the options describe; empty when none is given.
 * @throws InvalidInputError for what is no mapping, with file, line and column
 * @throws StorageError for a file that cannot be read
 */
export async function readData(context: Context, input: DataInput): Promise<JsonObject> {
  const { data, set, setString, setFile } = input;
  const isTerminalInput = data === '-' && context.host.stdin.isTerminal;
  if (isTerminalInput) await context.warn('reading YAML from the terminal; end with Ctrl-D');
  const source = data === '-' ? 'standard input' : (data ?? '');
  const mapping = data === undefined ? {} : await parseYamlMapping(await context.readText(data), source);
  const inOrder = [...set, ...setString, ...setFile].sort((one, other) => one.position - other.position);
  const changes = inOrder.map(({ assignment }) => assignment);
  return applyAssignments(mapping, changes, (file) => context.readText(file));
}
