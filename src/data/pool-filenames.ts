/** Where a file lies in the pool of a Debian archive. */

/**
 * Path of a file in the pool: `pool/COMPONENT/PREFIX/SOURCE/FILE`. The prefix is the first character of the
 * source package's name, or its first four if the name begins with `lib`. Source: data-schemas.md 6.2.
 */
export function poolFilename(file: {
  readonly source: string;
  readonly component: string;
  /** Path of the file inside the artifact. */
  readonly baseName: string;
}): string {
  const { source, component, baseName } = file;
  const prefix = [...source.slice(0, 8)].slice(0, source.startsWith('lib') ? 4 : 1).join('');
  return `pool/${component}/${prefix}/${source}/${baseName}`;
}
