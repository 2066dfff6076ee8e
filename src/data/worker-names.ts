/** Names of workers. Source: models.md 3.19 and 3.20. */

/** Characters the column holds. A longer name is refused by the database, never cut. */
export const workerNameLimit = 50;

/** The name of a worker made from the fully qualified domain name of its machine. May come out empty. */
export function workerNameSlug(fqdn: string): string {
  const slug = fqdn
    .replaceAll('.', '-')
    .normalize('NFKD')
    .replace(/[^\x00-\x7f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9_\t-\r\x1c-\x20-]/g, '')
    .replace(/[\t-\r\x1c-\x20-]+/g, '-');
  let start = 0;
  let end = slug.length;
  const isEdge = (index: number): boolean => slug.charAt(index) === '-' || slug.charAt(index) === '_';
  while (start < end && isEdge(start)) start += 1;
  while (end > start && isEdge(end - 1)) end -= 1;
  return slug.slice(start, end);
}

/**
 * The name to try at the given attempt, counted from 1: the slug, then the slug with `-2`, `-3`, …
 */
export function workerNameCandidate(slug: string, attempt: number): string {
  return attempt === 1 ? slug : `${slug}-${attempt}`;
}

/** Whether field validation accepts the name: 1 to 50 ASCII letters, digits, hyphens and underscores. */
export function isWorkerName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,50}$/.test(name);
}
