/** Which files an artifact may be made of. Source: data-schemas.md 3.1. */
import { isBinaryPackageName } from './changes-fields.ts';
import { listedFiles } from './debian-control.ts';
import { quote } from './quote.ts';

/** Paths inside the artifact, and the contents of those that {@link filesToRead} named. */
export interface LocalFiles {
  readonly paths: readonly string[];
  readonly contents: ReadonlyMap<string, string>;
}

type Rule = (files: LocalFiles) => readonly string[];

const count = (number: number): string => (number === 1 ? '1 file' : `${number} files`);

function unlessEnds(paths: readonly string[], endings: readonly string[]): readonly string[] {
  return paths
    .filter((path) => !endings.some((ending) => path.endsWith(ending)))
    .map((path) => `file ${quote(path)} does not end in ${endings.join(' or ')}`);
}

const exactlyOne =
  (...endings: readonly string[]): Rule =>
  ({ paths }) => [
    ...(paths.length === 1 ? [] : [`has ${count(paths.length)}, must have exactly one`]),
    ...unlessEnds(paths, endings),
  ];

const atLeastOneBinaryPackage: Rule = ({ paths }) => [
  ...(paths.length === 0 ? ['has no file, must have at least one'] : []),
  ...unlessEnds(
    paths.filter((path) => !isBinaryPackageName(path)),
    ['.deb', '.udeb'],
  ),
];

/** Exactly one file of that ending, and besides it what it lists. */
const listing =
  (ending: string): Rule =>
  ({ paths, contents }) => {
    const lists = paths.filter((path) => path.endsWith(ending));
    const [list] = lists;
    if (list === undefined || lists.length > 1) {
      return [`has ${count(lists.length)} whose name ends in ${ending}, must have exactly one`];
    }
    const listed = listedFiles(contents.get(list) ?? '');
    if (listed === undefined) return [`file ${quote(list)} has no field Files`];
    const wanted = new Set(listed);
    const given = new Set(paths.filter((path) => path !== list));
    return [
      ...[...wanted]
        .filter((name) => !given.has(name))
        .map((name) => `file ${quote(name)} is listed in ${quote(list)}, but not given`),
      ...[...given]
        .filter((name) => !wanted.has(name))
        .map((name) => `file ${quote(name)} is given, but not listed in ${quote(list)}`),
    ];
  };

const analysis = 'analysis.json';
const lintianNames = [analysis, 'lintian.txt'] as const;

const lintianReport: Rule = ({ paths, contents }) => {
  const missing = lintianNames
    .filter((name) => !paths.includes(name))
    .map((name) => `file ${quote(name)} is missing`);
  const extra = paths
    .filter((path) => !lintianNames.some((name) => name === path))
    .map((path) => `file ${quote(path)} does not belong here; known are ${lintianNames.join(', ')}`);
  const content = contents.get(analysis);
  if (content === undefined) return [...missing, ...extra];
  try {
    JSON.parse(content);
    return [...missing, ...extra];
  } catch {
    return [...missing, ...extra, `file ${quote(analysis)} is not JSON`];
  }
};

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['debian:source-package', listing('.dsc')],
  ['debian:upload', listing('.changes')],
  ['debian:binary-package', exactlyOne('.deb', '.udeb')],
  ['debian:binary-packages', atLeastOneBinaryPackage],
  ['debian:package-build-log', exactlyOne('.build')],
  ['debian:lintian', lintianReport],
  ['debian:system-tarball', exactlyOne('.tar.xz')],
  ['debian:system-image', exactlyOne('.tar.xz', '.qcow2')],
]);

/** The paths among the given ones whose contents the rule of the category looks at. */
export function filesToRead(category: string, paths: readonly string[]): readonly string[] {
  switch (category) {
    case 'debian:source-package':
      return paths.filter((path) => path.endsWith('.dsc'));
    case 'debian:upload':
      return paths.filter((path) => path.endsWith('.changes'));
    case 'debian:lintian':
      return paths.filter((path) => path === analysis);
    default:
      return [];
  }
}

/**
 * What is wrong with the files of a local artifact, one text each; empty if nothing. A category without a rule
 * takes any files.
 */
export function fileProblems(category: string, files: LocalFiles): readonly string[] {
  return rules.get(category)?.(files) ?? [];
}

/** Names of the packages in these files: the text before the first underscore of the file name. */
export function packageNames(paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const end = name.indexOf('_');
    return end < 0 ? name : name.slice(0, end);
  });
}

const sourceWithVersion = /^([^ (]+) *\(([^)]*)\)$/;

/**
 * Name and version of the source that a binary package was built from: its field `Source`, which may hold a
 * version in parentheses; what it does not say is taken from `Package` and `Version`.
 */
export function sourceOfBinary(debFields: {
  readonly Package: string;
  readonly Version: string;
  readonly Source?: string | undefined;
}): { readonly name: string; readonly version: string } {
  const source = (debFields.Source ?? '').trim();
  const [, name, version] = sourceWithVersion.exec(source) ?? [];
  if (name !== undefined && version !== undefined) return { name, version };
  return { name: source === '' ? debFields.Package : source, version: debFields.Version };
}
