/** The manual page, one section for each command, from the same declarations as the help. Source: cli.md 8.14. */
import { requiredLevel } from '../../db/required-level.ts';
import { catalog } from '../catalog.ts';
import { type Command, groups, type Option } from '../command.ts';
import { argumentTexts } from '../help.ts';
import { topics } from '../help-topics.ts';
import { outputOptions, sharedOptions } from '../shared-options.ts';
import { version } from '../version.ts';

/** `debusine-admin.1` as roff. */
export async function manual(): Promise<string> {
  const commands = await Promise.all(
    catalog.map(async ({ name, load }) => ({ name, command: (await load()).default })),
  );
  const sections = groups.flatMap((group) =>
    commands
      .filter(({ command }) => command.group === group)
      .flatMap(({ name, command }) => commandSection(name, command)),
  );
  return [
    `.TH DEBUSINE\\-ADMIN 1 "" "debusine\\-admin ${text(version)}" "User Commands"`,
    '.SH NAME',
    'debusine\\-admin \\- administer a Debusine installation through its database',
    '.SH SYNOPSIS',
    '.B debusine\\-admin',
    '.I COMMAND',
    '.RI [ ARGUMENTS ]',
    '.RI [ OPTIONS ]',
    '.SH DESCRIPTION',
    `Works on a Debusine database at level db ${requiredLevel}. Each command is one transaction unless it says otherwise.`,
    '.SH SHARED OPTIONS',
    'Taken by every command, before and after its name.',
    ...optionParagraphs(sharedOptions),
    ...paragraph('\\fB\\-h\\fR, \\fB\\-\\-help\\fR', 'help of a command'),
    ...paragraph('\\fB\\-V\\fR, \\fB\\-\\-version\\fR', 'version and database level'),
    '.SH COMMANDS',
    ...sections,
    ...Object.entries(topics).flatMap(([name, body]) => [
      `.SH ${text(name.replaceAll('-', ' ').toUpperCase())}`,
      '.nf',
      ...body
        .trimEnd()
        .split('\n')
        .map((each) => line(each)),
      '.fi',
    ]),
    '',
  ].join('\n');
}

function commandSection(name: string, command: Command): readonly string[] {
  const args = argumentTexts(command);
  const own = { ...command.options, ...outputOptions(command.output) };
  return [
    `.SS ${text(name)}`,
    ...line(command.description).split('\n'),
    '.PP',
    `.B debusine\\-admin ${text(name)}`,
    ...args.map(([name]) => `.I ${text(name)}`),
    ...(Object.keys(own).length > 0 ? ['.RI [ OPTIONS ]'] : []),
    ...args.flatMap(([name, what]) => paragraph(`\\fI${text(name)}\\fR`, text(what))),
    ...optionParagraphs(own),
    ...(Object.keys(command.exitCodes).length === 0
      ? []
      : [
          '.PP',
          'Exit statuses:',
          ...Object.entries(command.exitCodes).flatMap(([code, meaning]) =>
            paragraph(`\\fB${code}\\fR`, text(meaning)),
          ),
        ]),
    '.PP',
    'Examples:',
    ...command.examples.flatMap(({ what, command: example }) => [
      '.PP',
      `${line(what)}:`,
      '.PP',
      '.RS 4',
      '.nf',
      line(example),
      '.fi',
      '.RE',
    ]),
    ...(command.related.length === 0 ? [] : ['.PP', `See also: ${text(command.related.join(', '))}.`]),
  ];
}

function optionParagraphs(options: Readonly<Record<string, Option<unknown>>>): readonly string[] {
  return Object.values(options)
    .filter(({ hidden }) => hidden !== true)
    .flatMap(({ flags, description, default: fallback, repeatable, parse }) => {
      const notes = [
        repeatable && parse !== undefined ? '(repeatable)' : '',
        fallback === undefined ? '' : `(default: ${fallback})`,
      ];
      const term = flags.replace(/--?[a-z0-9-]+/gi, (name) => `\\fB${text(name)}\\fR`);
      return paragraph(term, [text(description), ...notes.map(text)].filter((part) => part !== '').join(' '));
    });
}

const paragraph = (term: string, body: string): readonly string[] => ['.TP', term, line(body, true)];

/** Text in which nothing means anything to roff. */
const text = (raw: string): string => raw.replaceAll('\\', '\\e').replaceAll('-', '\\-');

/** As text, for the beginning of a line, where a dot or quote would be a request. */
function line(raw: string, isEscaped = false): string {
  const escaped = isEscaped ? raw : text(raw);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
