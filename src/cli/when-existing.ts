/** `--if-not-exists` and `--update`. Source: cli.md 7.7. */
import type { WhenExisting } from '../models/workspaces.ts';
import { flag } from './command.ts';

export const existingOptions = {
  ifNotExists: flag('--if-not-exists', 'success when it exists with the same properties'),
  update: flag('--update', 'give an existing one the properties named here; implies --if-not-exists'),
} as const;

/** What the two options ask for. */
export function whenExisting(input: {
  readonly ifNotExists: boolean;
  readonly update: boolean;
}): WhenExisting {
  if (input.update) return 'update';
  return input.ifNotExists ? 'accept' : 'refuse';
}
