/**
 * Names of things. At this level the model only limits their length; a few commands ask for more, as a guard
 * for people. Source: models.md 3, cli.md 8.4, 8.6 and 8.12.
 */
import { hasBlank } from './blanks.ts';
import { quote } from './quote.ts';

/** Why a name is refused. */
export interface NameProblem {
  readonly message: string;
  readonly hint?: string;
}

/** Things that have a name, and how many code points it may have. */
const limits = {
  workspace: 255,
  collection: 255,
  'file store': 255,
  'workflow template': 255,
  channel: 20,
} as const;
export type NamedThing = keyof typeof limits;

const unstorable = /[\0\p{Cs}]/u;
const control = /\p{Cc}/u;

/** Length in code points, as the database counts it. */
export function nameLength(name: string): number {
  return [...name].length;
}

/** What the model has against a name; undefined if nothing: not empty, not too long, storable. */
export function nameProblem(thing: NamedThing, name: string): NameProblem | undefined {
  const limit = limits[thing];
  if (name === '') return { message: `${thing} name is empty` };
  const length = nameLength(name);
  if (length > limit)
    return { message: `${thing} name has ${length} characters, at most ${limit} are stored` };
  if (unstorable.test(name))
    return { message: `${thing} name ${quote(name)} has a character that cannot be stored` };
  return undefined;
}

function guardProblem(thing: NamedThing, name: string, isAnyName: boolean): NameProblem | undefined {
  if (control.test(name)) return { message: `${thing} name ${quote(name)} has a control character` };
  if (isAnyName) return undefined;
  if (hasBlank(name.charAt(0)) || hasBlank(name.charAt(name.length - 1))) {
    return { message: `${thing} name ${quote(name)} has a blank at an end` };
  }
  return undefined;
}

/**
 * What speaks against making a workspace of that name; undefined if nothing. Source: cli.md 8.4.
 * @param options `anyName` also allows `/` and blanks at the ends
 */
export function workspaceNameProblem(
  name: string,
  { anyName = false }: { readonly anyName?: boolean } = {},
): NameProblem | undefined {
  const problem = nameProblem('workspace', name) ?? guardProblem('workspace', name, anyName);
  if (problem !== undefined || anyName || !name.includes('/')) return problem;
  const last = name.slice(name.lastIndexOf('/') + 1);
  return {
    message: `workspace name ${quote(name)} contains "/"`,
    hint: `this database level has no scopes${last === '' ? '' : `, use ${quote(last)}`}`,
  };
}

const laterPattern = /^[A-Za-z][A-Za-z0-9+._-]*$/;
const laterReserved = 'accounts artifact task-status user workers work-request workspaces'.split(' ');

/** Whether later releases accept the name for a workspace, too. Source: cli.md 8.4. */
export function isWorkspaceNameOfLaterReleases(name: string): boolean {
  return laterPattern.test(name) && !laterReserved.includes(name);
}

/** What speaks against making a collection of that name; undefined if nothing. Source: cli.md 8.6. */
export function collectionNameProblem(name: string): NameProblem | undefined {
  const problem = nameProblem('collection', name) ?? guardProblem('collection', name, false);
  if (problem !== undefined) return problem;
  const refused = ['/', '@'].find((character) => name.includes(character));
  if (refused === undefined) return undefined;
  return {
    message: `collection name ${quote(name)} contains "${refused}"`,
    hint: 'lookups use it as a separator',
  };
}
