/** JSON values as TypeScript sees them, and what can be done with any of them. */

/** A JSON value as other programs may have stored it: anything. Parse it with a schema before use. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Whether the value is an object with string keys: neither null nor a list. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As {@link isMapping}, for a value that is known to be JSON. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isMapping(value);
}

/** The member of that name if the object itself has it; nothing is inherited (`constructor`, `__proto__`). */
export function ownMember(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** JSON text that is equal for equal data: the database does not keep the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isMapping(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/**
 * A deep copy that shares nothing with the original. Works without recursion, so that no depth of nesting can
 * exhaust the stack, and keeps every own key, `__proto__` included.
 */
export function cloneJson(value: JsonObject): JsonObject;
export function cloneJson(value: Json): Json;
export function cloneJson(value: Json): Json {
  const root: { value: Json } = { value };
  const pending: { readonly into: object; readonly key: string }[] = [{ into: root, key: 'value' }];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    const original: unknown = Reflect.get(slot.into, slot.key);
    if (typeof original !== 'object' || original === null) continue;
    const copy: object = Array.isArray(original) ? [...original] : { ...original };
    // Not an assignment: that would change the prototype instead of making a key `__proto__`.
    Object.defineProperty(slot.into, slot.key, {
      value: copy,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    for (const key of Object.keys(copy)) pending.push({ into: copy, key });
  }
  return root.value;
}
