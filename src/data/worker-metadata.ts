/** What is known about a worker. Source: data-schemas.md 4.5, models.md 3.19, cli.md 8.3. */
import { ValidationError } from '../errors.ts';
import { list, text } from './fields.ts';
import { cloneJson, isMapping, type JsonObject } from './json.ts';
import { problemLine, problemsOf } from './problems.ts';
import { describe } from './quote.ts';

/**
 * Both kinds of metadata in one object: of a key that both have, the value set by administrators counts; values
 * are not merged. The result shares nothing with either.
 */
export function mergeMetadata(metadata: {
  readonly static: JsonObject;
  readonly dynamic: JsonObject;
}): JsonObject {
  // Spread defines keys, it does not assign them: a key `__proto__` stays a key.
  return cloneJson({ ...metadata.dynamic, ...metadata.static });
}

const listsOfText = ['tasks_allowlist', 'tasks_denylist', 'system:architectures', 'sbuild:chroots'] as const;

/**
 * Checks what an administrator sets. Keys that steer the scheduler must be lists of texts; all others are free.
 * @throws ValidationError on `static_metadata`
 */
export function checkStaticMetadata(metadata: unknown): void {
  if (!isMapping(metadata)) {
    throw new ValidationError({ static_metadata: [`must be a mapping, not ${describe(metadata)}`] });
  }
  const problems = listsOfText
    .filter((key) => Object.hasOwn(metadata, key))
    .flatMap((key) =>
      problemsOf(list(text()), metadata[key]).map((problem) =>
        problemLine({ ...problem, path: problem.path === '' ? key : `${key}.${problem.path}` }),
      ),
    );
  if (problems.length > 0) throw new ValidationError({ static_metadata: problems });
}
