/**
 * All commands by the name a user types. The list is made from the folder `commands` when the program is built, so a
 * new command needs one file. A command's own file is loaded when it is called.
 */
import { commandModules } from './commands.generated.ts';
import type { Command } from './command.ts';

export interface CatalogEntry {
  readonly name: string;
  load(): Promise<{ readonly default: Command }>;
}

export const catalog: readonly CatalogEntry[] = Object.entries(commandModules).map(([name, load]) => ({
  name,
  load,
}));

/** The command of that name; undefined when there is none. */
export function findCommand(name: string): CatalogEntry | undefined {
  return catalog.find((command) => command.name === name);
}

/** Commands whose name begins with this word and a blank: `database`. */
export function commandsBelow(word: string): readonly CatalogEntry[] {
  return catalog.filter(({ name }) => name.startsWith(`${word} `));
}
