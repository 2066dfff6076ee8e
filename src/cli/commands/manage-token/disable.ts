import { defineCommand, flag } from '../../command.ts';
import { switchNote, switchTokens, workersNote } from '../../switch-tokens.ts';
import { tokenSelection } from '../../token-selection.ts';
import { switchedTokenColumns } from '../../views/tokens.ts';

export default defineCommand({
  group: 'Tokens',
  summary: 'Switch tokens off without deleting them',
  description:
    'Switches tokens off; their keys stop working at once. Work that is assigned to a worker stays with it: to stop a ' +
    'worker use manage-worker disable.',
  options: { ...tokenSelection, dryRun: flag('--dry-run', 'say what would be done and change nothing') },
  database: 'write',
  exitCodes: { 2: 'no token is selected', 3: 'no token matches, or a hash fits several' },
  examples: [
    { what: 'One token', command: 'debusine-admin manage-token disable --id 7' },
    { what: 'All of a person', command: 'debusine-admin manage-token disable --user alice' },
  ],
  related: ['list-tokens', 'manage-token enable', 'delete-tokens', 'manage-worker disable'],
  run: (context, input) => switchTokens(context, input, false),
}).shownAs({
  kind: 'changes',
  columns: switchedTokenColumns,
  note: (switched, did) =>
    [switchNote(switched, did, ['disabled', 'disable']), workersNote(switched)]
      .filter((part) => part !== undefined)
      .join('; '),
});
