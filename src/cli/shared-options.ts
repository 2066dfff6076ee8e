/** Options every command takes, before and after its name. Source: cli.md 4.1, 4.8, 5, 7.2. */
import { UsageError } from '../errors.ts';
import {
  type Arguments,
  flag,
  type Input,
  option,
  type Options,
  type Output,
  type Parse,
} from './command.ts';

export const sharedOptions = {
  format: option(
    '--format <FORMAT>',
    'table, plain, json, jsonl, yaml or csv (default: table on a terminal, else plain)',
    {
      completes: ['table', 'plain', 'json', 'jsonl', 'yaml', 'csv'],
    },
  ),
  plain: flag('--plain', 'aligned text, nothing cut'),
  json: flag('--json', 'one JSON document'),
  jsonl: flag('--jsonl', 'one JSON object per line, as they come'),
  yaml: flag('--yaml', 'YAML'),
  csv: flag('--csv', 'CSV with a header'),
  jsonSchema: flag('--json-schema', 'print the JSON Schema of the output, and do nothing else'),
  columns: option('--columns <KEYS>', 'only these keys, in this order'),
  // Commander turns `--no-headers` into `headers: false`; the rest of the program asks for what was said.
  noHeaders: flag('--no-headers', 'no header line'),
  wide: flag('--wide', 'a table without shortened cells'),
  time: option('--time <FORM>', 'how a table shows moments: utc, local or relative (default: utc)', {
    completes: ['utc', 'local', 'relative'],
  }),
  color: option('--color <WHEN>', 'auto, always or never', { completes: ['auto', 'always', 'never'] }),
  noColor: flag('--no-color', 'no colours'),
  pager: flag(
    '--pager',
    'what is longer than the screen goes through the pager, also for a command that changes something',
  ),
  noPager: flag('--no-pager', 'no pager'),
  quiet: flag('-q, --quiet', 'only errors on standard error'),
  verbose: flag('-v, --verbose', 'say what is being done; twice: also why'),
  debug: flag('--debug', 'stack traces and SQL statements on standard error'),
  noInput: flag('--no-input', 'never ask'),
  databaseUrl: option('--database-url <URL>', 'the database, without a password'),
  config: option('--config <FILE>', 'configuration file', { completes: 'file' }),
  lockTimeout: option(
    '--lock-timeout <DURATION>',
    'how long to wait for a lock (default: 5s; 0: not at all)',
  ),
  statementTimeout: option('--statement-timeout <DURATION>', 'cancel a statement that takes longer'),
} as const;

/** The shared options as they are for one command: it may know further formats. */
export function sharedOptionsOf({ formats }: { readonly formats: readonly string[] }): typeof sharedOptions {
  if (formats.length === 0) return sharedOptions;
  const words = ['table', 'plain', 'json', 'jsonl', 'yaml', 'csv', ...formats];
  const format = option('--format <FORMAT>', `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`, {
    completes: words,
  });
  return { ...sharedOptions, format };
}

export type SharedInput = Input<Arguments, typeof sharedOptions>;

const count: Parse<number> = (text, { what }) => {
  if (!/^\d{1,15}$/.test(text)) {
    throw new UsageError(`${what}: "${text}" is not a number of records`, {
      hint: 'a whole number, 0 or more',
    });
  }
  return Number(text);
};

const keys: Parse<readonly string[]> = (text) => text.split(',').filter((key) => key !== '');

/** Options of every command that lists. Source: cli.md 7.3. */
export const listOptions = {
  limit: option('--limit <N>', 'at most N records; 0: all (default: 100 in a table, else all)', count),
  offset: option('--offset <N>', 'skip N records', count),
  order: option('--order <KEYS>', 'sort by these keys; -KEY descends', keys),
  count: flag('--count', 'print only the number of matching records'),
} as const;

/** Options of every command that makes a secret. Source: cli.md 5.6. */
export const secretOptions = {
  output: option('--output <FILE>', 'write the secret there (mode 0600) instead of to standard output', {
    completes: 'file',
  }),
  force: flag('--force', 'let --output replace a file'),
} as const;

/** The options that follow from what a command puts out. */
export function outputOptions(output: Output<unknown>): Options {
  const kinds = output.kind === 'choice' ? output.outputs.map(({ kind }) => kind) : [output.kind];
  if (kinds.includes('list')) return listOptions;
  return kinds.includes('secret') ? secretOptions : {};
}
