/** What somebody may have meant who made a typing mistake. Source: cli.md 3.3. */

/** More suggestions than these are no help. */
const most = 3;

/**
 * The names closest to a word that is none of them, best first, at most three: within an edit distance of two, or
 * beginning with the word. Dashes and underscores count as equal, and so do singular and plural, upper and lower case.
 */
export function closest(word: string, names: readonly string[]): string[] {
  const wanted = normalised(word);
  if (wanted === '') return [];
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceTo(wanted, normalised(name)) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

function normalised(text: string): string {
  return text.toLowerCase().replaceAll('_', '-').replace(/s\b/g, '');
}

function distanceTo(wanted: string, name: string): number {
  const distance = editDistance(wanted, name);
  // With two edits any word of two letters becomes any other: at least one letter has to stay.
  const isClose = distance <= 2 && distance < Math.min(wanted.length, name.length);
  if (isClose || distance === 0) return distance;
  return wanted.length > 1 && name.startsWith(wanted) ? 2 : Number.POSITIVE_INFINITY;
}

/** Letters to insert, delete, replace, or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  // More than two are never asked for.
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
