/** Records inside of each other, drawn with branches. Source: cli.md 8.11 (show-workflow). */
import type { Paint } from './colour.ts';
import type { Tone } from './columns.ts';
import { escapeText } from './escape.ts';
import type { OutputOptions } from './options.ts';
import { shorten, textWidth } from './width.ts';

/** One line of the tree. Texts are of any origin. */
export interface TreeLine {
  /** 0 for the top; a line follows its parent. */
  readonly depth: number;
  /** The number that the next command needs; never shortened. */
  readonly id: number;
  readonly text: string;
  /** Aligned behind the text; an empty one leaves its place blank. */
  readonly cells: readonly { readonly text: string; readonly tone?: Tone | undefined }[];
  /** Pointed at. */
  readonly isMarked?: boolean;
}

const forms = {
  unicode: { branch: '├─ ', last: '└─ ', through: '│  ', mark: '◀', ellipsis: '…' },
  ascii: { branch: '|- ', last: '`- ', through: '|  ', mark: '<--', ellipsis: '...' },
} as const;

/** Below this the text of a line says nothing. */
const narrowest = 12;

/**
 * The lines with their branches. Where the terminal is too narrow the texts give way, those of deep branches first.
 * @param lines depth first, siblings in order
 */
export function treeText(lines: readonly TreeLine[], options: OutputOptions, paint: Paint): string {
  const form = options.unicode ? forms.unicode : forms.ascii;
  const drawn = branches(lines, form).map((branch, at) => ({ branch, line: lines[at] }));
  const shown = drawn.flatMap(({ branch, line }) =>
    line === undefined
      ? []
      : [
          {
            ...line,
            branch,
            head: `${branch}${line.id} `,
            text: escapeText(line.text),
            cells: line.cells.map(({ text, tone }) => ({ text: escapeText(text), tone })),
          },
        ],
  );
  const widths = cellWidths(shown.map(({ cells }) => cells));
  const behind = widths.reduce((sum, width) => sum + width + gap.length, 0);
  const room = options.wide || !options.isTerminal ? Number.POSITIVE_INFINITY : options.width - behind;
  const fitted = shown.map((line) => {
    const left = Math.max(narrowest, room - textWidth(line.head));
    return { ...line, text: shorten(line.text, left, form.ellipsis) };
  });
  const column = Math.max(0, ...fitted.map(({ head, text }) => textWidth(head) + textWidth(text)));
  return fitted
    .map(({ branch, id, text, cells, isMarked = false }) => {
      const label = isMarked ? paint.bold(`${id} ${text}`) : `${id} ${text}`;
      const padding = ' '.repeat(column - textWidth(branch) - textWidth(`${id} ${text}`));
      const rest = cells.map((cell, at) => {
        const isLast = cells.slice(at + 1).every((later) => later.text === '');
        const blanks = isLast ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - textWidth(cell.text)));
        return isLast && cell.text === '' ? '' : `${gap}${paint.tone(cell.text, cell.tone)}${blanks}`;
      });
      const mark = isMarked ? `${gap}${form.mark}` : '';
      return `${paint.tone(branch, 'dim')}${label}${rest.join('') === '' && mark === '' ? '' : padding}${rest.join('')}${mark}\n`;
    })
    .join('');
}

const gap = '  ';

/** A cell with nothing behind it may be as long as it likes without pushing others away. */
function cellWidths(rows: readonly TreeLine['cells'][]): readonly number[] {
  const widths: number[] = [];
  for (const cells of rows) {
    cells.forEach(({ text }, at) => {
      const isLast = cells.slice(at + 1).every((later) => later.text === '');
      widths[at] = Math.max(widths[at] ?? 0, isLast && at < cells.length - 1 ? 0 : textWidth(text));
    });
  }
  return widths;
}

/** For each line what stands before it. */
function branches(lines: readonly TreeLine[], form: (typeof forms)[keyof typeof forms]): readonly string[] {
  // From the end: whether a line at this depth follows before its parent does.
  const follows: boolean[] = [];
  return lines
    .map(({ depth }) => depth)
    .toReversed()
    .map((depth) => {
      const isLast = follows[depth] !== true;
      follows.length = depth;
      follows[depth] = true;
      if (depth === 0) return '';
      let text = '';
      for (let level = 1; level < depth; level += 1) text += follows[level] === true ? form.through : '   ';
      return text + (isLast ? form.last : form.branch);
    })
    .toReversed();
}
