/** Help, made from the declarations. Source: cli.md 8.14. */
import { catalog, type CatalogEntry, commandsBelow } from './catalog.ts';
import { type Argument, choosable, type Command, groups, type Option } from './command.ts';
import { outputOptions, sharedOptions, sharedOptionsOf } from './shared-options.ts';
import { topics } from './help-topics.ts';

const width = 80;

/** The overview of all commands; at most 80 columns wide. */
export async function overview(): Promise<string> {
  const all = await described(catalog);
  const names = Math.max(...all.map(({ name }) => name.length));
  const sections = groups.flatMap((group) => {
    const commands = all.filter((command) => command.group === group);
    if (commands.length === 0) return [];
    return [`${group}:`, ...commands.map(({ name, summary }) => row(name, summary, names)), ''];
  });
  return [
    'Usage: debusine-admin COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    'Administers a Debusine installation through its database.',
    '',
    ...sections,
    'Shared options:',
    ...optionRows(sharedOptions),
    '',
    'Examples:',
    '  debusine-admin create-token alice --comment "CI"',
    '  debusine-admin list-workers --json',
    '  debusine-admin expire-artifacts --dry-run',
    '',
    'debusine-admin help COMMAND tells more of a command. help also knows:',
    `  ${Object.keys(topics).join(', ')}`,
    '',
  ].join('\n');
}

/** The commands of two words that begin with this one. */
export async function overviewOf(word: string): Promise<string> {
  const below = await described(commandsBelow(word));
  const names = Math.max(...below.map(({ name }) => name.length));
  return [
    `Usage: debusine-admin ${word} ACTION`,
    '',
    ...below.map(({ name, summary }) => row(name, summary, names)),
    '',
  ].join('\n');
}

interface Described {
  readonly name: string;
  readonly group: Command['group'];
  readonly summary: string;
}

function described(entries: readonly CatalogEntry[]): Promise<readonly Described[]> {
  return Promise.all(
    entries.map(async ({ name, load }) => {
      const { group, summary } = (await load()).default;
      return { name, group, summary };
    }),
  );
}

/** The help of one command. */
export function commandHelp(entry: CatalogEntry, command: Command): string {
  const args = argumentTexts(command);
  const own = { ...command.options, ...outputOptions(command.output) };
  const usage = [
    'debusine-admin',
    entry.name,
    ...args.map(([name]) => name),
    ...(Object.keys(own).length > 0 ? ['[OPTIONS]'] : []),
  ];
  const { output } = command;
  const shown = output.kind === 'choice' ? output.outputs : [output];
  const keys = [...new Set(shown.flatMap(({ columns }) => columns.map(({ key }) => key)))].join(', ');
  return [
    `Usage: ${usage.join(' ')}`,
    '',
    ...wrap(command.description, width, ''),
    '',
    ...section('Arguments', rows(args)),
    ...section('Options', optionRows(own)),
    ...section(
      'Exit statuses',
      rows(Object.entries(command.exitCodes).map(([code, meaning]) => [code, meaning])),
    ),
    ...section('Keys of the output', keys === '' ? [] : wrap(keys, width - 2, '  ')),
    ...section(
      'Examples',
      command.examples.flatMap(({ what, command: line }) => [`  # ${what}`, `  ${line}`]),
    ),
    ...section('Shared options', optionRows(sharedOptionsOf(command))),
    ...(command.related.length > 0 ? [`See also: ${command.related.join(', ')}`] : []),
    ...(command.related.length > 0 ? [''] : []),
  ].join('\n');
}

/** The text of a help topic; undefined when there is none of that name. */
export function topic(name: string): string | undefined {
  return Object.hasOwn(topics, name) ? topics[name] : undefined;
}

/** Each argument as the usage line has it, and what it is. */
export function argumentTexts(command: Command): readonly (readonly [name: string, description: string])[] {
  const left = choosable(command.arguments);
  return Object.entries(command.arguments).map(([key, argument]) => [
    placeholder(argument),
    `${argument.description}${left.has(key) ? ' (a terminal lets choose)' : ''}`,
  ]);
}

function placeholder({ placeholder: name, required, variadic }: Argument<unknown>): string {
  const text = variadic ? `${name}...` : name;
  return required ? text : `[${text}]`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines, ''];
}

function optionRows(options: Readonly<Record<string, Option<unknown>>>): readonly string[] {
  const shown = Object.values(options).filter(({ hidden }) => hidden !== true);
  return rows(
    shown.map(({ flags, description, default: fallback, repeatable, parse }) => [
      flags,
      [
        description,
        repeatable && parse !== undefined ? ' (repeatable)' : '',
        fallback === undefined ? '' : ` (default: ${fallback})`,
      ].join(''),
    ]),
  );
}

function rows(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const widest = Math.min(30, Math.max(0, ...pairs.map(([name]) => name.length)));
  return pairs.flatMap(([name, text]) => row(name, text, widest).split('\n'));
}

function row(name: string, text: string, widest: number): string {
  const indent = ' '.repeat(widest + 4);
  const [first = '', ...more] = wrap(text, width - indent.length, '');
  const start = `  ${name.padEnd(widest)}  `;
  const head = name.length > widest ? [`  ${name}`, `${indent}${first}`] : [`${start}${first}`];
  return [...head, ...more.map((line) => `${indent}${line}`)].join('\n');
}

function wrap(text: string, columns: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
