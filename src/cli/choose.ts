/** Choosing on a terminal what was left out: names of objects in the database. */
import { quote } from '../data/quote.ts';
import { NotFoundError } from '../errors.ts';
import { escapeText } from '../output/escape.ts';
import { choosable, type Command, type NameKind } from './command.ts';
import type { Context } from './context.ts';
import type { Parsed } from './parse.ts';
import { workspaceFor } from './workspace-option.ts';

/**
 * The input with what a person chose, one question after the other; no transaction is open.
 * @throws NotFoundError when there is nothing to choose from
 * @throws DeclinedError, InterruptedError when no answer is given
 */
export async function withChoices(
  context: Context,
  { arguments: declared, options }: Command,
  { input, missing }: Parsed,
): Promise<Parsed['input']> {
  const kinds = choosable(declared);
  const chosen: Record<string, unknown> = {};
  for (const key of missing) {
    const [argument, kind] = [declared[key], kinds.get(key)];
    if (argument === undefined || kind === undefined) continue;
    const isOfWorkspace = kind === 'workflow-template' && 'workspace' in options;
    const given = input['workspace'];
    const workspace = isOfWorkspace
      ? (await workspaceFor(context, typeof given === 'string' ? given : undefined)).name
      : undefined;
    const name = await nameChosen(context, kind, argument.placeholder, workspace);
    const value = argument.parse(name, { what: argument.placeholder, now: context.now, position: 0 });
    chosen[key] = argument.variadic ? [value] : value;
  }
  return { ...input, ...chosen };
}

async function nameChosen(
  { db, prompt }: Context,
  kind: NameKind,
  placeholder: string,
  workspace: string | undefined,
): Promise<string> {
  const { mostNames, namesBeginningWith, wordsFor } = await import('../models/names.ts');
  const names = await namesBeginningWith(db, kind, '', workspace);
  const what = wordsFor(kind);
  if (names.length === 0) {
    const message =
      workspace === undefined ? `there is no ${what}` : `workspace ${quote(workspace)} has no ${what}`;
    // Only logins make identities.
    const hint = kind === 'identity' ? undefined : `debusine-admin create-${kind} makes one`;
    throw new NotFoundError(message, { hint });
  }
  const where = workspace === undefined ? '' : ` of ${quote(workspace)}`;
  const part = names.length < mostNames ? '' : ` (the first ${mostNames}; ${placeholder} names any)`;
  const choices = names.map((name) => ({ name: escapeText(name), value: name }));
  return prompt.select(`Which ${what}${where}?${part}`, choices, placeholder);
}
