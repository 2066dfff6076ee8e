/** Names of collection items, made from a template and an artifact's data. Source: models.md 3.14. */
import { ArgumentError } from '../errors.ts';
import type { Json, JsonObject } from './json.ts';
import { findAtMostTwo, type JsonPath, parseJsonPath } from './json-path.ts';
import { quote } from './quote.ts';

const pathMark = '$';

function parsePath(key: string, value: Json): JsonPath {
  if (typeof value === 'string') return parseJsonPath(value);
  throw new ArgumentError(`variable ${quote(key)} must be a path, that is text`, 'value-error');
}

function follow(key: string, path: JsonPath, data: Json): Json {
  const [value, second] = findAtMostTwo(path, data);
  if (value === undefined) throw new ArgumentError(`variable ${quote(key)} matches nothing`, 'key-error');
  if (second === undefined) return value;
  throw new ArgumentError(`variable ${quote(key)} matches too many values, it must match one`, 'value-error');
}

/**
 * The variables with their values. The value of a key that begins with `$` is a path; the variable is called
 * like the rest of the key and has the one value that the path leads to in the data. All other keys are
 * constants.
 *
 * Every path is parsed before any is followed, and every one is followed, used or not.
 * @throws ArgumentError `value-error` for a malformed path, for a path that leads to several values, and for a
 *   name that is both a path and a constant; `key-error` for a path that leads nowhere
 */
export function expandVariables(variables: JsonObject, data: Json): JsonObject {
  const entries = Object.entries(variables);
  const paths = entries
    .filter(([key]) => key.startsWith(pathMark))
    .map(([key, value]) => ({ key, name: key.slice(pathMark.length), path: parsePath(key, value) }));
  const found = new Map(paths.map(({ key, name, path }): [string, Json] => [name, follow(key, path, data)]));
  const constants = entries.filter(([key]) => !key.startsWith(pathMark));
  for (const [key] of constants) {
    if (found.has(key)) {
      throw new ArgumentError(`both ${quote(pathMark + key)} and ${quote(key)} are set`, 'value-error');
    }
  }
  return Object.fromEntries([...found, ...constants]);
}

/** A value as the original prints it inside a name. */
function rendered(name: string, value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  if (value === null) return 'None';
  throw new ArgumentError(`variable ${quote(name)} is neither a text nor a number`, 'value-error');
}

function substitute(field: string, variables: JsonObject): string {
  // The original's template language would look inside values and format them here; that is not offered.
  const rich = field.search(/[.[!:]/);
  const name = rich < 0 ? field : field.slice(0, rich);
  if (/^\p{Nd}*$/u.test(name)) {
    throw new ArgumentError(`the template has a field ${quote(`{${field}}`)} without a name`, 'index-error');
  }
  if (rich >= 0 || field.includes('{')) {
    throw new ArgumentError(
      `the template has a field ${quote(`{${field}}`)} that is not just a name`,
      'value-error',
    );
  }
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value !== undefined) return rendered(name, value);
  throw new ArgumentError(`the template needs a variable ${quote(name)}`, 'key-error');
}

/**
 * The template with each `{name}` replaced by the value of that variable; `{{` and `}}` stand for braces. What
 * is put in is not expanded again. The result is not checked; it may be empty.
 * @param variables as {@link expandVariables} gives them
 * @throws ArgumentError `key-error` for an unknown name; `index-error` for `{}` and `{0}`; `value-error` for
 *   an unbalanced brace, for anything in braces that is not just a name, and for a value that is no scalar
 */
export function expandName(template: string, variables: JsonObject): string {
  const parts: string[] = [];
  const braces = /[{}]/g;
  let position = 0;
  for (let found = braces.exec(template); found !== null; found = braces.exec(template)) {
    const brace = found.index;
    const [character] = found;
    parts.push(template.slice(position, brace));
    if (template.charAt(brace + 1) === character) {
      parts.push(character);
      position = brace + 2;
      braces.lastIndex = position;
      continue;
    }
    const end = character === '{' ? template.indexOf('}', brace) : -1;
    if (end < 0)
      throw new ArgumentError(`the template ${quote(template)} has an unbalanced brace`, 'value-error');
    parts.push(substitute(template.slice(brace + 1, end), variables));
    position = end + 1;
    braces.lastIndex = position;
  }
  parts.push(template.slice(position));
  return parts.join('');
}
