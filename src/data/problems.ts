/** What is wrong with a value that a schema refused, in words for the operator. */
import * as v from 'valibot';
import { ValidationError } from '../errors.ts';
import { quote } from './quote.ts';

/** Message of a key that must be there and is not. */
export const missing = 'is required';

/** Message of a key that the schema does not know. */
export const unknownKey = 'unknown key';

/** One thing that is wrong. */
export interface Problem {
  /** Keys and positions from the outside in, joined by dots; empty for the value as a whole. */
  readonly path: string;
  readonly kind: 'missing' | 'unknown-key' | 'invalid';
  /** What is wrong there, without the path. */
  readonly message: string;
  /** For an unknown key: the keys that are known in its place, in the order of the documentation. */
  readonly knownKeys?: readonly string[];
}

const separator = '\n';

/** Packs known keys into the one free text that an issue carries; {@link problemsOf} takes them out again. */
export function packKnownKeys(keys: readonly string[]): string {
  return keys.join(separator);
}

// Keys come from the data, so a path can be hostile: as long as it likes, with control characters.
const plainKey = /^[\p{L}\p{N}\p{P}\p{S} ]{0,60}$/u;

function segment(key: unknown): string {
  const text = String(key);
  return plainKey.test(text) ? text : quote(text);
}

function toProblem(issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map((item) => segment(item.key)).join('.');
  if (issue.message === missing) return { path, kind: 'missing', message: missing };
  if (issue.message !== unknownKey) return { path, kind: 'invalid', message: issue.message };
  const knownKeys = issue.expected === null || issue.expected === '' ? [] : issue.expected.split(separator);
  return { path, kind: 'unknown-key', message: unknownKey, knownKeys };
}

/** Everything the schema finds wrong with the value, in the order found; empty if it fits. Never throws. */
export function problemsOf(schema: v.GenericSchema, value: unknown): readonly Problem[] {
  return (v.safeParse(schema, value).issues ?? []).map(toProblem);
}

/** A problem as one line: `"targets" is required`, `to.0: "x" is not an e-mail address`. */
export function problemLine({ path, kind, message }: Problem): string {
  if (kind === 'missing') return `"${path}" ${message}`;
  // A key that is the empty text has an empty path as well; without this the line would name no key at all.
  if (kind === 'unknown-key') return `${path === '' ? '""' : path}: ${message}`;
  return path === '' ? message : `${path}: ${message}`;
}

function knownKeysHint(problems: readonly Problem[]): string | undefined {
  const unknown = problems.find(({ kind }) => kind === 'unknown-key');
  if (unknown?.knownKeys === undefined) return undefined;
  const { knownKeys } = unknown;
  return knownKeys.length === 0 ? 'no keys are known here' : `known keys: ${knownKeys.join(', ')}`;
}

/** The error that reports these problems, one line each, under the field; `__all__` for no single field. */
export function refusal(problems: readonly Problem[], field: string): ValidationError {
  return new ValidationError({ [field]: problems.map(problemLine) }, { hint: knownKeysHint(problems) });
}

/**
 * The value as the schema describes it, defaults filled in.
 * @param field name of the field that the problems are reported under; `__all__` for none
 * @throws ValidationError with every problem found, one line each
 */
export function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  field: string,
): Output {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw refusal(result.issues.map(toProblem), field);
}
