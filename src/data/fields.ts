/**
 * The vocabulary that all our schemas are written in. Stricter than valibot's own objects and records, which
 * take a list for an object, stop at the first unknown key, and let keys such as `constructor` pass unseen.
 *
 * Scalars are not converted: `"yes"` is no boolean and `"5"` no number. The original's validation library did
 * convert them; refusing is allowed. Source: data-schemas.md 2.1.
 */
import * as v from 'valibot';
import { isMapping, type JsonObject } from './json.ts';
import { missing, packKnownKeys, unknownKey } from './problems.ts';
import { describe, quote } from './quote.ts';
import { isUrl } from './urls.ts';

/** A schema for values of unknown origin. */
export type Schema<Output = unknown> = v.GenericSchema<unknown, Output>;

/** A key that may be left out; its value is then the fallback. */
export interface Optional<Output> {
  readonly schema: Schema<Output>;
  readonly fallback: Output;
}

type Entry = Schema | Optional<unknown>;
type EntryOutput<E> =
  E extends Optional<infer Output> ? Output : E extends Schema<infer Output> ? Output : never;
type Mapping = Record<string, unknown>;

/** What {@link object} gives for these entries. */
export type ObjectOutput<Entries> = { readonly [Key in keyof Entries]: EntryOutput<Entries[Key]> };

/** Where the schemas below report. */
export type AddIssue = (info: v.RawTransformIssueInfo<Mapping>) => void;

const wanted =
  (what: string) =>
  (issue: { readonly input: unknown }): string =>
    `must be ${what}, not ${describe(issue.input)}`;

/** Builds the schema at its first use and keeps it: loading a module costs nothing, and few schemas are used. */
export function lazily<Output>(build: () => Schema<Output>): () => Schema<Output> {
  let schema: Schema<Output> | undefined;
  return () => (schema ??= build());
}

/** A key that may be left out. */
export function optional<Output>(schema: Schema<Output>, fallback: NoInfer<Output>): Optional<Output> {
  return { schema, fallback };
}

/** A key that may be left out or null, and is null by default. */
export function orNull<Output>(schema: Schema<Output>): Optional<Output | null> {
  return { schema: v.nullable(schema), fallback: null };
}

/** Any text, the empty one included. */
export function text(): Schema<string> {
  return v.string(wanted('text'));
}

/** True or false, nothing that only resembles it. */
export function bool(): Schema<boolean> {
  return v.boolean(wanted('true or false'));
}

/** A whole number between the bounds, which belong to the range. */
export function whole({ from, to }: { readonly from?: number; readonly to?: number } = {}): Schema<number> {
  return v.pipe(
    v.number(wanted('a whole number')),
    v.integer(wanted('a whole number')),
    v.minValue(from ?? -Infinity, wanted(`at least ${from}`)),
    v.maxValue(to ?? Infinity, wanted(`at most ${to}`)),
  );
}

/** Exactly one of the words; capitals count. */
export function oneOf<const Words extends readonly string[]>(words: Words): Schema<Words[number]> {
  return v.picklist(words, ({ input }) => `${describe(input)} is not one of ${words.join(', ')}`);
}

/** A URL with a host. Source: data-schemas.md 2.1. */
export function url(): Schema<string> {
  return v.pipe(
    v.string(wanted('a URL')),
    v.check(isUrl, ({ input }) => `${quote(input)} is not a URL`),
  );
}

/** A list of such items. */
export function list<Output>(item: Schema<Output>): Schema<readonly Output[]> {
  return v.array(item, wanted('a list'));
}

/** The list, which has to have an item. */
export function nonEmpty<Item>(schema: Schema<readonly Item[]>): Schema<readonly Item[]> {
  return v.pipe(
    schema,
    v.check((items) => items.length > 0, 'must not be empty'),
  );
}

function firstRepeated(items: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return items.find((item) => seen.size === seen.add(item).size);
}

/** The list, in which no text stands twice. */
export function withoutRepeats<Item extends string>(
  schema: Schema<readonly Item[]>,
): Schema<readonly Item[]> {
  return v.pipe(
    schema,
    v.check(
      (items) => firstRepeated(items) === undefined,
      ({ input }) => `has ${quote(firstRepeated(input) ?? '')} twice`,
    ),
  );
}

/** Any mapping; its content is not looked at. */
export function mapping(): Schema<JsonObject> {
  return v.custom<JsonObject>(isMapping, wanted('a mapping'));
}

function at(input: Mapping, key: string): v.ObjectPathItem {
  return { type: 'object', origin: 'value', input, key, value: input[key] };
}

/** Reports a problem with one key of the mapping. */
export function refuseKey(addIssue: AddIssue, input: Mapping, key: string, message: string): void {
  addIssue({ message, input: input[key], path: [at(input, key)] });
}

/** Parses the value of one key; what is wrong is reported below that key. */
function parseMember<Output>(schema: Schema<Output>, input: Mapping, key: string, addIssue: AddIssue) {
  const result = v.safeParse(schema, input[key]);
  for (const { message, input: refused, expected, path = [] } of result.issues ?? []) {
    addIssue({
      message,
      input: refused,
      ...(expected === null ? {} : { expected }),
      path: [at(input, key), ...path],
    });
  }
  return result.output;
}

function isOptional(entry: Entry): entry is Optional<unknown> {
  return 'fallback' in entry;
}

/** Parses the keys of a mapping by the entries and reports every key that is missing, unknown or wrong. */
export function parseEntries<Entries extends Readonly<Record<string, Entry>>>(
  entries: Entries,
  input: Mapping,
  addIssue: AddIssue,
): ObjectOutput<Entries> {
  const output: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const isGiven = Object.hasOwn(input, key) && input[key] !== undefined;
    if (isGiven) output[key] = parseMember(isOptional(entry) ? entry.schema : entry, input, key, addIssue);
    else if (isOptional(entry)) output[key] = entry.fallback;
    else refuseKey(addIssue, input, key, missing);
  }
  const expected = packKnownKeys(Object.keys(entries));
  for (const key of Object.keys(input)) {
    if (Object.hasOwn(entries, key)) continue;
    addIssue({ message: unknownKey, input: input[key], expected, path: [at(input, key)] });
  }
  // The keys are those of the entries, and each value went through the schema of its key.
  return output as ObjectOutput<Entries>;
}

/**
 * A mapping whose content a function parses, reporting everything that is wrong. Once something is reported it
 * does not matter what the function returns; `refused` then stands for the output.
 */
export function mappingOf<Output>(
  parseContent: (input: Mapping, addIssue: AddIssue, refused: never) => Output,
): Schema<Output> {
  return v.pipe(
    v.custom<Mapping>(isMapping, wanted('a mapping')),
    v.rawTransform(({ dataset, addIssue, NEVER }) => parseContent(dataset.value, addIssue, NEVER)),
  );
}

/** A mapping of exactly these keys. */
export function object<Entries extends Readonly<Record<string, Entry>>>(
  entries: Entries,
): Schema<ObjectOutput<Entries>> {
  return mappingOf((input, addIssue) => parseEntries(entries, input, addIssue));
}

/** A mapping of any keys, or of keys out of the given words, whose values all fit the schema. */
export function mapOf<Output>(
  schema: Schema<Output>,
  keys?: readonly string[],
): Schema<Readonly<Record<string, Output>>> {
  return mappingOf((input, addIssue) => {
    const members = Object.keys(input).map((key) => {
      if (keys !== undefined && !keys.includes(key)) {
        refuseKey(addIssue, input, key, `${quote(key)} is not one of ${keys.join(', ')}`);
      }
      return [key, parseMember(schema, input, key, addIssue)] as const;
    });
    // Only used when nothing was reported, and then each value is an output. Keeps a key `__proto__` as a key.
    return Object.fromEntries(members) as Record<string, Output>;
  });
}

/** The schema, and a rule over the whole value: a message if it is broken, undefined if it holds. */
export function withRule<Output>(
  schema: Schema<Output>,
  rule: (value: Output) => string | undefined,
): Schema<Output> {
  return v.pipe(
    schema,
    v.check(
      (value) => rule(value) === undefined,
      ({ input }) => rule(input) ?? '',
    ),
  );
}

/** The schema that the choice names for this very value, such as "a list or one text". */
export function dependingOn<Output>(choose: (value: unknown) => Schema<Output>): Schema<Output> {
  return v.lazy(choose);
}
