/** What `manage-token enable` and `manage-token disable` share. Source: cli.md 8.1. */
import { quote } from '../data/quote.ts';
import type { Did } from './command.ts';
import type { SwitchedToken } from '../models/tokens.ts';
import type { Context } from './context.ts';
import { selectTokens, type tokenSelection } from './token-selection.ts';
import type { Input } from './command.ts';

/** A token that was switched, and the worker that uses it. */
export interface SwitchedTokenOfWorker extends SwitchedToken {
  readonly worker: string | null;
}

/** Selects tokens and switches them. */
export async function switchTokens(
  context: Context,
  input: Input<Record<never, never>, typeof tokenSelection>,
  enabled: boolean,
): Promise<readonly SwitchedTokenOfWorker[]> {
  const tokens = await import('../models/tokens.ts');
  const selected = await selectTokens(context, input, { hint: '--id, --hash, --user or --token-file' });
  const workers = new Map(selected.map(({ id, worker }) => [id, worker]));
  const switched = await tokens.setEnabled(context.db, [...workers.keys()], enabled);
  return switched.map((token) => ({ ...token, worker: workers.get(token.id) ?? null }));
}

/** `enabled 2 tokens; 1 was enabled already`. */
export function switchNote(
  switched: readonly SwitchedTokenOfWorker[],
  did: Did,
  words: readonly [past: string, infinitive: string],
): string {
  const changed = switched.filter((token) => token.changed);
  const [only] = changed;
  const what = changed.length === 1 && only !== undefined ? `token ${only.id}` : `${changed.length} tokens`;
  const [past] = words;
  const same = switched.length - changed.length;
  const rest = same === 0 ? [] : [`${same} ${same === 1 ? 'was' : 'were'} ${past} already`];
  return [...(changed.length === 0 ? [] : [`${did(...words)} ${what}`]), ...rest].join('; ');
}

/** Says that work stays with the workers whose tokens were disabled; undefined when there are none. */
export function workersNote(switched: readonly SwitchedTokenOfWorker[]): string | undefined {
  const names = switched.flatMap(({ worker }) => worker ?? []);
  if (names.length === 0) return undefined;
  const said = names.map(quote).join(', ');
  return `what is assigned to ${said} stays so; debusine-admin manage-worker disable returns it to the queue`;
}
