/** How a command is declared: one object, from which parsing, help, completion and output follow. */
import type { Column } from '../output/columns.ts';
import type { JsonSchema } from '../output/json-schema.ts';
import type { OutputOptions, Sink } from '../output/options.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Context } from './context.ts';

/** What parsing a value may depend on. */
export interface ParseContext {
  /** How the value is called in a message: `option --at`, `USERNAME`. */
  readonly what: string;
  /** The instant of the invocation. */
  readonly now: Timestamp;
  /** Which of the values on the command line it is; tells the order of options that act one after the other. */
  readonly position: number;
}

/** Turns the text from the command line into a value. @throws UsageError */
export type Parse<T> = (text: string, context: ParseContext) => T;

/** What a shell may complete a value with: fixed words, files, or names from the database. */
export type Completion =
  | readonly string[]
  | 'file'
  | 'directory'
  | 'user'
  | 'identity'
  | 'worker'
  | 'workspace'
  | 'file-store'
  | 'collection'
  | 'workflow-template'
  | 'notification-channel';

/** Objects that people know by a name. */
export type NameKind = Exclude<Completion, readonly string[] | 'file' | 'directory'>;

export interface Argument<T> {
  readonly kind: 'argument';
  /** As in the usage line: `USERNAME`. */
  readonly placeholder: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly parse: Parse<unknown>;
  readonly completes?: Completion;
  readonly value?: T;
}

export interface Option<T> {
  readonly kind: 'option';
  /** `--comment <TEXT>`, `-y, --yes`, `--expired [TIME]`. */
  readonly flags: string;
  readonly description: string;
  /** Shown in the help; the value itself is filled in by `run`. */
  readonly default?: string;
  readonly repeatable: boolean;
  /** Absent for a flag. */
  readonly parse?: Parse<unknown>;
  readonly completes?: Completion;
  /** Accepted, but not shown in help or completion. */
  readonly hidden?: boolean;
  readonly value?: T;
}

/** Whether a value stands behind an option. */
export type Takes = 'no' | 'must' | 'may';

/** Source: the flags, `--comment <TEXT>` or `--expired [TIME]`. */
export function takesValue({ flags, parse }: Option<unknown>): Takes {
  if (parse === undefined) return 'no';
  return flags.includes('[') ? 'may' : 'must';
}

/**
 * The arguments that may be left out on a terminal, where a person then chooses one of the names in the database: the
 * last ones, as far as they are such names.
 */
export function choosable(declared: Arguments): ReadonlyMap<string, NameKind> {
  const kinds = new Map<string, NameKind>();
  for (const [key, { required, completes }] of Object.entries(declared).reverse()) {
    if (!required) continue;
    if (typeof completes !== 'string' || completes === 'file' || completes === 'directory') break;
    kinds.set(key, completes);
  }
  return kinds;
}

interface Extra {
  readonly completes?: Completion;
  readonly default?: string;
  readonly hidden?: boolean;
}

const asItIs: Parse<string> = (text) => text;

/** A required positional argument. */
export function argument(placeholder: string, description: string, extra?: Extra): Argument<string>;
export function argument<T>(
  placeholder: string,
  description: string,
  parse: Parse<T>,
  extra?: Extra,
): Argument<T>;
export function argument(
  placeholder: string,
  description: string,
  parse: Parse<unknown> | Extra = asItIs,
  extra: Extra = {},
): Argument<unknown> {
  const [how, more] = typeof parse === 'function' ? [parse, extra] : [asItIs, parse];
  return { kind: 'argument', placeholder, description, required: true, variadic: false, parse: how, ...more };
}

/** The same argument, but it may be left out. */
export function optional<T>(declared: Argument<T>): Argument<T | undefined> {
  return { ...declared, required: false, value: undefined };
}

/** The same argument, given once or more often. */
export function several<T>(declared: Argument<T>): Argument<readonly T[]> {
  const { value: _, ...rest } = declared;
  return { ...rest, variadic: true };
}

/** An option with a value, given at most once. */
export function option(flags: string, description: string, extra?: Extra): Option<string | undefined>;
export function option<T>(
  flags: string,
  description: string,
  parse: Parse<T>,
  extra?: Extra,
): Option<T | undefined>;
export function option(
  flags: string,
  description: string,
  parse: Parse<unknown> | Extra = asItIs,
  extra: Extra = {},
): Option<unknown> {
  const [how, more] = typeof parse === 'function' ? [parse, extra] : [asItIs, parse];
  return { kind: 'option', flags, description, repeatable: false, parse: how, ...more };
}

/** An option that may be given several times; all values, in order. */
export function options(flags: string, description: string, extra?: Extra): Option<readonly string[]>;
export function options<T>(
  flags: string,
  description: string,
  parse: Parse<T>,
  extra?: Extra,
): Option<readonly T[]>;
export function options(
  flags: string,
  description: string,
  parse: Parse<unknown> | Extra = asItIs,
  extra: Extra = {},
): Option<readonly unknown[]> {
  const [how, more] = typeof parse === 'function' ? [parse, extra] : [asItIs, parse];
  return { kind: 'option', flags, description, repeatable: true, parse: how, ...more };
}

/** An option without a value. */
export function flag(flags: string, description: string, extra: Extra = {}): Option<boolean> {
  return { kind: 'option', flags, description, repeatable: false, ...extra };
}

// The inferred value types are what `run` receives.
type ValueOf<Declared> = Declared extends { readonly value?: infer T } ? T : never;
type Values<Declared> = { readonly [Key in keyof Declared]: Present<Declared[Key]> };
// `value?: T` adds undefined to T; a declaration that may be absent says so in T itself.
type Present<Declared> =
  Declared extends Argument<infer T> ? T : Declared extends Option<infer T> ? T : ValueOf<Declared>;

export type Arguments = Readonly<Record<string, Argument<unknown>>>;
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What `run` is given: the parsed arguments and options under their declared names. */
export type Input<A extends Arguments, O extends Options> = Values<A> & Values<O>;

/** The verb of the line that says what was done: `created`, in a dry run `would create`. */
export type Did = (past: string, infinitive: string) => string;

/** What was done: a line, several, or nothing to say. */
export type Note = string | readonly string[] | undefined;

/** What a command hands back and how a person sees it. */
export type Output<Result> = OutputOfKind<Result> & {
  /** The JSON document, where it is not simply the columns: of `own`, or when options choose parts of it. */
  readonly schema?: JsonSchema;
};

type OutputOfKind<Result> =
  /** Records, streamed. The framework adds --limit, --offset, --order and --count. */
  | ListOutput<Result>
  /** One record that somebody asked to see. */
  | { readonly kind: 'details'; readonly columns: readonly Column<Result & object>[] }
  /** Several records that are all there; an array in JSON. */
  | {
      readonly kind: 'records';
      readonly columns: readonly Column<Result extends readonly (infer Row extends object)[] ? Row : never>[];
      /** Plural: `no artifacts`, `3 artifacts`. */
      readonly things: string;
    }
  /** Plain data as it is: JSON, and YAML for people. */
  | { readonly kind: 'document'; readonly columns: readonly Column<never>[] }
  /** One record, in each format drawn in its own way: as a tree, or a picture. */
  | {
      readonly kind: 'drawing';
      /** Those of the record in JSON. */
      readonly columns: readonly Column<never>[];
      /** Prints it; `options.picture` is one of the command's further formats. */
      readonly draw: (result: Result, options: OutputOptions, sink: Sink) => Promise<void>;
    }
  /** One of these, by what was asked for: `run` gives the result of `shown`. */
  | {
      readonly kind: 'choice';
      readonly columns: readonly Column<never>[];
      readonly outputs: readonly Output<never>[];
      /** The option that asks for the list among them, if there is one; the options of lists go with it. */
      readonly listedBy?: string;
    }
  /**
   * A change: data for the next command on stdout (a number) or nothing, and a line that says what was done. A dry run
   * without `data` prints what `preview` gives, or the record itself.
   */
  | {
      readonly kind: 'change';
      readonly columns: readonly Column<Result & object>[];
      readonly data?: (result: Result) => string | undefined;
      readonly preview?: (result: Result) => Shown;
      /** What a dry run prints instead, in every format: the number of a record that was not made would be a lie. */
      readonly dryRun?: (result: Result) => Shown;
      /** What `--yaml` prints instead of the record, where the original has a document of its own. */
      readonly yaml?: (result: Result) => Readonly<Record<string, unknown>>;
      readonly note: (result: Result, did: Did) => Note;
    }
  /** A change that makes a secret: it is written before the change is committed, and nothing happens when it cannot be. */
  | {
      readonly kind: 'secret';
      readonly columns: readonly Column<Result & object>[];
      /** What the secret is called in a message: `the token`. */
      readonly name: string;
      readonly secret: (result: Result) => string | undefined;
      readonly note: (result: Result, did: Did) => Note;
    }
  /** Several changed records: an array in JSON, nothing on stdout otherwise; a dry run prints them. */
  | {
      readonly kind: 'changes';
      readonly columns: readonly Column<Result extends readonly (infer Row extends object)[] ? Row : never>[];
      readonly note: (result: Result, did: Did) => Note;
    }
  /** The command prints by itself through `context.print`; for streams of events and documents. */
  | { readonly kind: 'own'; readonly columns: readonly Column<never>[] };

/** A result together with how it is shown. */
export interface Shown {
  readonly output: Output<never>;
  readonly result: unknown;
}

/** Says how a result is shown, where a command can show one thing or another. */
export function shown<Result>(output: Output<Result>, result: Result): Shown {
  // Only the pair is used, so the type of the result may be forgotten.
  return { output: output as Output<never>, result };
}

/** How plain data is shown. */
export const document: Output<unknown> = { kind: 'document', columns: [] };

export interface ListOutput<Result> {
  readonly kind: 'list';
  readonly columns: readonly Column<RowOf<Result>>[];
  /** Plural: `no tokens`, `3 tokens`. */
  readonly things: string;
}

type RowOf<Result> = Result extends AsyncIterable<readonly (infer Row extends object)[]> ? Row : never;

/** A command line that works, with what it is for; the tests run it. */
export interface Example {
  readonly what: string;
  readonly command: string;
}

/** Headings of the overview, in its order. */
export const groups = [
  'Tokens',
  'Users',
  'Workers',
  'Workspaces and stores',
  'Collections',
  'Artifacts',
  'Work requests',
  'Workflows',
  'Notifications',
  'Maintenance',
  'Database',
] as const;

export type Group = (typeof groups)[number];

/**
 * What a command says of itself. Its name is that of its file. One that has to ask first does so in three steps, so
 * that no question is put while a transaction is open, and what was shown is what is changed.
 */
export interface Declaration<
  A extends Arguments,
  O extends Options,
  Result,
  Seen = undefined,
  Answer = Seen,
> {
  readonly group: Group;
  /** One line of the overview. */
  readonly summary: string;
  /** One or two sentences. */
  readonly description: string;
  readonly arguments?: A;
  readonly options?: O;
  /** Names of options of which at most one may be given. */
  readonly exclusive?: readonly (readonly (keyof O & string)[])[];
  /**
   * - `none`: needs no database
   * - `read`: one read-only snapshot
   * - `write`: one transaction; with an option named `dryRun` given it is rolled back at the end
   * - `batches`: `context.db` is no transaction; the command commits in steps
   * - `raw`: as `batches`, and the level of the schema is not checked
   */
  readonly database: 'none' | 'read' | 'write' | 'batches' | 'raw';
  /** Exit statuses with a special meaning here. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  readonly examples: readonly Example[];
  readonly related?: readonly string[];
  /** Further values of `--format`, for pictures; `output.picture` tells which. */
  readonly formats?: readonly string[];
  /** Reads what the question will be about, in a snapshot of its own: it fixes the ids. */
  look?(context: Context, input: Input<A, O>): Promise<Seen>;
  /**
   * Asks, or opens an editor; no transaction is open. A dry run asks nothing.
   * @throws DeclinedError for "no"; UsageError when nobody can be asked
   */
  ask?(context: Context, input: Input<A, O>, seen: Seen): Promise<Answer>;
  /** Does the work. `answer` is what `ask` gave, or else what `look` saw. */
  run(context: Context, input: Input<A, O>, answer: Answer): Promise<Result>;
  /** What follows when the change is committed and its result printed; no transaction is open. Not in a dry run. */
  after?(context: Context, input: Input<A, O>, result: Result): Promise<void>;
}

/** A command with its types erased, as the framework handles it. */
export interface Command {
  readonly group: Group;
  readonly summary: string;
  readonly description: string;
  readonly arguments: Arguments;
  readonly options: Options;
  readonly exclusive: readonly (readonly string[])[];
  readonly database: 'none' | 'read' | 'write' | 'batches' | 'raw';
  readonly exitCodes: Readonly<Record<number, string>>;
  readonly examples: readonly Example[];
  readonly related: readonly string[];
  readonly formats: readonly string[];
  readonly output: Output<unknown>;
  look?(context: Context, input: never): Promise<unknown>;
  ask?(context: Context, input: never, seen: unknown): Promise<unknown>;
  run(context: Context, input: never, answer: unknown): Promise<unknown>;
  after?(context: Context, input: never, result: unknown): Promise<void>;
}

/**
 * Declares a command; the types of its input follow from the declaration. What a person sees of its result is told
 * in a second step, when the type of the result is known.
 */
export function defineCommand<
  A extends Arguments,
  O extends Options,
  Result,
  Seen = undefined,
  Answer = Seen,
>(declaration: Declaration<A, O, Result, Seen, Answer>): { shownAs(output: Output<Result>): Command } {
  const defaults = { arguments: {}, options: {}, exclusive: [], exitCodes: {}, related: [], formats: [] };
  return {
    // The framework hands `run` what the declaration parsed, so erasing the types here is safe.
    shownAs: (output) => ({ ...defaults, ...declaration, output }) as unknown as Command,
  };
}
