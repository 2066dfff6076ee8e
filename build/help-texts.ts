/** The texts of `help`, for the launcher to print without starting the program. */
import { catalog } from '../src/cli/catalog.ts';
import { commandHelp, overview, overviewOf } from '../src/cli/help.ts';
import { topics } from '../src/cli/help-topics.ts';
import { versionText } from '../src/cli/version.ts';

/** By the name of the file: what is printed. */
export async function readyTexts(): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = { 'version.txt': versionText(false), 'help.txt': await overview() };
  for (const entry of catalog) {
    const { default: command } = await entry.load();
    texts[`help/${entry.name}.txt`] = commandHelp(entry, command);
    const [first, second] = entry.name.split(' ');
    if (first !== undefined && second !== undefined) texts[`help/${first}.txt`] = await overviewOf(first);
  }
  for (const [name, text] of Object.entries(topics)) texts[`topics/${name}.txt`] = text;
  return texts;
}
