/** What `--json-schema` prints: the schema of a command's JSON document. Source: cli.md 4.4. */
import type { Column } from '../output/columns.ts';
import { type JsonSchema, listOf, recordSchema } from '../output/json-schema.ts';
import type { Command, Output } from './command.ts';

/** The schema of the document that `--json` gives; with `--jsonl` a line is one item of it where it is a list. */
export function outputSchema(name: string, { output, summary }: Command): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `debusine-admin ${name}`,
    description: summary,
    ...documentSchema(output),
  };
}

function documentSchema(output: Command['output'] | Output<never>): JsonSchema {
  if (output.schema !== undefined) return output.schema;
  if (output.kind === 'choice') return { anyOf: output.outputs.map(documentSchema) };
  const record = recordSchema(output.columns as readonly Column<never>[]);
  switch (output.kind) {
    case 'list':
    case 'changes':
    case 'records':
      return listOf(record);
    case 'details':
    case 'drawing':
    case 'change':
    case 'secret':
      return record;
    case 'document':
    case 'own':
      // A command that prints by itself and says nothing of the form: no promise is made.
      return {};
  }
}
