/** Plain data without columns: JSON for programs, YAML for people. */
import { jsonText } from './json.ts';
import type { OutputOptions } from './options.ts';
import { yamlDocument } from './yaml.ts';
import { ownStyle } from './yaml-scalars.ts';

/** The document in the format asked for; tables, plain text and CSV have no form for it and give YAML. */
export function documentText(value: unknown, { format, isTerminal }: OutputOptions): string {
  if (format === 'json') return `${jsonText(value, isTerminal ? 2 : 0)}\n`;
  return format === 'jsonl' ? `${jsonText(value, 0)}\n` : yamlDocument(value, ownStyle);
}
