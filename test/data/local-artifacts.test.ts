import { describe, expect, test } from 'vitest';
import { listedFiles, parseParagraph } from '../../src/data/debian-control.ts';
import { fileProblems, filesToRead, packageNames, sourceOfBinary } from '../../src/data/local-artifacts.ts';

const dsc = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Format: 3.0 (quilt)
Source: hello
Architecture: any
Description:
 a greeting
 .
 in two paragraphs
# a comment
Files:
 8d9d 725946 hello_2.10.orig.tar.gz
 2c1f 12688 hello_2.10-3.debian.tar.xz

-----BEGIN PGP SIGNATURE-----

iQIz
-----END PGP SIGNATURE-----
`;

const changes =
  'Source: hello\nFiles:\n 8d9d 1 devel optional hello_2.10-3.dsc\n 2c1f 2 devel optional hello_2.10-3_amd64.deb\n';

describe('a control file', () => {
  test('is read without its signature', () => {
    expect([...parseParagraph(dsc).keys()]).toEqual([
      'Format',
      'Source',
      'Architecture',
      'Description',
      'Files',
    ]);
    expect(parseParagraph(dsc).get('Description')).toBe('\na greeting\n.\nin two paragraphs');
    expect(listedFiles(dsc)).toEqual(['hello_2.10.orig.tar.gz', 'hello_2.10-3.debian.tar.xz']);
  });

  test('is read without a signature, up to its first empty line', () => {
    expect(listedFiles(changes)).toEqual(['hello_2.10-3.dsc', 'hello_2.10-3_amd64.deb']);
    expect(parseParagraph('\r\n\r\nA: 1\r\n\r\nB: 2')).toEqual(new Map([['A', '1']]));
    expect(listedFiles('Source: x')).toBeUndefined();
  });

  test.each(['', 'no colon', ' continuation', '-----BEGIN PGP SIGNED MESSAGE-----', '\u0000: x'])(
    'of strange form %j has no fields',
    (text) => {
      expect(parseParagraph(text)).toEqual(new Map());
    },
  );
});

describe('files of an artifact', () => {
  const problems = (category: string, paths: readonly string[], contents: Record<string, string> = {}) =>
    fileProblems(category, { paths, contents: new Map(Object.entries(contents)) });

  test('are, for a source package, what its .dsc lists', () => {
    const contents = { 'hello.dsc': dsc };
    const listed = ['hello_2.10.orig.tar.gz', 'hello_2.10-3.debian.tar.xz'];
    expect(problems('debian:source-package', ['hello.dsc', ...listed], contents)).toEqual([]);
    expect(problems('debian:source-package', ['hello.dsc', 'hello_2.10.orig.tar.gz', 'x'], contents)).toEqual(
      [
        'file "hello_2.10-3.debian.tar.xz" is listed in "hello.dsc", but not given',
        'file "x" is given, but not listed in "hello.dsc"',
      ],
    );
    expect(problems('debian:source-package', listed)).toEqual([
      'has 0 files whose name ends in .dsc, must have exactly one',
    ]);
    expect(problems('debian:source-package', ['a.dsc', 'b.dsc'])).toHaveLength(1);
    expect(problems('debian:source-package', ['a.dsc'], { 'a.dsc': 'Source: a' })).toEqual([
      'file "a.dsc" has no field Files',
    ]);
  });

  test('are, for an upload, what its .changes lists', () => {
    const paths = ['hello.changes', 'hello_2.10-3.dsc', 'hello_2.10-3_amd64.deb'];
    expect(problems('debian:upload', paths, { 'hello.changes': changes })).toEqual([]);
    expect(problems('debian:upload', paths.slice(1), {})).toHaveLength(1);
  });

  test.each([
    ['debian:binary-package', ['a.deb'], 0],
    ['debian:binary-package', ['a.udeb'], 0],
    ['debian:binary-package', [], 1],
    ['debian:binary-package', ['a.deb', 'b.deb'], 1],
    ['debian:binary-package', ['a.deb', 'b.txt'], 2],
    ['debian:binary-packages', ['a.deb', 'b.udeb'], 0],
    ['debian:binary-packages', [], 1],
    ['debian:binary-packages', ['a.deb', 'b.dsc', 'c'], 2],
    ['debian:package-build-log', ['a.build'], 0],
    ['debian:package-build-log', ['a.log'], 1],
    ['debian:system-tarball', ['a.tar.xz'], 0],
    ['debian:system-tarball', ['a.tar.gz'], 1],
    ['debian:system-image', ['a.tar.xz'], 0],
    ['debian:system-image', ['a.qcow2'], 0],
    ['debian:system-image', ['a.raw'], 1],
    ['debian:autopkgtest', [], 0],
    ['debian:blhc', ['anything', 'at all'], 0],
    ['debusine:work-request-debug-logs', ['x'], 0],
  ])('%s of %j has %i problems', (category, paths, expected) => {
    expect(problems(category, paths)).toHaveLength(expected);
  });

  test('are, for an analysis, two files of which one is JSON', () => {
    const paths = ['analysis.json', 'lintian.txt'];
    expect(problems('debian:lintian', paths, { 'analysis.json': '{}' })).toEqual([]);
    expect(problems('debian:lintian', paths, { 'analysis.json': '{' })).toEqual([
      'file "analysis.json" is not JSON',
    ]);
    expect(problems('debian:lintian', ['lintian.txt', 'x'])).toEqual([
      'file "analysis.json" is missing',
      'file "x" does not belong here; known are analysis.json, lintian.txt',
    ]);
  });

  test('are read only where the rule needs it', () => {
    const paths = ['a.dsc', 'b.changes', 'analysis.json', 'c.deb'];
    expect(filesToRead('debian:source-package', paths)).toEqual(['a.dsc']);
    expect(filesToRead('debian:upload', paths)).toEqual(['b.changes']);
    expect(filesToRead('debian:lintian', paths)).toEqual(['analysis.json']);
    expect(filesToRead('debian:binary-package', paths)).toEqual([]);
  });
});

test('names of packages stand before the first underscore', () => {
  expect(packageNames(['hello_2.10_amd64.deb', 'sub_dir/x_1_all.deb', 'odd.deb'])).toEqual([
    'hello',
    'x',
    'odd.deb',
  ]);
});

test('the source of a binary package is what it says, else the package itself', () => {
  const binary = { Package: 'hello', Version: '2.10-3+b1' };
  expect(sourceOfBinary(binary)).toEqual({ name: 'hello', version: '2.10-3+b1' });
  expect(sourceOfBinary({ ...binary, Source: 'hi' })).toEqual({ name: 'hi', version: '2.10-3+b1' });
  expect(sourceOfBinary({ ...binary, Source: 'hi (2.10-3)' })).toEqual({ name: 'hi', version: '2.10-3' });
});
