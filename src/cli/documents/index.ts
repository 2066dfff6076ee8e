/** The pages that the build makes from the declarations of the commands; no part of the program. */
import { commandsPage } from './commands.ts';
import { licencesPage } from './licences.ts';
import { manual } from './manual.ts';
import { parity } from './parity.ts';
import { rightsPage } from './rights.ts';

/** By name: what makes the page. */
export const documents: Readonly<Record<string, () => string | Promise<string>>> = {
  commands: commandsPage,
  licences: licencesPage,
  manual,
  parity,
  rights: rightsPage,
};
