/** What an edit changes in a mapping, for people. */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../data/json.ts';

/** Characters shown of a value. */
const shown = 100;

/** A line with `-` and one with `+` for each top-level key that differs, by key; none when both are equal. */
export function mappingDiff(before: JsonObject, after: JsonObject): readonly string[] {
  const line = (sign: string, key: string, value: Json | undefined): readonly string[] => {
    if (value === undefined) return [];
    const text = JSON.stringify(value);
    return [
      `${sign} ${JSON.stringify(key).slice(1, -1)}: ${text.length > shown ? `${text.slice(0, shown)}…` : text}`,
    ];
  };
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const [old, now] = [own(before, key), own(after, key)];
    return isDeepStrictEqual(old, now) ? [] : [...line('-', key, old), ...line('+', key, now)];
  });
}

const own = (mapping: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(mapping, key) ? mapping[key] : undefined;
