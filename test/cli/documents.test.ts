import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { commandsPage } from '../../src/cli/documents/commands.ts';
import { manual } from '../../src/cli/documents/manual.ts';
import { parity, parityRows } from '../../src/cli/documents/parity.ts';

const page = readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8');

test('docs/parity.md names every command and every name of the original; npm run docs writes it', () => {
  for (const { name } of catalog) expect(page).toContain(`\`${name}\``);
  for (const { original } of parityRows()) expect(page).toContain(`\`${original}\``);
});

test('the parity page has a line for each name of the original', async () => {
  const text = await parity();
  for (const { original, ours } of parityRows()) {
    expect(text).toMatch(new RegExp(`\\| \`${original}\` +\\| ${ours === undefined ? '' : `\`${ours}\``}`));
  }
});

test('manual page and page of commands have a section for every command', async () => {
  const [roff, markdown] = await Promise.all([manual(), commandsPage()]);
  for (const { name } of catalog) {
    expect(roff).toContain(`\n.SS ${name.replaceAll('-', '\\-')}\n`);
    expect(markdown).toContain(`\n### ${name}\n`);
  }
  // A line that begins with a dot is a request to roff; only those that are meant are there.
  const requests = new Set(roff.split('\n').flatMap((line) => /^[.'](\w+)/.exec(line)?.[1] ?? []));
  expect([...requests].sort()).toEqual([
    'B',
    'I',
    'PP',
    'RE',
    'RI',
    'RS',
    'SH',
    'SS',
    'TH',
    'TP',
    'fi',
    'nf',
  ]);
});
