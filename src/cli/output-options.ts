/** From the shared options and the terminal to what the printers are told. Source: cli.md 4.1, 4.2, 4.6. */
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { wantsColour } from '../output/colour.ts';
import { formats, isMachineFormat, type OutputOptions } from '../output/options.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Host } from './context.ts';
import type { SharedInput } from './shared-options.ts';

/** @throws UsageError for two different formats, or a word that is none of those known */
export function outputFor(
  shared: SharedInput,
  settings: Settings,
  host: Host,
  now: Timestamp,
  isOriginal: boolean,
  pictures: readonly string[] = [],
): OutputOptions {
  const said = formatOf(shared, pictures);
  const picture = pictures.find((name) => name === said);
  const known = formats.find((name) => name === said);
  const format = picture === undefined ? (known ?? (host.stdout.isTerminal ? 'table' : 'plain')) : 'plain';
  const color = shared.noColor
    ? 'never'
    : (oneOf('--color', shared.color, ['auto', 'always', 'never']) ?? settings.color);
  const colour = !isMachineFormat(format) && wantsColour(color, host.env, host.stdout.isTerminal);
  return {
    format,
    isAsked: said !== undefined,
    picture,
    columns: shared.columns?.split(',').filter((key) => key !== ''),
    headers: !shared.noHeaders,
    wide: shared.wide,
    time: oneOf('--time', shared.time, ['utc', 'local', 'relative']) ?? settings.time,
    colour,
    width: widthOf(host),
    unicode: isUtf8(host.env),
    isTerminal: host.stdout.isTerminal,
    now,
    flavour: isOriginal ? 'original' : undefined,
  };
}

function formatOf(shared: SharedInput, pictures: readonly string[]): string | undefined {
  const said = new Set<string>(formats.filter((name) => name !== 'table' && shared[name]));
  const asked = oneOf('--format', shared.format, [...formats, ...pictures]);
  if (asked !== undefined) said.add(asked);
  if (said.size > 1) throw new UsageError(`one output format can be given, not ${[...said].join(' and ')}`);
  return [...said][0];
}

function oneOf<T extends string>(
  option: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((word) => word === value);
  if (found === undefined)
    throw new UsageError(`option ${option}: "${value}" is none of ${known.join(', ')}`);
  return found;
}

function widthOf(host: Host): number {
  const asked = Number(host.env['COLUMNS']);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return host.stdout.columns ?? 80;
}

/** Whether text may be other than ASCII, by the locale. */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}
