import { UsageError } from '../../errors.ts';
import { defineCommand, options } from '../command.ts';

const backends = ['Local', 'ExternalDebianSuite'];

export default defineCommand({
  group: 'Workspaces and stores',
  summary: 'Show where files are kept, and how full it is',
  description:
    'Shows where files are kept, how full it is, and who uses it. Whether a local store can be written to is looked ' +
    'at; external ones are not contacted.',
  options: {
    backend: options(
      '--backend <BACKEND>',
      'Local or ExternalDebianSuite',
      (text, { what }) => {
        if (!backends.includes(text))
          throw new UsageError(`${what}: "${text}" is none of ${backends.join(', ')}`);
        return text;
      },
      { completes: backends },
    ),
    workspace: options('--workspace <NAME>', 'that this workspace uses', { completes: 'workspace' }),
  },
  database: 'read',
  exitCodes: { 3: 'unknown workspace' },
  examples: [
    { what: 'Stores that take new files', command: 'debusine-admin list-file-stores --backend Local' },
  ],
  related: ['list-workspaces'],
  async run({ db, page, settings }, input) {
    const stores = await import('../../models/file-stores.ts');
    const filter = {
      backends: input.backend.length === 0 ? undefined : input.backend,
      workspaces: input.workspace.length === 0 ? undefined : input.workspace,
    };
    return stores.list(db, filter, page, settings);
  },
}).shownAs({
  kind: 'list',
  things: 'file stores',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the store', hidden: true },
    { key: 'name', label: 'Name', type: 'text', description: 'name, unique' },
    { key: 'backend', label: 'Backend', type: 'text', description: 'Local or ExternalDebianSuite' },
    { key: 'configuration', label: 'Configuration', type: 'json', description: 'its settings', hidden: true },
    {
      key: 'location',
      label: 'Location',
      type: 'text',
      nullable: true,
      description: 'directory or URL',
      shrink: 3,
    },
    { key: 'files', label: 'Files', type: 'integer', description: 'files it has' },
    { key: 'size_bytes', label: 'Size', type: 'bytes', description: 'bytes of these files' },
    {
      key: 'default_of',
      label: 'Default of',
      type: 'list',
      description: 'workspaces whose new files go here',
      shrink: 2,
    },
    {
      key: 'other_of',
      label: 'Other of',
      type: 'list',
      description: 'workspaces that also use it',
      shrink: 1,
    },
    {
      key: 'reachable',
      label: 'Reachable',
      type: 'boolean',
      nullable: true,
      description: 'can be written to',
    },
  ],
});
