/** From words to an exit status: the only place that turns results and errors into output. */
import { DebusineError, InterruptedError, OutputError, UsageError, ValidationError } from '../errors.ts';
import { escapeControls } from '../output/escape.ts';
import type { CatalogEntry } from './catalog.ts';
import type { Host } from './context.ts';
import { exitCodeFor, exitCodes, exitCodeUnderAlias } from './exit-codes.ts';
import type { Alias, Ask } from './alias-rewriting.ts';
import { findWords, commandNames } from './words.ts';

/**
 * Runs one command line.
 * @returns the exit status
 */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  if (argv[0] === '__complete') {
    const { complete } = await import('./completion/complete.ts');
    await complete(argv.slice(1), host);
    return exitCodes.ok;
  }
  const report = new Report(host, argv);
  let alias: Alias | undefined;
  try {
    let words = argv;
    const { rewriteAlias, AliasHelp } = await import('./alias-rewriting.ts');
    try {
      const rewritten = await rewriteAlias(argv, asker(argv, host));
      if (rewritten !== undefined) {
        ({ alias, words } = rewritten);
        report.setAlias(words);
        await sayAlias(alias, words, host, report);
      }
    } catch (error) {
      if (!(error instanceof AliasHelp)) throw error;
      await host.stdout.write(error.message);
      return exitCodes.ok;
    }
    const found = findWords(words);
    switch (found.kind) {
      case 'none':
        return await runWithoutCommand(found.rest, host);
      case 'unfinished': {
        const { overviewOf } = await import('./help.ts');
        if (isHelp(words)) {
          await host.stdout.write(await overviewOf(found.word));
          return exitCodes.ok;
        }
        if (found.second !== undefined) throw await unknownCommand(`${found.word} ${found.second}`);
        await host.stderr.write(await overviewOf(found.word));
        return exitCodes.usage;
      }
      case 'unknown': {
        if (found.word === 'help') return await showHelp(words, host);
        if (found.word === 'version') return await runWithoutCommand(['--version', ...words], host);
        throw await unknownCommand(found.word);
      }
      case 'command': {
        return report.exitCode(await runCommand(found.command, found.rest, host, report, alias));
      }
    }
  } catch (error) {
    return report.failure(error);
  }
}

/** What the original asks for and our command takes as words or as a file. */
function asker(words: readonly string[], host: Host): Ask {
  return async (question, option, isSecret) => {
    const { createPrompt } = await import('./prompts.ts');
    const prompt = createPrompt(host, { noInput: words.includes('--no-input'), answerFromInput: false });
    return isSecret ? prompt.password(question, option) : prompt.text(question, option);
  };
}

async function sayAlias(alias: Alias, words: readonly string[], host: Host, report: Report): Promise<void> {
  if (words.includes('--quiet') || words.includes('-q')) return;
  if (host.stderr.isTerminal) {
    await report.line(`note: "${alias.name}" is now "${alias.command}"`);
    if (alias.ignored.length > 0) {
      await report.line(`warning: without effect here: ${alias.ignored.join(', ')}`);
    }
  }
  for (const warning of alias.warnings) await report.line(`warning: ${warning}`);
}

const isHelp = (words: readonly string[]): boolean => words.includes('-h') || words.includes('--help');

async function runWithoutCommand(words: readonly string[], host: Host): Promise<number> {
  if (words.includes('--version') || words.includes('-V')) {
    const { versionText } = await import('./version.ts');
    await host.stdout.write(versionText(words.includes('--json')));
    return exitCodes.ok;
  }
  const unknown = words.find((word) => !['-h', '--help', '--'].includes(word));
  if (unknown !== undefined) {
    throw new UsageError(`no command is given, only "${unknown}"`, { hint: 'debusine-admin --help' });
  }
  const { overview } = await import('./help.ts');
  await host.stdout.write(await overview());
  return exitCodes.ok;
}

async function showHelp(words: readonly string[], host: Host): Promise<number> {
  const { commandHelp, overview, overviewOf, topic } = await import('./help.ts');
  const [, ...typed] = words.filter((word) => !word.startsWith('-'));
  const { ourWords } = await import('./alias-rewriting.ts');
  const rest = ourWords(typed);
  const wanted = rest.join(' ');
  const found = findWords(rest);
  if (wanted === '') await host.stdout.write(await overview());
  else if (found.kind === 'command') {
    const { default: command } = await found.command.load();
    await host.stdout.write(commandHelp(found.command, command));
  } else if (found.kind === 'unfinished') await host.stdout.write(await overviewOf(found.word));
  else {
    const text = topic(wanted);
    if (text === undefined) throw await unknownCommand(wanted);
    await host.stdout.write(text);
  }
  return exitCodes.ok;
}

async function unknownCommand(word: string): Promise<UsageError> {
  const { refusedName } = await import('./aliases.ts');
  const refusal = refusedName(word);
  if (refusal !== undefined) return refusal;
  const { closest } = await import('./values/suggest.ts');
  const near = closest(word, commandNames());
  return new UsageError(`unknown command "${word}"`, {
    hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'debusine-admin --help lists all commands',
  });
}

async function runCommand(
  entry: CatalogEntry,
  words: readonly string[],
  host: Host,
  report: Report,
  alias: Alias | undefined,
): Promise<number> {
  const now = host.clock.now();
  const [{ default: command }, { HelpRequested, parseWords, SchemaRequested, VersionRequested }] =
    await Promise.all([entry.load(), import('./parse.ts')]);
  try {
    const parsed = parseWords(entry.name, command, words, now);
    const { execute } = await import('./execute.ts');
    return await execute({ entry, command, parsed, host, report, alias, now });
  } catch (error) {
    if (error instanceof VersionRequested) return runWithoutCommand(['--version', ...words], host);
    if (error instanceof SchemaRequested) {
      const [{ outputSchema }, { jsonText }] = await Promise.all([
        import('./output-schema.ts'),
        import('../output/json.ts'),
      ]);
      await host.stdout.write(`${jsonText(outputSchema(entry.name, command), 2)}\n`);
      return exitCodes.ok;
    }
    if (!(error instanceof HelpRequested)) throw error;
    const { commandHelp } = await import('./help.ts');
    await host.stdout.write(commandHelp(entry, command));
    return exitCodes.ok;
  }
}

/** Standard error: errors, warnings and notes, never with control characters from somebody's data. */
export class Report {
  readonly #host: Host;
  readonly #machine: boolean;
  #debug: boolean;
  #isAlias = false;

  constructor(host: Host, argv: readonly string[]) {
    this.#host = host;
    // Errors in the arguments themselves are reported in the format asked for, so the words are looked at raw.
    const value = argv.find((word, at) => argv[at - 1] === '--format' || word.startsWith('--format='));
    const format = value?.replace('--format=', '');
    const machine = ['json', 'jsonl', 'yaml'];
    this.#machine =
      argv.some((word) => machine.some((name) => word === `--${name}`)) || machine.includes(format ?? '');
    this.#debug =
      argv.includes('--debug') || /^(1|true|yes|on)$/i.test(host.env['DEBUSINE_ADMIN_DEBUG'] ?? '');
  }

  get debug(): boolean {
    return this.#debug;
  }

  /** Under one of the original's names its exit statuses count, and `-v 3` means `--debug`. */
  setAlias(words: readonly string[]): void {
    this.#isAlias = true;
    this.#debug ||= words.includes('--debug');
  }

  exitCode(code: number): number {
    return this.#isAlias ? exitCodeUnderAlias(code) : code;
  }

  /** One line; a closed standard error is nobody's problem. */
  async line(text: string): Promise<void> {
    await this.#host.stderr.write(`${escapeControls(text)}\n`).catch(() => undefined);
  }

  /** Says what went wrong. @returns the exit status for it */
  async failure(error: unknown): Promise<number> {
    const { translateFailure } = await import('../db/failures.ts');
    const { signal } = this.#host;
    let shown = translateFailure(error);
    if (signal.aborted && !(shown instanceof InterruptedError)) {
      shown = new InterruptedError(String(signal.reason) as NodeJS.Signals);
    }
    if (shown instanceof OutputError && shown.isClosedPipe) return exitCodes.ok;
    await this.#errorLines(shown);
    if (this.#debug && error instanceof Error) {
      const { debugText } = await import('./debug.ts');
      await this.line(debugText(error));
    }
    return this.exitCode(exitCodeFor(shown));
  }

  async #errorLines(error: unknown): Promise<void> {
    if (this.#machine) {
      await this.#host.stderr
        .write(`${oneLine({ error: errorObject(error, this.exitCode(exitCodeFor(error))) })}\n`)
        .catch(() => undefined);
      return;
    }
    if (error instanceof InterruptedError) {
      await this.line(error.message);
      return;
    }
    const hint = error instanceof DebusineError ? error.hint : undefined;
    const lines = error instanceof ValidationError ? error.lines : [messageOf(error)];
    for (const [at, message] of lines.entries()) {
      await this.line(errorLine(at === lines.length - 1 ? { message, hint } : { message }));
    }
  }
}

/** Source: cli.md 3.2. */
export function errorLine({
  message,
  hint,
}: Pick<DebusineError, 'message'> & Partial<Pick<DebusineError, 'hint'>>): string {
  return `error: ${shortened(message)}${hint === undefined ? '' : `; hint: ${shortened(hint)}`}`;
}

/** How much of a message is shown, in characters: what somebody typed may stand in it, and be endless. */
const longestMessage = 1000;

function shortened(text: string): string {
  if (text.length <= longestMessage) return text;
  return `${[...text.slice(0, longestMessage)].slice(0, -1).join('')}…`;
}

/** JSON without anything that a terminal would act upon: it is shown there as often as it is parsed. */
function oneLine(value: object): string {
  const short = (_: string, member: unknown): unknown =>
    typeof member === 'string' ? shortened(member) : member;
  return JSON.stringify(value, short).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function messageOf(error: unknown): string {
  if (error instanceof DebusineError) return error.message;
  const [name, message] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
  // A failed statement stands in Drizzle's message with its parameters; those may be secrets.
  const [first = ''] = message.split('\n');
  const text = first.startsWith('Failed query') ? causeMessage(error) : first;
  return `unexpected failure: ${name}: ${text}; hint: run again with --debug and report it`;
}

function causeMessage(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error
    ? error.cause.message
    : 'a database statement failed';
}

function errorObject(error: unknown, exitCode: number): Readonly<Record<string, unknown>> {
  const known = error instanceof DebusineError;
  return {
    code: known ? error.code : 'internal',
    exit_code: exitCode,
    message: messageOf(error),
    hint: known ? (error.hint ?? null) : null,
    details: known ? error.details : {},
  };
}
