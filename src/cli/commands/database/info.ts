import { defineCommand } from '../../command.ts';

export default defineCommand({
  group: 'Database',
  summary: 'Show what the tool is talking to, and with which settings',
  description:
    'Shows which database the tool talks to, at which level it is, and every setting with where it comes from. Works ' +
    'without a database as well, and then says why it cannot connect.',
  database: 'none',
  examples: [{ what: 'Look before the first use', command: 'debusine-admin database info' }],
  related: ['database migrate', 'database status'],
  async run(context) {
    const { info } = await import('../../database-info.ts');
    return info(context);
  },
}).shownAs({
  kind: 'details',
  columns: [
    { key: 'version', label: 'Version', type: 'text', description: 'version of this program' },
    {
      key: 'required_level',
      label: 'Required level',
      type: 'text',
      description: 'database level of this release',
    },
    { key: 'url', label: 'Database', type: 'text', nullable: true, description: 'address without secrets' },
    { key: 'connected', label: 'Connected', type: 'boolean', description: 'whether it answered' },
    { key: 'problem', label: 'Problem', type: 'text', nullable: true, description: 'why it cannot be used' },
    {
      key: 'level',
      label: 'Level',
      type: 'text',
      nullable: true,
      description: 'newest migration of the database',
    },
    {
      key: 'server_version',
      label: 'Server',
      type: 'text',
      nullable: true,
      description: 'version of PostgreSQL',
    },
    { key: 'size_bytes', label: 'Size', type: 'bytes', nullable: true, description: 'size of the database' },
    {
      key: 'settings',
      label: 'Settings',
      type: 'json',
      description: 'key, value and origin of each setting',
      show: ({ settings }) =>
        settings.map(({ key, value, origin }) => `${key}=${value ?? '-'} (${origin})`).join(', '),
    },
  ],
});
