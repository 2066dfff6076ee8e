/** docs/licences.md: what an installation brings, and under which licence. */
import { readFileSync } from 'node:fs';
import { table } from './table.ts';

interface Package {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** The page as Markdown. Reads the lock file in the working directory, which is the checkout's when pages are made. */
export function licencesPage(): string {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, Package>>;
  };
  const rows = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version = '', license = 'unknown', optional }]) => [
      `\`${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}\``,
      version,
      license,
      optional === true ? 'where it fits the platform' : '',
    ]);
  return [
    '# Licences of what is installed',
    '',
    'Made by `npm run docs` from `package-lock.json`. The program itself is under GPL-3.0-or-later; `dist/` holds parts of',
    'these packages, whose licences all allow that.',
    '',
    ...table(['Package', 'Version', 'Licence', 'When'], rows),
    '',
  ].join('\n');
}
