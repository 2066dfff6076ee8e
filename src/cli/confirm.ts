/** The question before something is destroyed, and the options that go with it. Source: cli.md 7.4, 7.7. */
import type { Column } from '../output/columns.ts';
import { oneBatch, printList } from '../output/format.ts';
import { flag } from './command.ts';
import type { Context } from './context.ts';

/** For commands that change several things, or a thing in a way that is not easily taken back. */
export const dryRunOption = {
  dryRun: flag('--dry-run', 'say what would be done and change nothing'),
} as const;

/** Options of every command that asks before it destroys. */
export const confirmOptions = { yes: flag('-y, --yes', 'do not ask'), ...dryRunOption } as const;

/** For commands that delete what is named. */
export const ifExistsOption = { ifExists: flag('--if-exists', 'what does not exist is no failure') } as const;

export interface Question<Row extends object> {
  /** As it stands on the screen: `Delete 3 tokens?`. */
  readonly text: string;
  /** What is refused when nobody can be asked: `delete 3 tokens`. */
  readonly refusal: string;
  /** What goes, shown above the question. */
  readonly rows?: readonly Row[];
  readonly columns?: readonly Column<Row>[];
  /** Must be typed instead of "y": the name of what goes with everything in it. */
  readonly name?: string;
  /** Where nobody can be asked the command goes ahead. */
  readonly courtesy?: boolean;
}

/**
 * Asks, unless `--yes` or `--dry-run` was given; returns when the answer is yes. To be called from a command's `ask`.
 * @throws DeclinedError for "no"; UsageError when nobody can be asked
 */
export async function confirm<Row extends object>(
  { prompt, output, host }: Context,
  input: { readonly yes: boolean; readonly dryRun: boolean },
  { text, refusal, rows = [], columns = [], name, courtesy = false }: Question<Row>,
): Promise<void> {
  if (input.yes || input.dryRun || (courtesy && !prompt.mayAsk)) return;
  const refused = `refusing to ${refusal} without confirmation`;
  if (prompt.mayAsk && rows.length > 0) {
    const options = { ...output, format: 'table', columns: undefined, headers: true } as const;
    await printList(oneBatch(rows), columns, options, host.stderr);
  }
  await (name === undefined ? prompt.confirm(text, refused) : prompt.confirmByTyping(text, name, refused));
}
