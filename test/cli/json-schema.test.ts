import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { runCommand } from '../support/run-command.ts';

type Schema = {
  readonly type?: string;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Record<string, Schema>;
};

async function schemaOf(name: string): Promise<Schema> {
  const { exitCode, stdout, stderr } = await runCommand(null, [...name.split(' '), '--json-schema']);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Schema;
}

/** Keys and types of a record; of a command that shows one thing or another those of all, the first one counts. */
function keysOf(schema: Schema): Record<string, unknown> {
  if (schema.anyOf !== undefined) return Object.assign({}, ...schema.anyOf.map(keysOf).reverse()) as never;
  const { properties = {} } = schema.items ?? schema;
  return Object.fromEntries(Object.entries(properties).map(([key, { type }]) => [key, type ?? 'any']));
}

const file = new URL('output-keys.json', import.meta.url);

describe('--json-schema', () => {
  test.for(catalog.map(({ name }) => name))(
    '%s has a schema, without a database or arguments',
    async (name) => {
      const schema = await schemaOf(name);
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
      expect(() => ajv.compile(schema)).not.toThrow();
      expect(schema).toMatchObject({ title: `debusine-admin ${name}` });
    },
  );

  // Keys are a contract: they are added, never renamed, removed or given another type. With UPDATE_KEYS=1 new ones
  // are written down; that alone never takes one away.
  test('no key has gone or changed its type', async () => {
    const recorded = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>)
      : {};
    const found: Record<string, Record<string, unknown>> = {};
    for (const { name } of catalog) found[name] = keysOf(await schemaOf(name));
    for (const [name, keys] of Object.entries(recorded)) expect(found[name], name).toMatchObject(keys);
    if (process.env['UPDATE_KEYS'] === '1') {
      const all = Object.fromEntries(
        Object.entries(found).map(([name, keys]) => [name, { ...recorded[name], ...keys }]),
      );
      writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
    }
  });
});
