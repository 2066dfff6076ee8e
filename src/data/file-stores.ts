/** Configuration of file stores. Source: data-schemas.md 4.4, models.md 3.4, cli.md 8.5. */
import type * as v from 'valibot';
import { ValidationError } from '../errors.ts';
import { lazily, list, object, orNull, type Schema, text } from './fields.ts';
import { isMapping } from './json.ts';
import { parse } from './problems.ts';
import { describe, quote } from './quote.ts';
import { isUrl } from './urls.ts';

/** Backends of this level. */
export const fileStoreBackends = ['Local', 'ExternalDebianSuite'] as const;
export type FileStoreBackend = (typeof fileStoreBackends)[number];

/** Files in a directory of the server. */
export const localConfiguration = lazily(() => object({ base_directory: orNull(text()) }));
export type LocalConfiguration = v.InferOutput<ReturnType<typeof localConfiguration>>;

/** Files of an archive on the web; read-only. */
export const externalDebianSuiteConfiguration = lazily(() =>
  object({ archive_root_url: text(), suite: text(), components: list(text()) }),
);
export type ExternalDebianSuiteConfiguration = v.InferOutput<
  ReturnType<typeof externalDebianSuiteConfiguration>
>;

/** The schemas by backend. */
export const configurationSchemas: Readonly<Record<FileStoreBackend, () => Schema>> = {
  Local: localConfiguration,
  ExternalDebianSuite: externalDebianSuiteConfiguration,
};

/** Whether this is the name of a backend; capitals count. */
export function isFileStoreBackend(text: string): text is FileStoreBackend {
  return fileStoreBackends.some((known) => known === text);
}

/**
 * The rule of `FileStore.clean`.
 * @throws ValidationError on `configuration`, also for an unknown backend
 */
export function checkFileStore(backend: string, configuration: unknown): void {
  if (!isMapping(configuration)) {
    throw new ValidationError({ configuration: [`must be a mapping, not ${describe(configuration)}`] });
  }
  if (!isFileStoreBackend(backend)) {
    const problems = { configuration: [`file store backend ${quote(backend)} is not known`] };
    throw new ValidationError(problems, { hint: `known are ${fileStoreBackends.join(', ')}` });
  }
  parse(configurationSchemas[backend](), configuration, 'configuration');
}

function localProblems(name: string, { base_directory }: LocalConfiguration): readonly string[] {
  if (base_directory === null) {
    return name === 'Default' ? [] : ['"base_directory" is required unless the store is called Default'];
  }
  return base_directory.startsWith('/')
    ? []
    : [`base_directory: ${quote(base_directory)} is not an absolute path`];
}

function externalProblems(given: ExternalDebianSuiteConfiguration): readonly string[] {
  const isWeb = /^https?:\/\//i.test(given.archive_root_url) && isUrl(given.archive_root_url);
  return [
    ...(isWeb ? [] : [`archive_root_url: ${quote(given.archive_root_url)} is not an http or https URL`]),
    ...(given.suite === '' ? ['suite: must not be empty'] : []),
    ...(given.components.length === 0 ? ['components: must not be empty'] : []),
  ];
}

/**
 * What somebody who makes a store is held to, beyond {@link checkFileStore}: the store has to be usable.
 * Source: cli.md 8.5.
 * @throws ValidationError on `configuration`
 */
export function checkNewFileStore(name: string, backend: string, configuration: unknown): void {
  checkFileStore(backend, configuration);
  const problems =
    backend === 'Local'
      ? localProblems(name, parse(localConfiguration(), configuration, 'configuration'))
      : externalProblems(parse(externalDebianSuiteConfiguration(), configuration, 'configuration'));
  if (problems.length > 0) throw new ValidationError({ configuration: problems });
}
