/** When the fields of a `.changes` file contradict each other. Source: data-schemas.md 3, debian:upload. */
import { words } from './blanks.ts';
import { type AddIssue, mappingOf, refuseKey, type Schema } from './fields.ts';
import { isMapping } from './json.ts';
import { missing } from './problems.ts';
import { describe } from './quote.ts';

/** Whether the name is that of a binary package. */
export function isBinaryPackageName(name: string): boolean {
  return name.endsWith('.deb') || name.endsWith('.udeb');
}

/** What the listed files have against the architectures; undefined if nothing. */
function contradiction(architectures: readonly string[], names: readonly string[]): string | undefined {
  const hasSource = architectures.includes('source');
  const buildsBinaries = architectures.some((architecture) => architecture !== 'source');
  const binaries = names.filter(isBinaryPackageName).length;
  const sources = names.filter((name) => name.endsWith('.dsc')).length;
  if (!buildsBinaries && binaries > 0)
    return 'lists binary packages, but Architecture names no architecture for them';
  if (buildsBinaries && binaries === 0)
    return 'lists no binary package for the architectures in Architecture';
  if (hasSource && sources !== 1) return `lists ${sources} .dsc files; an upload with source has exactly one`;
  return !hasSource && sources > 0 ? 'lists a .dsc file, but Architecture does not name source' : undefined;
}

/** Names of the files in `Files`; undefined, and reported, if it is no list of mappings with a name. */
function parseNames(input: Record<string, unknown>, addIssue: AddIssue): readonly string[] | undefined {
  const files = input['Files'];
  if (!Array.isArray(files)) {
    refuseKey(addIssue, input, 'Files', `must be a list, not ${describe(files)}`);
    return undefined;
  }
  const names = files.map((file: unknown) => (isMapping(file) ? file['name'] : undefined));
  const texts = names.filter((name) => typeof name === 'string');
  if (texts.length === names.length) return texts;
  refuseKey(addIssue, input, 'Files', 'has an entry without a name');
  return undefined;
}

/** Any mapping with `Architecture` and `Files` that agree with each other. */
export function changesFields(): Schema<Readonly<Record<string, unknown>>> {
  return mappingOf((input, addIssue) => {
    const absent = ['Architecture', 'Files'].filter((key) => !Object.hasOwn(input, key));
    for (const key of absent) refuseKey(addIssue, input, key, missing);
    if (absent.length > 0) return input;
    const architecture = input['Architecture'];
    if (typeof architecture !== 'string') {
      refuseKey(addIssue, input, 'Architecture', `must be text, not ${describe(architecture)}`);
    }
    const names = parseNames(input, addIssue);
    if (typeof architecture !== 'string' || names === undefined) return input;
    const problem = contradiction(words(architecture), names);
    if (problem !== undefined) refuseKey(addIssue, input, 'Files', problem);
    return input;
  });
}
