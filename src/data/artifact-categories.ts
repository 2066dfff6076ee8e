/** Categories of artifacts and the data that each has. Source: data-schemas.md 3. */
import { ValidationError } from '../errors.ts';
import { changesFields } from './changes-fields.ts';
import { imageFormats, lintianSeverities } from './enumerations.ts';
import {
  bool,
  lazily,
  list,
  mapOf,
  mapping,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  url,
  whole,
} from './fields.ts';
import { isMapping } from './json.ts';
import { parse } from './problems.ts';
import { describe, quote } from './quote.ts';

const empty = lazily(() => object({}));

const sourcePackage = lazily(() =>
  object({ name: text(), version: text(), type: oneOf(['dpkg']), dsc_fields: mapping() }),
);

const binaryPackage = lazily(() =>
  object({
    srcpkg_name: text(),
    srcpkg_version: text(),
    deb_fields: mapping(),
    deb_control_files: list(text()),
  }),
);

const binaryPackages = lazily(() =>
  object({
    srcpkg_name: text(),
    srcpkg_version: text(),
    version: text(),
    architecture: text(),
    packages: list(text()),
  }),
);

const upload = lazily(() => object({ type: oneOf(['dpkg']), changes_fields: changesFields() }));

const packageBuildLog = lazily(() => object({ source: text(), version: text(), filename: text() }));

const lintian = lazily(() =>
  object({
    summary: object({
      tags_count_by_severity: mapOf(whole(), lintianSeverities),
      package_filename: mapOf(text()),
      tags_found: list(text()),
      overridden_tags_found: list(text()),
      lintian_version: text(),
      distribution: text(),
    }),
  }),
);

const autopkgtest = lazily(() =>
  object({
    results: mapOf(object({ status: oneOf(['PASS', 'FAIL', 'FLAKY', 'SKIP']), details: orNull(text()) })),
    cmdline: text(),
    source_package: object({ name: text(), version: text(), url: url() }),
    architecture: text(),
    distribution: text(),
  }),
);

const tarball = () => ({
  filename: text(),
  vendor: text(),
  codename: text(),
  mirror: url(),
  variant: orNull(text()),
  pkglist: mapOf(text()),
  architecture: text(),
  with_dev: bool(),
  with_init: bool(),
});

const systemTarball = lazily(() => object(tarball()));

const systemImage = lazily(() =>
  object({
    ...tarball(),
    image_format: oneOf(imageFormats),
    filesystem: text(),
    size: whole(),
    boot_mechanism: oneOf(['efi', 'bios']),
  }),
);

const schemas: ReadonlyMap<string, () => Schema> = new Map<string, () => Schema>([
  ['debian:source-package', sourcePackage],
  ['debian:binary-package', binaryPackage],
  ['debian:binary-packages', binaryPackages],
  ['debian:upload', upload],
  ['debian:package-build-log', packageBuildLog],
  ['debian:lintian', lintian],
  ['debian:autopkgtest', autopkgtest],
  ['debian:blhc', empty],
  ['debian:system-tarball', systemTarball],
  ['debian:system-image', systemImage],
  ['debusine:work-request-debug-logs', empty],
]);

/** The categories of this level, in the order of the documentation. */
export const artifactCategories: readonly string[] = [...schemas.keys()];

/** Schema of the data of such artifacts; undefined for a category that is not known. */
export function artifactSchema(category: string): Schema | undefined {
  return schemas.get(category)?.();
}

/**
 * The rule of `Artifact.clean`: the data is an object, the category is known, the data fits the category.
 * @throws ValidationError on `data` or `category`
 */
export function checkArtifact(category: string, data: unknown): void {
  if (!isMapping(data)) throw new ValidationError({ data: [`must be a mapping, not ${describe(data)}`] });
  const schema = artifactSchema(category);
  if (schema === undefined) {
    const problems = { category: [`artifact category ${quote(category)} is not known`] };
    throw new ValidationError(problems, { hint: `known are ${artifactCategories.join(', ')}` });
  }
  parse(schema, data, 'data');
}
