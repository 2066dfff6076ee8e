/** The editor for data of several lines. Source: cli.md 8.3 (edit-worker-metadata). */
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DebusineError, DeclinedError, InterruptedError, UsageError } from '../errors.ts';
import { splitWords } from './values/command-words.ts';
import type { Context, Host } from './context.ts';
import { decodeUtf8 } from './read-text.ts';

/** A private file that is being edited. */
export interface Edited<T> {
  /** What was made of the text; undefined when it was left as it was, or nothing but comments and blanks remained. */
  readonly value: T | undefined;
  /** Where the text is. */
  readonly file: string;
  /** Removes the file. Without it the text stays. */
  discard(): Promise<void>;
}

/**
 * Lets a person edit a text until it is valid. A text that is refused is shown with its error and offered again; with
 * "no", or on Ctrl-C, the file stays and the error tells its path.
 *
 * @param name name of the file; its ending tells the editor what is in it
 * @param text what the person sees first; lines with `#` are comments
 * @param parse makes a value of the text, or throws what is shown
 * @throws UsageError when nobody sits at a terminal
 * @throws DebusineError `editor` when the editor cannot be started or fails; `invalid` and others as `parse` does
 */
export async function edit<T>(
  context: Context,
  name: string,
  text: string,
  parse: (text: string, file: string) => Promise<T>,
): Promise<Edited<T>> {
  const { host, prompt } = context;
  if (!prompt.mayAsk) throw new UsageError('there is no terminal for an editor');
  const directory = await mkdtemp(path.join(host.env['TMPDIR'] || tmpdir(), 'debusine-admin-'));
  const file = path.join(directory, name);
  const discard = (): Promise<void> => rm(directory, { recursive: true, force: true });
  await writePrivate(file, text);
  for (;;) {
    try {
      await runEditor(host, file);
    } catch (error) {
      throw await keptUnlessSame(error, { file, text, discard });
    }
    const edited = decodeUtf8(await readFile(file), file);
    if (edited === text || isBlank(edited)) return { value: undefined, file, discard };
    try {
      return { value: await parse(edited, file), file, discard };
    } catch (error) {
      if (!(error instanceof DebusineError)) throw error;
      await context.error(error);
      try {
        await prompt.confirm('Edit it again?', 'refusing');
      } catch (answer) {
        if (answer instanceof DeclinedError) throw kept(error, file);
        throw answer instanceof DebusineError ? kept(answer, file) : answer;
      }
    }
  }
}

/** The error with the path of the file that holds the edit. */
export function kept(error: DebusineError, file: string): DebusineError {
  const message = `${error.message}; the edit is kept in ${file}`;
  if (error instanceof InterruptedError) return new InterruptedError(error.signal, message);
  return new DebusineError(error.code, message, { hint: error.hint, details: error.details, cause: error });
}

const isBlank = (text: string): boolean => text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));

/** The directory is of this account alone, and so is the file in it. */
async function writePrivate(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

async function keptUnlessSame(
  error: unknown,
  { file, text, discard }: { readonly file: string; readonly text: string; discard(): Promise<void> },
): Promise<unknown> {
  const now = await readFile(file, 'utf8').catch(() => text);
  if (now !== text && error instanceof DebusineError) return kept(error, file);
  await discard();
  return error;
}

/** Those who have chosen no editor get the first of these that is there. */
const usualEditors = ['sensible-editor', 'vi'];

async function runEditor(host: Host, file: string): Promise<void> {
  const chosen = host.env['VISUAL'] || host.env['EDITOR'];
  const candidates = chosen === undefined || chosen === '' ? usualEditors : [chosen];
  for (const candidate of candidates) {
    const outcome = await start(host, splitWords(candidate), file);
    if (outcome === 'missing') continue;
    if (outcome === 0) return;
    throw new DebusineError('editor', `the editor ${candidate} ended with ${outcome}; nothing was changed`);
  }
  throw new DebusineError('editor', `there is no editor ${candidates.join(' or ')}`, {
    hint: 'set VISUAL or EDITOR',
  });
}

/** No shell reads the command. What it prints belongs to the person, so standard output stays free for data. */
function start(host: Host, words: readonly string[], file: string): Promise<string | number> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    const editor = spawn(program, [...args, file], { stdio: ['inherit', 2, 2], env: host.env });
    editor.once('error', (error) => {
      if (Reflect.get(error, 'code') === 'ENOENT') resolve('missing');
      else reject(new DebusineError('editor', `cannot start the editor ${program}: ${error.message}`));
    });
    editor.once('exit', (code, signal) => resolve(code ?? `signal ${signal ?? ''}`));
  });
}
