/** Prints what a command gave, in the way it declared. Source: cli.md 4. */
import type { Listing } from '../db/listing.ts';
import { UsageError } from '../errors.ts';
import type { Column } from '../output/columns.ts';
import { oneBatch, printList, printObject } from '../output/format.ts';
import { isMachineFormat } from '../output/options.ts';
import type { Alias } from './alias-rewriting.ts';
import { type Did, document, type ListOutput, type Note, type Output, type Shown, shown } from './command.ts';
import type { Context } from './context.ts';
import { type Invocation, isDry } from './invocation.ts';
import { longName } from './parse.ts';
import { listOptions } from './shared-options.ts';

/** Prints a result the way the command declared, if wanted by way of a pager. */
export async function present(invocation: Invocation, context: Context, result: unknown): Promise<void> {
  const { command } = invocation;
  const pager = pagerFor(invocation, context);
  if (pager === undefined) return presentAs(command.output, invocation, context, result);
  const { printPaged } = await import('./pager.ts');
  return printPaged(context, pager, (paged) =>
    presentAs(command.output, { ...invocation, host: paged.host }, paged, result),
  );
}

/** What people read and what leaves everything as it was. */
const pagedKinds: readonly Output<never>['kind'][] = [
  'list',
  'records',
  'document',
  'details',
  'drawing',
  'choice',
];

/** The pager that is to be used if the output is long. Source: cli.md 4.7. */
function pagerFor(
  { command, report, parsed: { shared } }: Invocation,
  { host, output, settings }: Context,
): string | undefined {
  const { stdin, stdout } = host;
  if (!stdin.isTerminal || !stdout.isTerminal || output.format !== 'table') return undefined;
  // Statements that are shown while they run would be written into the pager's screen.
  if (shared.noPager || report.debug) return undefined;
  return shared.pager || pagedKinds.includes(command.output.kind) ? settings.pager : undefined;
}

async function presentAs(
  output: Output<unknown>,
  invocation: Invocation,
  context: Context,
  result: unknown,
): Promise<void> {
  const { host, alias } = invocation;
  const sink = host.stdout;
  const isMachine = isMachineFormat(context.output.format);
  switch (output.kind) {
    case 'list':
      await presentList(
        invocation,
        context,
        result as Listing<object>,
        output as ListOutput<Listing<object>>,
      );
      return;
    case 'records': {
      const records = result as readonly object[];
      const columns = output.columns as readonly Column<object>[];
      await printList(oneBatch(records), columns, context.output, sink, leftOutNote(context));
      if (context.output.format === 'table') await context.note(counted(records.length, output.things));
      return;
    }
    case 'document': {
      const { documentText } = await import('../output/document.ts');
      await sink.write(documentText(result, context.output));
      return;
    }
    case 'choice': {
      const chosen = result as Shown;
      refuseListOptions(invocation, output.listedBy, chosen.output);
      await presentShown(invocation, context, chosen);
      return;
    }
    case 'details':
      await printObject(result as object, output.columns, context.output, sink);
      return;
    case 'drawing':
      await output.draw(result, context.output, sink);
      return;
    case 'change': {
      if (isDry(invocation) && output.dryRun !== undefined) {
        await presentShown(invocation, context, output.dryRun(result));
      } else if (context.output.format === 'yaml' && output.yaml !== undefined) {
        await presentShown(invocation, context, shown(document, output.yaml(result)));
      } else if (isMachine) await printObject(result as object, output.columns, context.output, sink);
      else {
        const data = output.data?.(result);
        if (alias?.prints !== undefined && !isDry(invocation)) {
          const text = alias.prints(result as Readonly<Record<string, unknown>>);
          if (text !== '') await sink.write(text);
        } else if (data !== undefined) await sink.write(`${data}\n`);
        if (output.data === undefined && isDry(invocation)) {
          const preview = output.preview?.(result);
          if (preview === undefined)
            await printObject(result as object, output.columns, context.output, sink);
          else await presentShown(invocation, context, preview);
        }
      }
      await noteOf(output.note(result, didIn(invocation)), context);
      return;
    }
    case 'changes': {
      if (isMachine || isDry(invocation)) {
        await printList(
          oneBatch(result as readonly object[]),
          output.columns as readonly Column<object>[],
          context.output,
          sink,
        );
      }
      await noteOf(output.note(result, didIn(invocation)), context);
      return;
    }
    case 'secret':
      await noteOf(output.note(result, didIn(invocation)), context);
      return;
    case 'own':
      return;
  }
}

const didIn =
  (invocation: Invocation): Did =>
  (past, infinitive) =>
    isDry(invocation) ? `would ${infinitive}` : past;

async function noteOf(note: Note, context: Context): Promise<void> {
  for (const line of typeof note === 'string' ? [note] : (note ?? [])) await context.note(line);
}

function presentShown(invocation: Invocation, context: Context, { output, result }: Shown): Promise<void> {
  // `shown` took output and result together, so they fit.
  return presentAs(output as Output<unknown>, invocation, context, result);
}

/** @throws UsageError for an option of lists where no list was asked for */
function refuseListOptions(
  { parsed }: Invocation,
  listedBy: string | undefined,
  { kind }: Output<never>,
): void {
  if (listedBy === undefined || kind === 'list') return;
  const { input } = parsed;
  const given = Object.entries(listOptions).find(([key]) => input[key] !== undefined && input[key] !== false);
  if (given === undefined) return;
  throw new UsageError(`option ${longName(given[1])} needs ${listedBy}: it is for lists`);
}

/** Says which columns the terminal had no room for. */
const leftOutNote =
  (context: Context) =>
  (labels: readonly string[]): Promise<void> =>
    context.note(`no room for ${labels.join(', ')}; --wide shows all, --columns chooses`);

/** `no tokens`, `1 token`, `3 identities`. */
function counted(count: number, things: string): string {
  const thing = things.endsWith('ies') ? things.replace(/ies$/, 'y') : things.replace(/s$/, '');
  return `${count === 0 ? 'no' : count} ${count === 1 ? thing : things}`;
}

async function presentList(
  { parsed, host, alias }: Invocation,
  context: Context,
  listing: Listing<object>,
  { columns: declared, things }: ListOutput<Listing<object>>,
): Promise<void> {
  if (parsed.input['count'] === true) {
    await host.stdout.write(`${await listing.count()}\n`);
    return;
  }
  const columns = alias?.columns === undefined ? declared : originalColumns(declared, alias.columns);
  const printed = await printList(listing, columns, context.output, host.stdout, leftOutNote(context));
  if (context.output.format !== 'table') return;
  const { limit } = context.page;
  if (limit !== undefined && limit > 0 && printed >= limit) {
    const total = await listing.count();
    await context.note(
      total > printed ? `showing ${printed} of ${total}; use --limit 0 for all` : counted(total, things),
    );
  } else await context.note(counted(printed, things));
}

/** Under one of the original's names: its columns, in its order, with its labels. Source: cli.md 6.4. */
function originalColumns(
  declared: readonly Column<object>[],
  wanted: NonNullable<Alias['columns']>,
): readonly Column<object>[] {
  return Object.entries(wanted).flatMap(([key, label]) =>
    declared.filter((column) => column.key === key).map((column) => ({ ...column, label, hidden: false })),
  );
}
