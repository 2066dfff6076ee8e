/** The JSON documents of the commands that tidy up, for `--json-schema`. Source: cli.md 8.8 and 8.9. */
import { type JsonSchema, listOf, objectOf, orNull, recordSchema, values } from '../../output/json-schema.ts';
import { explanationColumns, itemColumns } from './expiry.ts';

const { boolean, instant, integer, number, text } = values;

/** Several counts under one key. */
const counts = (...keys: readonly string[]): JsonSchema =>
  objectOf(Object.fromEntries(keys.map((key) => [key, integer])));

const oneOf = (...words: readonly (string | null)[]): JsonSchema => ({ enum: words });

/** An object with keys that are not always there. */
const withOptional = (schema: JsonSchema, optional: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  ...schema,
  properties: { ...(schema['properties'] as Readonly<Record<string, JsonSchema>>), ...optional },
});

const times = { at: instant, started_at: instant, finished_at: instant };

const expirySummary = withOptional(
  objectOf({
    command: { const: 'expire-artifacts' },
    dry_run: boolean,
    ...times,
    complete: boolean,
    stopped_by: oneOf(null, 'limit', 'max_time', 'lock_timeout', 'signal', 'error'),
    workspaces: orNull(listOf(text)),
    artifacts: counts(
      'total',
      'never_expire',
      'not_yet_expired',
      'expired',
      'kept',
      'deleted',
      'skipped',
      'remaining',
    ),
    kept_by: counts('related', 'collection', 'collection_history', 'workflow', 'upload_in_progress'),
    relations_deleted: integer,
    collection_items: counts('unlinked', 'deleted', 'removed_from_finished_workflows'),
    files: counts('unused', 'removed', 'failed', 'external', 'still_used'),
    bytes: counts('freed', 'still_used'),
    stores: listOf(objectOf({ name: text, files: integer, bytes: integer })),
    seconds: number,
    errors: listOf(text),
  }),
  { items: listOf(recordSchema(itemColumns)) },
);

const explanation = recordSchema(explanationColumns);

/** The summary; with `--explain` what was decided of the artifact, or of each of several. */
export const expirySchema: JsonSchema = { anyOf: [expirySummary, explanation, listOf(explanation)] };

/** What a vacuum may find wrong with the stored data. */
const problemCodes = [
  'missing_bytes',
  'wrong_size',
  'wrong_hash',
  'missing_upload',
  'foreign',
  'store_unreachable',
] as const;

const problem = withOptional(
  objectOf({
    code: oneOf(...problemCodes),
    store: orNull(text),
    path: orNull(text),
  }),
  {
    sha256: text,
    size: integer,
    found_size: integer,
    found_sha256: text,
    artifact: integer,
    reason: text,
  },
);

const deletion = objectOf({
  kind: oneOf('store_file', 'file_record', 'artifact', 'upload_file', 'directory'),
  store: orNull(text),
  path: orNull(text),
  artifact: orNull(integer),
  size: integer,
});

export const vacuumSchema: JsonSchema = withOptional(
  objectOf({
    command: { const: 'vacuum-storage' },
    dry_run: boolean,
    ...times,
    complete: boolean,
    stopped_by: oneOf(null, 'max_time', 'signal'),
    stores: listOf(text),
    checked: counts('store_files', 'file_records', 'contents', 'uploads'),
    deleted: counts('store_files', 'file_records', 'artifacts', 'upload_files', 'directories'),
    freed_bytes: integer,
    kept_artifacts: integer,
    problem_counts: counts(...problemCodes),
    error_count: integer,
    seconds: number,
    problems: listOf(problem),
    errors: listOf(text),
  }),
  { items: listOf(deletion) },
);
