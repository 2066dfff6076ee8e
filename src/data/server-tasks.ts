/** Task data of the tasks that the server runs itself. Source: data-schemas.md 2.3. */
import {
  bool,
  lazily,
  list,
  mapping,
  object,
  optional,
  orNull,
  text,
  url,
  whole,
  withRule,
} from './fields.ts';

/** Reports the given result, or fails. Called servernoop in later releases. */
export const internalnoop = lazily(() =>
  object({ exception: optional(bool(), false), result: optional(bool(), false) }),
);

/** Takes the packages of an archive into a collection. */
export const aptmirror = lazily(() =>
  withRule(
    object({
      collection: text(),
      url: url(),
      suite: text(),
      components: orNull(list(text())),
      architectures: list(text()),
      signing_key: orNull(text()),
    }),
    ({ suite, components }) => {
      const isFlat = suite.endsWith('/');
      if (isFlat && components !== null) return 'a flat repository (suite ends in "/") has no components';
      return !isFlat && components === null ? 'needs components unless suite ends in "/"' : undefined;
    },
  ),
);

/** Brings the lintian results of a suite up to date. */
export const updatesuitelintiancollection = lazily(() =>
  object({
    base_collection_id: whole(),
    derived_collection_id: whole(),
    child_task_data: orNull(mapping()),
    force: optional(bool(), false),
  }),
);
