/**
 * YAML from people: files for `--data` and the like, values of `--set`. The YAML 1.2 core schema, which includes JSON,
 * and nothing that JSON and the database could not hold. Source: cli.md 7.1.
 */
import type { Alias, CST, Document, LineCounter, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../../data/json.ts';
import { describe, quote } from '../../data/quote.ts';
import { AssertionError, InvalidInputError, UsageError } from '../../errors.ts';
import { yamlDocument } from '../../output/yaml.ts';
import { editableStyle } from '../../output/yaml-scalars.ts';

/** More than this is not read. Readers of files and of standard input should stop here too. */
export const mostYamlBytes = 16 * 1024 * 1024;

/** Nodes that aliases may stand for, all together: a small text can otherwise describe a huge value. */
const mostAliasedNodes = 10_000;

/** Lists and mappings inside each other. */
const deepest = 200;

/**
 * The value a YAML text describes; null for an empty one. Integers as keys become text, as in the original; numbers
 * that JSON cannot hold exactly are refused rather than changed.
 * @param source how the text is called in messages: `data.yaml`, `standard input`
 * @throws InvalidInputError with line and column of the first problem
 */
export async function parseYaml(text: string, source: string): Promise<Json> {
  return inputFrom(source, () => readYaml(text, () => undefined));
}

/**
 * As parseYaml, where a mapping is needed. An empty document and `null` count as an empty mapping.
 * @param what how the value is called in messages: `data`, `configuration`
 * @throws InvalidInputError also for anything else than a mapping
 */
export async function parseYamlMapping(text: string, source: string, what = 'data'): Promise<JsonObject> {
  const value = await parseYaml(text, source);
  if (value === null) return {};
  if (isJsonObject(value)) return value;
  throw new InvalidInputError(`${what} must be a mapping, got ${kindOf(value)}`);
}

/**
 * The value of `--set KEY=VALUE`: YAML on one line, where a list or mapping has its brackets. What YAML would read as
 * something longer or shorter than is written (a comment, an unbracketed mapping) is refused; it was meant as text.
 * @param what `option --set`
 * @throws UsageError
 */
export async function parseYamlFlow(text: string, what: string): Promise<Json> {
  const hint = 'quote it for YAML, or use --set-string, which takes the value as text';
  try {
    return await readYaml(text, (document, { isCollection, isScalar }) => {
      const { contents } = document;
      const isBlock = isCollection(contents) && contents.flow !== true;
      const isFoldedText = isScalar(contents) && contents.type === 'PLAIN' && text.trim().includes('\n');
      const hasComment = [
        document.commentBefore,
        document.comment,
        contents?.commentBefore,
        contents?.comment,
      ].some((comment) => typeof comment === 'string');
      if (isBlock || isFoldedText || hasComment) {
        throw new UsageError(`${what}: ${quote(text)} is not YAML on one line`, { hint });
      }
    });
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new UsageError(`${what}: ${quote(text)}: ${error.message}`, { hint });
  }
}

/** A mapping as YAML for an editor: keys sorted, text of several lines as a block. Read back it gives the same mapping. */
export function toYaml(mapping: JsonObject): string {
  return yamlDocument(mapping, editableStyle);
}

/** A text that no `jsonb` value can hold: NUL, and half of a surrogate pair. */
const unstorable = /[\0\p{Cs}]/u;

/**
 * Refuses text that the database cannot store.
 * @param what how the text is called in messages
 * @throws InvalidInputError
 */
export function requireStorable(text: string, what: string): void {
  if (unstorable.test(text)) throw new InvalidInputError(`${what} has a character that cannot be stored`);
}

/** Something wrong in a text, with its place in it. */
class YamlProblem extends Error {
  readonly place: string;

  constructor(message: string, place: string) {
    super(message);
    this.place = place;
  }
}

async function inputFrom(source: string, read: () => Promise<Json>): Promise<Json> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new InvalidInputError(`${source}${error.place}: ${error.message}`);
  }
}

type Yaml = typeof import('yaml');

async function readYaml(text: string, check: (document: Document.Parsed, yaml: Yaml) => void): Promise<Json> {
  if (Buffer.byteLength(text) > mostYamlBytes) {
    throw new YamlProblem(`longer than ${mostYamlBytes / 1024 ** 2} MiB`, '');
  }
  const yaml = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  const composer = new yaml.Composer({
    version: '1.2',
    // Named, so that a %YAML directive in the text does not change what words mean.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    intAsBigInt: true,
    // The library compares every key with every other; duplicates are found below instead.
    uniqueKeys: false,
  });
  const tokens = new yaml.Parser(lineCounter.addNewLine).parse(text);
  const documents = composer.compose(shallow(tokens, lineCounter), true, text.length);
  const [document, another] = documents;
  if (document === undefined) throw new AssertionError('even an empty text is a document');
  // Unknown tags and directives are warnings to the library.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw new YamlProblem(ownWords(problem), placeOf(problem.pos[0], lineCounter));
  }
  if (another !== undefined) {
    throw new YamlProblem('more than one document', placeOf(another.range[0], lineCounter));
  }
  check(document, yaml);
  return new Conversion(yaml, lineCounter).valueOf(document.contents);
}

/**
 * The parts of a text, none of them too deep. The library reads what is inside a part by calling itself, and where that
 * ends for want of stack the whole process may: an error that nobody can catch.
 */
function* shallow(parts: Iterable<CST.Token>, lineCounter: LineCounter): Generator<CST.Token> {
  for (const part of parts) {
    const waiting: { readonly token: CST.Token; readonly level: number }[] = [{ token: part, level: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { token, level } = next;
      if (level > deepest) throw new YamlProblem('nested too deeply', placeOf(token.offset, lineCounter));
      const inner = 'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : [];
      const all = token.type === 'document' ? [token.value] : inner;
      // The last one is taken first, so that the first problem of the text is the one that is told.
      for (const child of all.reverse()) {
        if (child === undefined || child === null) continue;
        waiting.push({ token: child, level: 'items' in child ? level + 1 : level });
      }
    }
    yield part;
  }
}

/** The library's message in our words where the reader needs a plainer one. */
function ownWords({ message }: { readonly message: string }): string {
  const missing = / end with an? ([\]}])/.exec(message)?.[1];
  if (missing !== undefined) return `expected "${missing}"`;
  if (message.startsWith('Missing closing')) return 'the quoted text has no closing quote';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** `:line:column`, both counted from 1. */
function placeOf(offset: number, lineCounter: LineCounter): string {
  const { line, col } = lineCounter.linePos(offset);
  return `:${line}:${col}`;
}

/** How much a value is with its aliases written out. */
interface Extent {
  readonly nodes: number;
  readonly characters: number;
  /** Lists and mappings inside each other. */
  readonly levels: number;
}

/** Turns parsed nodes into plain data, one document at a time. */
class Conversion {
  readonly #yaml: Yaml;
  readonly #lineCounter: LineCounter;
  readonly #anchors = new Map<string, { readonly value: Json; readonly extent: Extent }>();
  #nodes = 0;
  #characters = 0;
  /** The deepest level seen since the value was begun that is being read. */
  #deepestSeen = 0;
  #aliasedNodes = 0;
  #aliasedCharacters = 0;

  constructor(yaml: Yaml, lineCounter: LineCounter) {
    this.#yaml = yaml;
    this.#lineCounter = lineCounter;
  }

  /** @param depth how many lists and mappings the value is inside */
  valueOf(node: Node | null, depth = 0): Json {
    if (node === null) return null;
    if (this.#yaml.isAlias(node)) return this.#aliased(node, depth);
    const before = { nodes: this.#nodes, characters: this.#characters, deepestSeen: this.#deepestSeen };
    this.#nodes += 1;
    this.#deepestSeen = depth;
    const value = this.#ownValue(node, depth);
    const extent = {
      nodes: this.#nodes - before.nodes,
      characters: this.#characters - before.characters,
      levels: this.#deepestSeen - depth,
    };
    this.#deepestSeen = Math.max(before.deepestSeen, this.#deepestSeen);
    if ((this.#yaml.isScalar(node) || this.#yaml.isCollection(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { value, extent });
    }
    return value;
  }

  #ownValue(node: Node, depth: number): Json {
    if (this.#yaml.isScalar(node)) return this.#scalar(node);
    this.#enter(node, depth + 1);
    if (this.#yaml.isMap<Node, Node | null>(node)) return this.#mapping(node, depth);
    if (this.#yaml.isSeq<Node>(node)) return this.#list(node, depth);
    return this.#fail(node, 'is neither a value, a list nor a mapping');
  }

  #enter(node: Node, level: number): void {
    if (level > deepest) this.#fail(node, 'nested too deeply');
    this.#deepestSeen = Math.max(this.#deepestSeen, level);
  }

  // The value is shared, not copied. Written out it would be a copy each time, so its extent is what counts.
  #aliased(node: Alias, depth: number): Json {
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined)
      return this.#fail(node, `the alias ${quote(node.source)} has no anchor before it`);
    const { value, extent } = anchored;
    this.#nodes += extent.nodes;
    this.#characters += extent.characters;
    this.#enter(node, depth + extent.levels);
    this.#aliasedNodes += extent.nodes;
    this.#aliasedCharacters += extent.characters;
    if (this.#aliasedNodes > mostAliasedNodes || this.#aliasedCharacters > mostYamlBytes) {
      this.#fail(node, `the aliases stand for too much: at most ${mostAliasedNodes} values`);
    }
    return value;
  }

  #list(node: YAMLSeq<Node>, depth: number): Json {
    return node.items.map((item) => this.valueOf(item, depth + 1));
  }

  #mapping(node: YAMLMap<Node, Node | null>, depth: number): Json {
    const entries = new Map<string, Json>();
    for (const { key, value } of node.items satisfies Pair<Node, Node | null>[]) {
      const name = this.#key(key, node);
      if (entries.has(name)) this.#fail(key, `the key ${quote(name)} is given twice`);
      entries.set(name, this.valueOf(value, depth + 1));
    }
    // Unlike an assignment this also makes a key `__proto__` an ordinary one.
    return Object.fromEntries(entries);
  }

  /** JSON has only texts as keys. Integers and the three words become what Python's JSON makes of them. */
  #key(node: Node | null, mapping: Node): string {
    const value = this.valueOf(node);
    if (typeof value === 'string') return value;
    if (value === null || typeof value === 'boolean' || Number.isInteger(value)) return String(value);
    return this.#fail(node ?? mapping, `a key must be a text, not ${kindOf(value)}; quote it`);
  }

  #scalar(node: Scalar): Json {
    const { value } = node;
    if (typeof value === 'string') {
      this.#characters += value.length;
      return unstorable.test(value)
        ? this.#fail(node, 'the text has a character that cannot be stored')
        : value;
    }
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number)
        ? number
        : this.#fail(
            node,
            `${quote(node.source ?? String(value))} is too large for an exact number; quote it`,
          );
    }
    if (typeof value === 'number') {
      return Number.isFinite(value)
        ? value
        : this.#fail(
            node,
            `${quote(node.source ?? String(value))} is not a number that can be stored; quote it`,
          );
    }
    if (typeof value === 'boolean' || value === null) return value;
    return this.#fail(node, `${describe(value)} is not plain data`);
  }

  #fail(node: Node | null, problem: string): never {
    const range = node?.range ?? undefined;
    throw new YamlProblem(problem, range === undefined ? '' : placeOf(range[0], this.#lineCounter));
  }
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return typeof value === 'number' ? 'a number' : `"${value}"`;
}
