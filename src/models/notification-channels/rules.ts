/** What a notification channel may be. Source: models.md 3.21. */
import { isMapping, type JsonObject } from '../../data/json.ts';
import { nameProblem } from '../../data/names.ts';
import { channelSchemas } from '../../data/notification-data.ts';
import { problemLine, problemsOf } from '../../data/problems.ts';
import { describe, quote } from '../../data/quote.ts';
import { ValidationError } from '../../errors.ts';
import type { NotificationChannel } from '../../schema/notification-channels.ts';

/** How messages are sent, with the label a person sees. Source: `NotificationChannel.Methods`. */
export const methods = { email: 'Email' } as const;

export type Method = keyof typeof methods;

/** Schemas of the data, by method. Source: `NotificationChannel.data_validators`. */
export const dataValidators = channelSchemas;

/** The label of the channel's method; a method nobody knows is its own label. Source: `get_method_display`. */
export function methodDisplay({ method }: Pick<NotificationChannel, 'method'>): string {
  return isMethod(method) ? methods[method] : method;
}

function isMethod(word: string): word is Method {
  return Object.hasOwn(methods, word);
}

/** What a channel is made of. */
export interface ChannelProperties {
  readonly name: string;
  readonly method: string;
  readonly data: JsonObject;
}

/**
 * Checks that the data fit the method.
 *
 * Source: `NotificationChannel.clean` in the mission document.
 * @throws ValidationError of no single field, with everything that is wrong
 */
export function clean({ method, data }: { readonly method: string; readonly data: unknown }): void {
  const problems = dataProblems(method, data);
  if (problems.length > 0) throw new ValidationError({ __all__: problems });
}

function dataProblems(method: string, data: unknown): readonly string[] {
  if (!isMapping(data)) return [`data: must be a mapping, not ${describe(data)}`];
  const schema = dataValidators.get(method);
  if (schema === undefined) return [`data: there are no rules for the method ${quote(method)}`];
  return problemsOf(schema(), data).map((problem) => `data: ${problemLine(problem)}`);
}

/**
 * Checks a channel in every respect but the uniqueness of its name.
 * @throws ValidationError with everything that is wrong, by field
 */
export function check({ name, method, data }: ChannelProperties): void {
  const problems: Record<string, readonly string[]> = {};
  const problem = nameProblem('channel', name);
  if (problem !== undefined) problems['name'] = [problem.message];
  if (isMethod(method)) {
    const inData = dataProblems(method, data);
    if (inData.length > 0) problems['__all__'] = inData;
  } else {
    problems['method'] = [`method ${quote(method)} is not one of ${Object.keys(methods).join(', ')}`];
  }
  if (Object.keys(problems).length > 0) throw new ValidationError(problems);
}
