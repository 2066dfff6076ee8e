/** Task data of the tasks that workers run. Source: data-schemas.md 2.2. */
import { executorBackends, imageFormats, lintianSeverities } from './enumerations.ts';
import {
  bool,
  lazily,
  list,
  mapOf,
  nonEmpty,
  object,
  oneOf,
  optional,
  orNull,
  text,
  url,
  whole,
  withoutRepeats,
  withRule,
} from './fields.ts';
import { lookup } from './lookups.ts';
import { lookups } from './multiple-lookups.ts';

const backend = () => optional(oneOf(executorBackends), 'auto');
const executor = () => ({ backend: backend(), environment: orNull(lookup()) });
const executorWithEnvironment = () => ({ backend: backend(), environment: lookup() });
const texts = () => optional(list(text()), []);
const ids = () => list(whole());

/** Reports the given result. */
export const noop = lazily(() => object({ result: optional(bool(), true) }));

const autopkgtestFailures = lazily(() =>
  object({
    failed_test: optional(bool(), true),
    flaky_test: optional(bool(), false),
    skipped_test: optional(bool(), false),
  }),
);

const autopkgtestTimeouts = lazily(() => {
  const seconds = () => orNull(whole({ from: 0 }));
  return object({
    global: seconds(),
    factor: seconds(),
    short: seconds(),
    install: seconds(),
    test: seconds(),
    copy: seconds(),
  });
});

/** Runs the tests that come with a source package. */
export const autopkgtest = lazily(() =>
  object({
    input: object({
      source_artifact_id: whole(),
      binary_artifacts_ids: ids(),
      context_artifacts_ids: optional(ids(), []),
    }),
    host_architecture: text(),
    ...executorWithEnvironment(),
    include_tests: texts(),
    exclude_tests: texts(),
    debug_level: optional(whole({ from: 0, to: 3 }), 0),
    extra_apt_sources: texts(),
    use_packages_from_base_repository: optional(bool(), false),
    extra_environment: optional(mapOf(text()), {}),
    needs_internet: optional(oneOf(['run', 'try', 'skip']), 'run'),
    fail_on: optional(autopkgtestFailures(), { failed_test: true, flaky_test: false, skipped_test: false }),
    timeout: orNull(autopkgtestTimeouts()),
  }),
);

const blhcFlags = [
  '--all',
  '--bindnow',
  '--buildd',
  '--color',
  '--debian',
  '--line-numbers',
  '--pie',
] as const;

/** Checks a build log for missing hardening flags. */
export const blhc = lazily(() =>
  object({
    input: object({ artifact: lookup() }),
    ...executor(),
    extra_flags: optional(list(oneOf(blhcFlags)), []),
  }),
);

const lintianInput = lazily(() =>
  withRule(
    object({ source_artifact_id: orNull(whole()), binary_artifacts_ids: optional(ids(), []) }),
    ({ source_artifact_id, binary_artifacts_ids }) =>
      source_artifact_id === null && binary_artifacts_ids.length === 0
        ? 'needs source_artifact_id or binary_artifacts_ids'
        : undefined,
  ),
);

const lintianOutput = lazily(() =>
  object({
    source_analysis: optional(bool(), true),
    binary_all_analysis: optional(bool(), true),
    binary_any_analysis: optional(bool(), true),
  }),
);

const failureSeverities = [
  ...lintianSeverities.filter((severity) => severity !== 'classification'),
  'none',
] as const;

/** Checks packages for policy violations. */
export const lintian = lazily(() =>
  object({
    input: lintianInput(),
    ...executor(),
    output: optional(lintianOutput(), {
      source_analysis: true,
      binary_all_analysis: true,
      binary_any_analysis: true,
    }),
    target_distribution: optional(text(), 'debian:unstable'),
    include_tags: texts(),
    exclude_tags: texts(),
    fail_on_severity: optional(oneOf(failureSeverities), 'none'),
  }),
);

const keyring = lazily(() =>
  object({ url: url(), sha256sum: optional(text(), ''), install: optional(bool(), false) }),
);

const repository = lazily(() =>
  withRule(
    object({
      mirror: text(),
      suite: text(),
      types: optional(nonEmpty(withoutRepeats(list(oneOf(['deb', 'deb-src'])))), ['deb']),
      components: orNull(withoutRepeats(list(text()))),
      check_signature_with: optional(oneOf(['system', 'external', 'no-check']), 'system'),
      keyring_package: orNull(text()),
      keyring: orNull(keyring()),
    }),
    (given) =>
      given.check_signature_with === 'external' && given.keyring === null
        ? 'needs a keyring when check_signature_with is external'
        : undefined,
  ),
);

const bootstrap = (variants: readonly string[]) => ({
  bootstrap_options: object({
    architecture: text(),
    variant: orNull(oneOf(variants)),
    extra_packages: texts(),
    use_signed_by: optional(bool(), true),
  }),
  bootstrap_repositories: nonEmpty(list(repository())),
  customization_script: orNull(text()),
});

const mmdebstrapVariants = [
  'buildd',
  'minbase',
  '-',
  'apt',
  'custom',
  'debootstrap',
  'essential',
  'extract',
  'important',
  'required',
  'standard',
] as const;

/** Builds a system tarball. */
export const mmdebstrap = lazily(() => object(bootstrap(mmdebstrapVariants)));

const diskImage = lazily(() =>
  object({
    format: oneOf(imageFormats),
    filename: optional(text(), 'image'),
    kernel_package: orNull(text()),
    bootloader: orNull(text()),
    partitions: nonEmpty(
      list(object({ size: whole(), filesystem: text(), mountpoint: optional(text(), 'none') })),
    ),
  }),
);

/** Builds a bootable disk image. */
export const simplesystemimagebuild = lazily(() =>
  object({ ...bootstrap(['buildd', 'minbase']), disk_image: diskImage() }),
);

/** Installs, upgrades and removes binary packages. */
export const piuparts = lazily(() =>
  object({
    input: object({ binary_artifacts: lookups() }),
    host_architecture: text(),
    base_tgz: lookup(),
    ...executorWithEnvironment(),
  }),
);

/** `input` of the task and of the workflow named sbuild. */
export const sbuildInput = lazily(() =>
  object({ source_artifact_id: whole(), extra_binary_artifact_ids: optional(ids(), []) }),
);

/** Whether sbuild with this backend builds in a chroot known by its distribution instead of in an environment. */
export function usesSchroot(name: (typeof executorBackends)[number]): boolean {
  // "auto" meant schroot for this task at this level. Source: data-schemas.md 2.2.
  return name === 'schroot' || name === 'auto';
}

/** Builds a source package. */
export const sbuild = lazily(() =>
  withRule(
    object({
      input: sbuildInput(),
      host_architecture: text(),
      ...executor(),
      distribution: orNull(text()),
      build_components: optional(list(oneOf(['any', 'all', 'source'])), ['any']),
    }),
    (given) => {
      if (usesSchroot(given.backend)) {
        return given.distribution === null ? `needs a distribution with backend ${given.backend}` : undefined;
      }
      return given.environment === null ? `needs an environment with backend ${given.backend}` : undefined;
    },
  ),
);
