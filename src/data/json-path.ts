/**
 * The paths that variables of event reactions are found by: a small dialect of JSONPath. Only own members are
 * seen, nothing is evaluated as code, and the work is bounded. Source: data-schemas.md 8, models.md 3.14.
 */
import { ArgumentError } from '../errors.ts';
import { isJsonObject, type Json, ownMember } from './json.ts';
import { quote } from './quote.ts';

type Selector =
  | { readonly kind: 'members'; readonly names: readonly string[] }
  | { readonly kind: 'all-members' }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined };

interface Step {
  readonly selector: Selector;
  /** Whether the selector applies at every depth below, and at the start itself. */
  readonly isDeep: boolean;
}

/** A parsed path. The empty list of steps is the whole data. */
export type JsonPath = readonly Step[];

type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: '$' | '.' | '..' | '[' | ']' | '*' | ',' | ':' };

const maximalLength = 1000;
const maximalVisits = 1_000_000;

const name = /[A-Za-z_@][A-Za-z0-9_@-]*/y;
const number = /-?[0-9]+/y;
const blank = /[ \t\n]+/y;

function malformed(path: string, reason: string): ArgumentError {
  return new ArgumentError(`${quote(path)} is not a path: ${reason}`, 'value-error');
}

/** The text that the expression matches exactly at this place, or undefined. */
function matchAt(expression: RegExp, text: string, index: number): string | undefined {
  expression.lastIndex = index;
  return expression.exec(text)?.[0];
}

/** Reads a quoted name that begins at `start`; a backslash makes the next character an ordinary one. */
function readQuoted(path: string, start: number): { readonly text: string; readonly end: number } {
  const mark = path.charAt(start);
  let text = '';
  for (let index = start + 1; index < path.length; index += 1) {
    const character = path.charAt(index);
    if (character === mark) return { text, end: index + 1 };
    if (character === '\\') index += 1;
    text += character === '\\' ? path.charAt(index) : character;
  }
  throw malformed(path, 'a quote is not closed');
}

function tokenize(path: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < path.length) {
    const character = path.charAt(index);
    const skipped = matchAt(blank, path, index);
    const word = matchAt(name, path, index);
    const digits = matchAt(number, path, index);
    if (skipped !== undefined) {
      index += skipped.length;
    } else if (word !== undefined) {
      // The original's library has a word for filters here, which is not offered.
      if (word === 'where') throw malformed(path, '"where" must be quoted');
      tokens.push({ kind: 'name', text: word });
      index += word.length;
    } else if (digits !== undefined) {
      tokens.push({ kind: 'number', value: Number(digits) });
      index += digits.length;
    } else if (character === '"' || character === "'") {
      const { text, end } = readQuoted(path, index);
      tokens.push({ kind: 'name', text });
      index = end;
    } else if (path.startsWith('..', index)) {
      tokens.push({ kind: '..' });
      index += 2;
    } else {
      const kind = (['$', '.', '[', ']', '*', ',', ':'] as const).find((mark) => mark === character);
      if (kind === undefined)
        throw malformed(path, `unexpected ${quote(String.fromCodePoint(path.codePointAt(index) ?? 0))}`);
      tokens.push({ kind });
      index += 1;
    }
  }
  return tokens;
}

/** Reads tokens from left to right. */
class Reader {
  private position = 0;

  constructor(
    private readonly path: string,
    private readonly tokens: readonly Token[],
  ) {}

  get isAtEnd(): boolean {
    return this.position >= this.tokens.length;
  }

  /** Takes the next token if it is of that kind. */
  take<Kind extends Token['kind']>(kind: Kind): Extract<Token, { readonly kind: Kind }> | undefined {
    const token = this.tokens[this.position];
    if (token?.kind !== kind) return undefined;
    this.position += 1;
    return token as Extract<Token, { readonly kind: Kind }>;
  }

  fail(): ArgumentError {
    const token = this.tokens[this.position];
    if (token === undefined) return malformed(this.path, 'it ends too early');
    const said =
      token.kind === 'name' ? token.text : token.kind === 'number' ? String(token.value) : token.kind;
    return malformed(this.path, `unexpected ${quote(said)}`);
  }

  /** One or several names, separated by commas, or `*` for all. */
  readMembers(): Selector {
    if (this.take('*') !== undefined) return { kind: 'all-members' };
    const names: string[] = [];
    do {
      const token = this.take('name');
      if (token === undefined) throw this.fail();
      names.push(token.text);
    } while (this.take(',') !== undefined);
    return { kind: 'members', names };
  }

  private readBracketContent(): Selector {
    if (this.take('*') !== undefined) return { kind: 'slice', from: undefined, to: undefined };
    const from = this.take('number')?.value;
    if (this.take(':') !== undefined) return { kind: 'slice', from, to: this.take('number')?.value };
    return from === undefined ? this.readMembers() : { kind: 'element', index: from };
  }

  /** What stands in brackets, if the next token opens them. */
  readBracket(): Selector | undefined {
    if (this.take('[') === undefined) return undefined;
    const selector = this.readBracketContent();
    if (this.take(']') === undefined) throw this.fail();
    return selector;
  }

  readSteps(): JsonPath {
    const steps: Step[] = [];
    if (this.take('$') === undefined)
      steps.push({ selector: this.readBracket() ?? this.readMembers(), isDeep: false });
    while (!this.isAtEnd) {
      const suffix = this.readBracket();
      if (suffix !== undefined) {
        steps.push({ selector: suffix, isDeep: false });
        continue;
      }
      const isDeep = this.take('..') !== undefined;
      if (!isDeep && this.take('.') === undefined) throw this.fail();
      steps.push({ selector: this.readBracket() ?? this.readMembers(), isDeep });
    }
    return steps;
  }
}

/**
 * Parses a path.
 * @throws ArgumentError (`value-error`) for anything that is not one, or longer than 1000 characters
 */
export function parseJsonPath(path: string): JsonPath {
  if (path.length > maximalLength) throw malformed(path, `it is longer than ${maximalLength} characters`);
  return new Reader(path, tokenize(path)).readSteps();
}

function elementAt(value: Json, index: number): readonly Json[] {
  // An index into a text would give a character in the original; here only lists have elements.
  if (!Array.isArray(value)) return [];
  const element: Json | undefined = value[index < 0 ? value.length + index : index];
  return element === undefined ? [] : [element];
}

function select(value: Json, selector: Selector): readonly Json[] {
  switch (selector.kind) {
    case 'members': {
      if (!isJsonObject(value)) return [];
      return selector.names.map((key) => ownMember(value, key)).filter((member) => member !== undefined);
    }
    case 'all-members':
      return isJsonObject(value) ? Object.values(value) : [];
    case 'element':
      return elementAt(value, selector.index);
    case 'slice': {
      // What is not a list counts as a list of one.
      const list: readonly Json[] = Array.isArray(value) ? value : [value];
      return list.slice(selector.from, selector.to);
    }
  }
}

function childrenOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

/**
 * What the path leads to, but at most two values: enough to tell one from many.
 * @throws ArgumentError (`value-error`) when the search takes a million steps
 */
export function findAtMostTwo(path: JsonPath, data: Json): readonly Json[] {
  const found: Json[] = [];
  const pending: { readonly value: Json; readonly step: number }[] = [{ value: data, step: 0 }];
  let visits = 0;
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { value, step } = place;
    const next = path[step];
    if (next === undefined) {
      found.push(value);
      if (found.length === 2) break;
      continue;
    }
    const below = next.isDeep ? childrenOf(value) : [];
    const selected = select(value, next.selector);
    visits += 1 + below.length + selected.length;
    if (visits > maximalVisits) throw new ArgumentError('the path takes too long to follow', 'value-error');
    for (const child of below) pending.push({ value: child, step });
    for (const match of selected) pending.push({ value: match, step: step + 1 });
  }
  return found;
}
