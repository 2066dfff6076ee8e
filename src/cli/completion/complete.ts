/**
 * The hidden command behind the completion scripts: `__complete SHELL …`. Its answer is one line that says what kind
 * of thing completes (`words`, `file`, `directory`), then a line for each word, with a tab and its description.
 */
import type { Host } from '../context.ts';
import { wantedAt, type Candidate } from './candidates.ts';
import { type Line, lineOfText, lineOfWords } from './line.ts';

/** Never fails and never says anything on standard error. */
export async function complete(asked: readonly string[], host: Host): Promise<void> {
  const answer = await answerTo(asked, host).catch(() => 'words\n');
  await host.stdout.write(answer).catch(() => undefined);
}

async function answerTo(asked: readonly string[], host: Host): Promise<string> {
  const [shell, ...rest] = asked;
  const line: Line = shell === 'bash' ? lineOfText(rest[1] ?? '', rest[0] ?? '') : lineOfWords(rest);
  const wanted = await wantedAt(line.words, line.current);
  if (wanted.kind === 'file' || wanted.kind === 'directory') return `${wanted.kind}\n`;
  const candidates =
    wanted.kind === 'words'
      ? wanted.candidates
      : (await (await import('./names.ts')).namesFor(wanted, line.words, host)).map((name): Candidate => ({
          value: wanted.before + name,
          description: '',
        }));
  const lines = candidates.map(({ value, description }) =>
    shell === 'bash' ? value.slice(line.kept.length) : `${value}\t${description}`,
  );
  return ['words', ...lines].map((text) => `${text}\n`).join('');
}
