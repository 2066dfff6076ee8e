/** What `--json-schema` prints: the schema of a command's JSON document. Source: cli.md 4.4. */
import type { Column } from '../output/columns.ts';
import { type JsonSchema, listOf, recordSchema } from '../output/json-schema.ts';
import type { Command } from './command.ts';

/** The schema of the document that `--json` gives; with `--jsonl` a line is one item of it where it is a list. */
export function outputSchema(name: string, { output, summary }: Command): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `debusine-admin ${name}`,
    description: summary,
    ...documentSchema(output),
  };
}

function documentSchema(output: Command['output']): JsonSchema {
  if (output.schema !== undefined) return output.schema;
  const record = recordSchema(output.columns as readonly Column<object>[]);
  switch (output.kind) {
    case 'list':
    case 'changes':
      return listOf(record);
    case 'details':
    case 'change':
    case 'secret':
      return record;
    case 'own':
      // A command that prints by itself and says nothing of the form: no promise is made.
      return {};
  }
}
