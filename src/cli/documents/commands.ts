/** dist/docs/commands.md: the help of every command on one page. */
import { catalog } from '../catalog.ts';
import { commandHelp } from '../help.ts';
import { groups } from '../command.ts';

export async function commandsPage(): Promise<string> {
  const all = await Promise.all(
    catalog.map(async (entry) => ({ entry, command: (await entry.load()).default })),
  );
  const sections = groups.flatMap((group) => {
    const members = all.filter(({ command }) => command.group === group);
    if (members.length === 0) return [];
    return [
      `## ${group}`,
      '',
      ...members.flatMap(({ entry, command }) => [
        `### ${entry.name}`,
        '',
        '```text',
        withoutShared(commandHelp(entry, command)),
        '```',
        '',
      ]),
    ];
  });
  return ['# Commands', '', 'Made by the build from the commands themselves.', '', ...sections].join('\n');
}

/** The shared options stand once in the overview. */
const withoutShared = (help: string): string => help.replace(/\nShared options:\n(?: .*\n)*/, '').trimEnd();
