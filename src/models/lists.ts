/** Lists as one parameter of a statement, whatever their length. */
import { type SQL, sql } from 'drizzle-orm';

// The driver is not told the types of arrays, so a text carries the list.

/** `(select …)` of the ids, for use after `in`. */
export const idList = (ids: readonly number[]): SQL =>
  sql`(select value from unnest(${`{${ids.join()}}`}::text::bigint[]) u (value))`;

// The cast by way of text keeps the driver from encoding the JSON a second time.

/** `(select …)` of the texts, for use after `in`. */
export const textList = (texts: readonly string[]): SQL =>
  sql`(select value from jsonb_array_elements_text(${JSON.stringify(texts)}::text::jsonb))`;

/** `(array…)` of the texts, for use after `like any`; the server makes it once, not for each row. */
export const textArray = (texts: readonly string[]): SQL => sql`(array${textList(texts)})`;
