/** Bars of text, for charts inside of tables. */

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * A bar as long as the value's share of the largest one. What is not nothing is seen, however little it is.
 * @param width of the largest one, in columns
 */
export function barOf(value: number, largest: number, width: number, unicode: boolean): string {
  if (value <= 0 || largest <= 0) return '';
  const length = Math.min(1, value / largest) * width;
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(length)));
  const parts = Math.max(1, Math.round(length * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}
