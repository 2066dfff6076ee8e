/** How one of the original's commands, and each of its options and arguments, is said in our words. Source: cli.md 6. */
import { InvalidInputError, NotFoundError, UsageError } from '../errors.ts';
import { quote } from '../data/quote.ts';

/** What the rewriting of one command line collects on the way. */
export interface Rewriting {
  /** Keeps a secret out of the words. @returns a name under which `readText` finds it */
  secret(text: string): string;
  /** Said on every standard error, unless --quiet. */
  warn(text: string): void;
  /** Said once, on a terminal only: what has no effect. */
  ignore(what: string): void;
}

/** The words that one value of the original becomes; none when it has no effect. @throws for what is refused */
type Become = (text: string, rewriting: Rewriting) => readonly string[];

/** What an argument of the original becomes: an argument, an option, or nothing. */
export type ArgumentRule = (
  text: string,
  rewriting: Rewriting,
) => { readonly argument: string } | { readonly options: readonly string[] };

export interface OptionRule {
  /** Absent for a flag; `may`: the value can be left out. */
  readonly takes?: 'must' | 'may';
  readonly become: Become;
  /** The value takes this place among the arguments. */
  readonly argument?: number;
  /** Has no effect, which a terminal is told. */
  readonly isIgnored?: true;
}

/** Keys of our records as the original labels them, in its order. */
export type Columns = Readonly<Record<string, string>>;

/** A value that the original asks for. */
export interface Asked {
  readonly option: string;
  readonly question: string;
  /** The option that says there is nothing to ask for; its presence makes this a secret. */
  readonly unless?: readonly string[];
}

/** One of the original's commands. What a row does not mention is passed on as it stands. */
export interface AliasRow {
  /** Our command; with `actions` what is said of it when none of them follows. */
  readonly command: string;
  /** Words that follow the name and choose what is done. Options may stand before and behind them. */
  readonly actions?: Readonly<Record<string, Partial<AliasRow>>>;
  readonly options?: Readonly<Record<string, OptionRule>>;
  /** By place; further arguments are passed on. */
  readonly arguments?: readonly ArgumentRule[];
  /** Options of ours that the original means without saying so; each is left out where it is given. */
  readonly adds?: readonly (readonly [option: string, ...value: readonly string[]])[];
  /** The option for data that the original reads from standard input unless it is given. */
  readonly reads?: '--data' | '--configuration';
  /** The original's list. A filter that names something unknown gives an empty one there. */
  readonly columns?: Columns;
  /** What the original prints on standard output where we print something else; of our record. */
  readonly prints?: (result: Readonly<Record<string, unknown>>) => string;
  /** What is asked on a terminal when it is not given; a secret is not when `unless` is given. */
  readonly asks?: readonly Asked[];
  /** Why the name is refused. */
  readonly refused?: string;
  /** A line for the parity table. */
  readonly note?: string;
  /** Present since a later release than this database level. */
  readonly later?: true;
}

/** An option under another name. */
export const renamed = (option: string, takes?: 'must'): OptionRule => ({
  ...(takes === undefined ? {} : { takes }),
  become: (value) => (takes === undefined ? [option] : [`${option}=${value}`]),
});

/** An option without effect, which a terminal is told. */
export const ignored = (takes?: 'must' | 'may'): OptionRule => ({
  ...(takes === undefined ? {} : { takes }),
  become: () => [],
  isIgnored: true,
});

/** An option without effect that nobody need hear of. */
export const silent = (takes?: 'must'): OptionRule => ({
  ...(takes === undefined ? {} : { takes }),
  become: () => [],
});

/** An option that this level has no meaning for. */
export const refusedOption = (why: string, takes?: 'must'): OptionRule => ({
  ...(takes === undefined ? {} : { takes }),
  become: () => {
    throw new UsageError(why);
  },
});

const keyWarning = 'a key on the command line is seen by every user of the machine; use --token-file';

/** A token's key as a value; it reaches the command as if it stood in a file. */
export const key: OptionRule = {
  takes: 'must',
  become(value, rewriting) {
    rewriting.warn(keyWarning);
    return [`--token-file=${rewriting.secret(value)}`];
  },
};

/** A worker by name, or by the key of its token. */
export const workerOrKey: ArgumentRule = (text, rewriting) =>
  /^[0-9a-f]{64}$/i.test(text) ? { options: key.become(text, rewriting) } : { argument: text };

/**
 * The name of a workspace, in later releases behind a scope: only the default scope means anything here.
 * @throws NotFoundError for another scope
 */
function withoutScope(text: string): string {
  const [scope = '', ...rest] = text.split('/');
  if (rest.length === 0) return text;
  scopeExists(scope);
  return rest.join('/');
}

function scopeExists(scope: string): void {
  if (scope === 'debusine') return;
  throw new NotFoundError(`scope ${quote(scope)} not found`, {
    hint: 'this database level has no scopes; leave it out, or write debusine/NAME',
    details: { kind: 'scope', name: scope },
  });
}

export const workspace: ArgumentRule = (text) => ({ argument: withoutScope(text) });

export const workspaceOption: OptionRule = {
  takes: 'must',
  become: (value) => [`--workspace=${withoutScope(value)}`],
};

/** A scope as an argument. */
export const scope: ArgumentRule = (text) => {
  scopeExists(text);
  return { options: [] };
};

/** An option that has become the argument at this place. */
export const asArgument = (argument: number): OptionRule => ({
  takes: 'must',
  become: (value) => [value],
  argument,
});

/** An argument that has become an option. */
export const asOption =
  (option: string): ArgumentRule =>
  (text) => ({ options: [`${option}=${text}`] });

/** An argument without effect. */
export const ignoredArgument =
  (what: string): ArgumentRule =>
  (_, rewriting) => {
    rewriting.ignore(what);
    return { options: [] };
  };

/** Our release level knows one app, the original several. */
export const appLabel: ArgumentRule = (text) => {
  if (text !== 'db') throw new InvalidInputError(`no app ${quote(text)}`, { hint: 'the app is called "db"' });
  return { options: [] };
};
