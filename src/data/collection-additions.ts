/**
 * What a collection makes of an artifact that is added to it: the name of the item, its data, and the match
 * constraints that go with it. Source: data-schemas.md 6.1 to 6.4.
 */
import { ItemAdditionError } from '../errors.ts';
import type { CollectionCategory } from './collection-queries.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from './json.ts';
import { poolFilename } from './pool-filenames.ts';
import { describe, quote } from './quote.ts';

/** Categories of artifacts that a collection takes; null for all. No category takes collections at this level. */
export const acceptedArtifacts: Readonly<Record<CollectionCategory, readonly string[] | null>> = {
  'debian:environments': ['debian:system-tarball', 'debian:system-image'],
  'debian:suite': ['debian:source-package', 'debian:binary-package'],
  'debian:suite-lintian': ['debian:lintian'],
  'debusine:workflow-internal': null,
};

/** A row of `db_collectionitemmatchconstraint` without its references. */
export interface MatchConstraint {
  readonly constraintName: string;
  readonly key: string;
  readonly value: string;
}

/** What is to be inserted. */
export interface PlannedItem {
  readonly name: string;
  readonly data: JsonObject;
  readonly matchConstraints: readonly MatchConstraint[];
}

/** What is to be added. */
export interface AddedArtifact {
  readonly category: string;
  readonly data: JsonObject;
  /** Every file of the artifact; the digest in lower-case hexadecimal. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** How it is to be added. */
export interface Addition {
  /** Input for the computation of name and data; null for none. */
  readonly variables: JsonObject | null;
  /** Name asked for; only collections that do not compute names look at it. */
  readonly name: string | null;
}

/** The source package that a lintian artifact is about. */
export interface AnalysedSource {
  readonly name: string;
  readonly version: string;
}

/**
 * @throws ItemAdditionError if collections of this category do not take artifacts of that one
 */
export function checkAccepts(category: CollectionCategory, artifactCategory: string): void {
  const accepted = acceptedArtifacts[category];
  if (accepted === null || accepted.includes(artifactCategory)) return;
  throw new ItemAdditionError(`${category} does not take ${artifactCategory} artifacts`, {
    hint: `it takes ${accepted.join(', ')}`,
  });
}

/** The error about a collection that is to be put into a collection. */
export function refuseCollection(category: CollectionCategory): ItemAdditionError {
  return new ItemAdditionError(`${category} does not take collections`);
}

/** A text; numbers count as their decimal text, since variables may come from a command line. */
function asText(value: Json | undefined): string | undefined {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : undefined;
}

/** The variable as text; undefined if it is not given or null. */
function variable({ variables }: Addition, name: string): string | undefined {
  const value = variables === null ? undefined : ownMember(variables, name);
  if (value === undefined || value === null) return undefined;
  const text = asText(value);
  if (text === undefined)
    throw new ItemAdditionError(`variable ${name} must be text, not ${describe(value)}`);
  return text;
}

function requiredVariable(addition: Addition, name: string, artifactCategory: string): string {
  const value = variable(addition, name);
  if (value !== undefined) return value;
  throw new ItemAdditionError(`variable ${name} is required to add a ${artifactCategory}`);
}

function member(data: JsonObject, key: string, place = 'data'): string {
  const value = asText(ownMember(data, key));
  if (value !== undefined) return value;
  throw new ItemAdditionError(`the artifact's ${place} has no text ${key}`);
}

function poolFiles(
  files: AddedArtifact['files'],
  source: string,
  component: string,
): readonly MatchConstraint[] {
  return files.map(({ path, sha256 }) => ({
    constraintName: 'pool-file',
    key: poolFilename({ source, component, baseName: path }),
    value: `sha256:${sha256}`,
  }));
}

function planEnvironment({ category, data }: AddedArtifact, addition: Addition): PlannedItem {
  const codename = variable(addition, 'codename') ?? member(data, 'codename');
  const architecture = member(data, 'architecture');
  const variant = variable(addition, 'variant') ?? null;
  const format = category === 'debian:system-image' ? 'image' : 'tarball';
  const name = [format, codename, architecture, ...(variant === null ? [] : [variant])].join(':');
  return { name, data: { codename, architecture, variant }, matchConstraints: [] };
}

function planSource({ category, data, files }: AddedArtifact, addition: Addition): PlannedItem {
  const component = requiredVariable(addition, 'component', category);
  const section = requiredVariable(addition, 'section', category);
  const name = member(data, 'name');
  const version = member(data, 'version');
  return {
    name: `${name}_${version}`,
    data: { package: name, version, component, section },
    matchConstraints: poolFiles(files, name, component),
  };
}

function planBinary({ category, data, files }: AddedArtifact, addition: Addition): PlannedItem {
  const component = requiredVariable(addition, 'component', category);
  const section = requiredVariable(addition, 'section', category);
  const priority = requiredVariable(addition, 'priority', category);
  const fields = ownMember(data, 'deb_fields');
  const debFields = isJsonObject(fields) ? fields : {};
  const name = member(debFields, 'Package', 'deb_fields');
  const version = member(debFields, 'Version', 'deb_fields');
  const architecture = member(debFields, 'Architecture', 'deb_fields');
  const source = member(data, 'srcpkg_name');
  return {
    name: `${name}_${version}_${architecture}`,
    data: {
      srcpkg_name: source,
      srcpkg_version: member(data, 'srcpkg_version'),
      package: name,
      version,
      architecture,
      component,
      section,
      priority,
    },
    matchConstraints: poolFiles(files, source, component),
  };
}

/** The architecture in the name of an analysed file; undefined for names that do not tell. */
function architectureOf(fileName: string): string | undefined {
  if (fileName.endsWith('.dsc')) return 'source';
  const stem = /^(.*)\.u?deb$/su.exec(fileName)?.[1];
  const split = stem?.lastIndexOf('_') ?? -1;
  return stem === undefined || split < 0 ? undefined : stem.slice(split + 1);
}

/**
 * The one architecture that a lintian artifact is about, read from the names of the files analysed.
 * @throws ItemAdditionError if they tell none or more than one
 */
export function lintianArchitecture(data: JsonObject): string {
  const summary = ownMember(data, 'summary');
  const names = isJsonObject(summary) ? ownMember(summary, 'package_filename') : undefined;
  const values = isJsonObject(names) ? Object.values(names) : [];
  const found = new Set(
    values
      .map((name) => (typeof name === 'string' ? architectureOf(name) : undefined))
      .filter((a) => a !== undefined),
  );
  const [architecture] = found;
  if (architecture !== undefined && found.size === 1) return architecture;
  const said = found.size === 0 ? 'none' : [...found].map(quote).join(', ');
  throw new ItemAdditionError(`the analysed files must be of exactly one architecture, found ${said}`);
}

function planLintian(
  { data }: AddedArtifact,
  addition: Addition,
  source: AnalysedSource | null,
): PlannedItem {
  if (source === null) {
    throw new ItemAdditionError('a debian:lintian artifact must be related to exactly one source package');
  }
  const architecture = lintianArchitecture(data);
  const derivedFrom =
    addition.variables === null ? undefined : ownMember(addition.variables, 'derived_from_ids');
  if (derivedFrom !== undefined && derivedFrom !== null) {
    const isIds = Array.isArray(derivedFrom) && derivedFrom.every((id) => Number.isInteger(id));
    if (!isIds) throw new ItemAdditionError('variable derived_from_ids must be a list of whole numbers');
  }
  return {
    name: `${source.name}_${source.version}_${architecture}`,
    data: {
      package: source.name,
      version: source.version,
      architecture,
      ...(derivedFrom === undefined || derivedFrom === null ? {} : { derived_from: derivedFrom }),
    },
    matchConstraints: [],
  };
}

function planInternal({ variables, name }: Addition): PlannedItem {
  if (name === null || name === '') {
    throw new ItemAdditionError('an item of a debusine:workflow-internal collection needs a name');
  }
  return { name, data: variables ?? {}, matchConstraints: [] };
}

/**
 * Plans the item for an artifact.
 * @param source the one source package that a lintian artifact is about; null if there is none or more than one,
 *   and for all other artifacts
 * @throws ItemAdditionError if the collection does not take the artifact, or something needed is not given
 */
export function planItem(
  category: CollectionCategory,
  artifact: AddedArtifact,
  addition: Addition,
  source: AnalysedSource | null,
): PlannedItem {
  checkAccepts(category, artifact.category);
  switch (category) {
    case 'debian:environments':
      return planEnvironment(artifact, addition);
    case 'debian:suite':
      return artifact.category === 'debian:source-package'
        ? planSource(artifact, addition)
        : planBinary(artifact, addition);
    case 'debian:suite-lintian':
      return planLintian(artifact, addition, source);
    case 'debusine:workflow-internal':
      return planInternal(addition);
  }
}
