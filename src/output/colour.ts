/** Whether one stream is coloured, and the colours. Source: cli.md 4.6. */
import type { Tone } from './columns.ts';

export type ColourChoice = 'auto' | 'always' | 'never';

/** The environment variables that matter for colour. */
export interface ColourEnvironment {
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
}

/**
 * Whether to write colours to one stream; decided for stdout and stderr separately. Formats for programs have none,
 * whatever this says.
 * @param choice `--color`, or what the configuration says; `never` for `--no-color`
 */
export function wantsColour(
  choice: ColourChoice,
  environment: ColourEnvironment,
  isTerminal: boolean,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(environment.NO_COLOR)) return false;
  if (isSet(environment.FORCE_COLOR)) return environment.FORCE_COLOR !== '0';
  if (environment.TERM === 'dumb') return false;
  return isTerminal;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Puts text into bold or into the colour of a meaning. */
export interface Paint {
  bold(text: string): string;
  /** No tone: the text as it is. */
  tone(text: string, tone: Tone | undefined): string;
}

const unpainted: Paint = { bold: (text) => text, tone: (text) => text };

/** The paint for one stream. Without colour nothing is loaded, and not one escape byte is written. */
export async function loadPaint(colour: boolean): Promise<Paint> {
  if (!colour) return unpainted;
  const { Chalk } = await import('chalk');
  // An own instance with a fixed level: the default one looks at the process by itself, and knows no NO_COLOR.
  const chalk = new Chalk({ level: 1 });
  const tones = { good: chalk.green, bad: chalk.red, warning: chalk.yellow, dim: chalk.dim };
  return {
    bold: (text) => chalk.bold(text),
    tone: (text, tone) => (tone === undefined ? text : tones[tone](text)),
  };
}
