import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Column } from '../../src/output/columns.ts';
import { yamlDocument } from '../../src/output/yaml.ts';
import { originalStyle, ownStyle } from '../../src/output/yaml-scalars.ts';
import { listed, nothing, sample, sampleColumns, shown } from './printing.ts';

/** Documents and what PyYAML 6.0 makes of them with the defaults of `yaml.dump`. */
const documents: { readonly data: unknown; readonly yaml: string }[] = JSON.parse(
  readFileSync(new URL('pyyaml-documents.json', import.meta.url), 'utf8'),
);

describe('the original’s YAML', () => {
  test.each(documents.map(({ data, yaml }, index) => [index, data, yaml] as const))(
    'of document %d equals that of PyYAML byte by byte',
    (_index, data, yaml) => {
      expect(yamlDocument(data, originalStyle)).toBe(yaml);
    },
  );

  interface Token {
    readonly comment: string;
    readonly created: string;
    readonly enabled: boolean;
    readonly expires: string | null;
    readonly hash: string;
    readonly user: string | null;
  }
  const tokenColumns: readonly Column<Token>[] = [
    { key: 'hash', label: 'Token hash (do not copy)', type: 'digest', description: '' },
    { key: 'user', label: 'User', type: 'text', description: '' },
    { key: 'created', label: 'Created', type: 'instant', description: '' },
    { key: 'expires', label: 'Expires', type: 'instant', description: '' },
    { key: 'enabled', label: 'Enabled', type: 'boolean', description: '' },
    { key: 'comment', label: 'Comment', type: 'text', description: '' },
  ];

  test('of a list has sorted keys, unquoted moments and an empty line at the end', async () => {
    const tokens: Token[] = [
      {
        hash: '24c66bd23bf53ee8e64a0bcda700a6ba790421ccf37eaf88885cdd8433e78dc6',
        user: 'clispec',
        created: '2026-11-23T15:45:32.178807Z',
        expires: null,
        enabled: true,
        comment: '',
      },
      {
        hash: 'a9fdaf264932ab31dd2a0241da900759ab46c485fbc47e76db8c91c5262e3df1',
        user: null,
        created: '2026-01-01T00:00:00.000000Z',
        expires: null,
        enabled: false,
        comment: 'CI job',
      },
    ];
    expect(await listed(tokens, tokenColumns, { format: 'yaml', flavour: 'original' }, 1)).toBe(
      `- comment: ''
  created: 2026-11-23 15:45:32.178807+00:00
  enabled: true
  expires: null
  hash: 24c66bd23bf53ee8e64a0bcda700a6ba790421ccf37eaf88885cdd8433e78dc6
  user: clispec
- comment: CI job
  created: 2026-01-01 00:00:00+00:00
  enabled: false
  expires: null
  hash: a9fdaf264932ab31dd2a0241da900759ab46c485fbc47e76db8c91c5262e3df1
  user: null

`,
    );
  });

  test('of nothing is an empty list and an empty line', async () => {
    expect(await listed([], tokenColumns, { format: 'yaml', flavour: 'original' })).toBe('[]\n\n');
  });

  test('of nested data does not indent lists in mappings', async () => {
    const columns = [
      { key: 'name', label: 'Name', type: 'text', description: '' },
      { key: 'method', label: 'Method', type: 'text', description: '' },
      { key: 'data', label: 'Data', type: 'json', description: '' },
    ] as const;
    const channels = [
      { name: 'clispec', method: 'email', data: { to: ['lts@example.org'], from: 'admin@example.org' } },
      { name: 'clispec2', method: 'email', data: {} },
    ];
    expect(await listed(channels, columns, { format: 'yaml', flavour: 'original' })).toBe(
      `- data:
    from: admin@example.org
    to:
    - lts@example.org
  method: email
  name: clispec
- data: {}
  method: email
  name: clispec2

`,
    );
  });

  test('of one object begins with a document mark', async () => {
    const columns = [{ key: 'work_request_id', label: 'ID', type: 'integer', description: '' }] as const;
    expect(await shown({ work_request_id: 6 }, columns, { format: 'yaml', flavour: 'original' })).toBe(
      '---\nwork_request_id: 6\n\n',
    );
  });
});

describe('our YAML', () => {
  test('of a list has sorted keys, moments without quotes and no empty line', async () => {
    expect(await listed([sample, nothing], sampleColumns, { format: 'yaml' })).toBe(
      `- comment: CI job
  created: 2024-05-02 09:14:07.530864+00:00
  data:
    a: {}
    b:
    - 1
    - c: x
  delay_seconds: 864000
  enabled: true
  hash: f299978eb768f299978eb768f299978eb768f299978eb768f299978eb768e4ce
  id: 7
  name: saturn
  size_bytes: 2048
  stores:
  - Default
  - archive
- comment: null
  created: null
  data: null
  delay_seconds: null
  enabled: null
  hash: null
  id: 8
  name: ''
  size_bytes: null
  stores: []
`,
    );
  });

  test('of nothing is an empty list', async () => {
    expect(await listed([], sampleColumns, { format: 'yaml' })).toBe('[]\n');
  });

  test('of one object is a mapping, in the order of --columns when that is given', async () => {
    expect(await shown(sample, sampleColumns, { format: 'yaml', columns: ['name', 'id'] })).toBe(
      'name: saturn\nid: 7\n',
    );
  });

  test('writes nested moments like those of the record where the column names them', async () => {
    const columns = [
      { key: 'files', label: 'Files', type: 'json', description: '', moments: ['at'] },
      { key: 'last', label: 'Last', type: 'json', description: '', moments: ['at'] },
      { key: 'data', label: 'Data', type: 'json', description: '' },
    ] as const;
    const file = { at: '2024-05-02T09:14:07.000000Z', path: 'a' };
    expect(await shown({ files: [file], last: { at: null }, data: file }, columns, { format: 'yaml' })).toBe(
      `data:
  at: '2024-05-02T09:14:07.000000Z'
  path: a
files:
- at: 2024-05-02 09:14:07+00:00
  path: a
last:
  at: null
`,
    );
  });

  test('quotes every text that some reader takes for something else', () => {
    const words = [
      'yes',
      'N',
      'off',
      'null',
      '~',
      '',
      '0123',
      '08',
      '1e5',
      '1_0',
      '0o17',
      '1:30',
      '.5',
      '2024-05-02',
      '=',
      '<<',
    ];
    expect(yamlDocument(words, ownStyle)).toBe(words.map((word) => `- '${word}'\n`).join(''));
  });

  test('is one line per value, with readable letters and escaped controls', () => {
    const long = 'word '.repeat(60).trim();
    expect(yamlDocument([long, 'café 漢字', 'a\x1b\u202eb', 'two\nlines: x'], ownStyle)).toBe(
      `- ${long}\n- café 漢字\n- "a\\e\\u202Eb"\n- 'two\n\n  lines: x'\n`,
    );
  });

  test('is read back as the same data, by the rules of YAML 1.1 and of 1.2', () => {
    for (const { data } of documents) {
      const text = yamlDocument(data, ownStyle);
      expect(parse(text, { version: '1.1' })).toEqual(data);
      expect(parse(text, { version: '1.2' })).toEqual(data);
    }
  });

  test('writes an integer beyond 2^53 as text, as JSON does', () => {
    expect(yamlDocument([9007199254740991n, 9007199254740993n], ownStyle)).toBe(
      "- 9007199254740991\n- '9007199254740993'\n",
    );
  });
});
