/** KEY=VALUE of the command line, and what it does to a mapping. Source: cli.md 7.1, 7.6. */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../data/json.ts';
import { describe, quote } from '../../data/quote.ts';
import { InvalidInputError, UsageError } from '../../errors.ts';
import type { ParseContext } from '../command.ts';
import { parseYamlFlow, requireStorable } from './yaml.ts';

/** One change to a mapping; the path has at least one key. */
export type Assignment =
  /** `--set`: the value is YAML, read when the change is applied. */
  | { readonly op: 'set'; readonly path: Path; readonly yaml: string; readonly what: string }
  /** `--set-string`: the value is the text itself. */
  | { readonly op: 'set-string'; readonly path: Path; readonly text: string }
  /** `--set-file`: the value is the text of a file. */
  | { readonly op: 'set-file'; readonly path: Path; readonly file: string }
  /** `--unset`: the key goes; if there is none, nothing happens. */
  | { readonly op: 'unset'; readonly path: Path };

/** Keys from the outermost inwards. */
export type Path = readonly [string, ...string[]];

type What = Pick<ParseContext, 'what'>;

/** `--set KEY=VALUE`. @throws UsageError without `=` or with an empty part of the key */
export function parseSet(text: string, { what }: What): Assignment {
  const { path, value } = splitAssignment(text, what, 'KEY=VALUE');
  return { op: 'set', path, yaml: value, what };
}

/** `--set-string KEY=TEXT`. @throws UsageError as parseSet */
export function parseSetString(text: string, { what }: What): Assignment {
  const { path, value } = splitAssignment(text, what, 'KEY=TEXT');
  return { op: 'set-string', path, text: value };
}

/** `--set-file KEY=FILE`. @throws UsageError as parseSet, or when the file has no name */
export function parseSetFile(text: string, { what }: What): Assignment {
  const { path, value } = splitAssignment(text, what, 'KEY=FILE');
  if (value === '') throw new UsageError(`${what}: ${quote(text)} names no file`, { hint: 'KEY=FILE' });
  return { op: 'set-file', path, file: value };
}

/** `--unset KEY`. @throws UsageError for an empty key, or an empty part of one */
export function parseUnset(text: string, { what }: What): Assignment {
  return { op: 'unset', path: parsePath(text, text, what) };
}

function splitAssignment(
  text: string,
  what: string,
  form: string,
): { readonly path: Path; readonly value: string } {
  const equals = text.indexOf('=');
  if (equals < 0) {
    // The original's --set takes a file.
    const isFile = /\.(ya?ml|json)$|\//.test(text);
    throw new UsageError(`${what}: ${quote(text)} has no "="`, { hint: isFile ? `--data ${text}` : form });
  }
  return { path: parsePath(text.slice(0, equals), text, what), value: text.slice(equals + 1) };
}

/** Splits at dots; `\.` is a dot and `\\` a backslash inside a key. */
function parsePath(text: string, whole: string, what: string): Path {
  const keys = [''];
  for (const [piece] of text.matchAll(/\\[.\\]|[^.\\]+|./gsu)) {
    if (piece === '.') keys.push('');
    else keys.push(`${keys.pop() ?? ''}${/^\\[.\\]$/.test(piece) ? piece.slice(1) : piece}`);
  }
  const [first, ...rest] = keys;
  if (first === undefined || keys.includes('')) {
    throw new UsageError(`${what}: ${quote(whole)} has an empty part in its key`, {
      hint: String.raw`parts are separated by single dots; a literal dot is \.`,
    });
  }
  return [first, ...rest];
}

/**
 * The mapping after the changes, made one after the other. The given mapping is left as it is; parts without changes
 * are shared. Mappings on the way to a key are made where nothing, or null, is in their place.
 * @param readText reads the file of `--set-file`
 * @throws UsageError when the value of a `--set` is not YAML on one line
 * @throws InvalidInputError when a path leads through something that is no mapping, or a text cannot be stored
 */
export async function applyAssignments(
  mapping: JsonObject,
  assignments: readonly Assignment[],
  readText: (file: string) => Promise<string>,
): Promise<JsonObject> {
  let result = mapping;
  for (const assignment of assignments) {
    const { path } = assignment;
    for (const key of path) requireStorable(key, `the key ${quote(path.join('.'))}`);
    result =
      assignment.op === 'unset'
        ? without(result, path, [])
        : withValue(result, path, await valueOf(assignment, readText), []);
  }
  return result;
}

async function valueOf(
  assignment: Exclude<Assignment, { op: 'unset' }>,
  readText: (file: string) => Promise<string>,
): Promise<Json> {
  if (assignment.op === 'set') return parseYamlFlow(assignment.yaml, assignment.what);
  const text = assignment.op === 'set-file' ? await readText(assignment.file) : assignment.text;
  requireStorable(
    text,
    assignment.op === 'set-file' ? assignment.file : `the value of ${assignment.path.join('.')}`,
  );
  return text;
}

function withValue(mapping: JsonObject, path: Path, value: Json, above: readonly string[]): JsonObject {
  const [key, next, ...rest] = path;
  if (next === undefined) return withKey(mapping, key, value);
  const inner = innerMapping(mapping, key, above) ?? {};
  return withKey(mapping, key, withValue(inner, [next, ...rest], value, [...above, key]));
}

function without(mapping: JsonObject, path: Path, above: readonly string[]): JsonObject {
  const [key, next, ...rest] = path;
  if (next === undefined) return Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== key));
  const inner = innerMapping(mapping, key, above);
  if (inner === undefined) return mapping;
  return withKey(mapping, key, without(inner, [next, ...rest], [...above, key]));
}

/** The mapping under the key; undefined where there is nothing. */
function innerMapping(mapping: JsonObject, key: string, above: readonly string[]): JsonObject | undefined {
  const inner = ownMember(mapping, key) ?? undefined;
  if (inner === undefined || isJsonObject(inner)) return inner;
  const place = quote([...above, key].join('.'));
  throw new InvalidInputError(
    `data: ${place} is ${describe(inner)}, not a mapping; it has no keys to change`,
  );
}

/** A computed key in a literal makes an own key of any name, `__proto__` included; an assignment would not. */
function withKey(mapping: JsonObject, key: string, value: Json): JsonObject {
  return { ...mapping, [key]: value };
}
