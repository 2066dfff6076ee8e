/** The files of known answers. */
import { readFileSync } from 'node:fs';

/** One case of a file: its number, marks that say how binding it is, and what it is about. */
export type VectorCase<Content> = Content & { readonly id: number; readonly tags?: readonly string[] };

/** A file as it is. What it holds is taken on trust: the files are part of the tests. */
export function readVectorFile<File>(name: string): File {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as File;
}

/** The cases of a file. */
export function readVectors<Content>(name: string): readonly VectorCase<Content>[] {
  return readVectorFile<{ readonly cases: readonly VectorCase<Content>[] }>(name).cases;
}

/** Whether the case may be refused although its answer is an acceptance. */
export function mayBeRefused({ tags = [] }: { readonly tags?: readonly string[] }): boolean {
  return tags.includes('lenient-coercion') || tags.includes('uncertain-at-level');
}
