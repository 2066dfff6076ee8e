/** One call of a command, parsed. */
import type { Timestamp } from '../timestamp.ts';
import type { Alias } from './alias-rewriting.ts';
import type { CatalogEntry } from './catalog.ts';
import type { Command } from './command.ts';
import type { Host } from './context.ts';
import type { Parsed } from './parse.ts';
import type { Report } from './run.ts';

export interface Invocation {
  readonly entry: CatalogEntry;
  readonly command: Command;
  readonly parsed: Parsed;
  readonly host: Host;
  readonly report: Report;
  readonly alias: Alias | undefined;
  readonly now: Timestamp;
}

/** Whether everything is to be checked and nothing changed. */
export const isDry = ({ parsed }: Invocation): boolean => parsed.input['dryRun'] === true;
