import { defineCommand, flag } from '../../command.ts';
import { switchNote, switchTokens } from '../../switch-tokens.ts';
import { tokenSelection } from '../../token-selection.ts';
import { switchedTokenColumns } from '../../views/tokens.ts';

export default defineCommand({
  group: 'Tokens',
  summary: 'Switch tokens on',
  description: 'Switches tokens on. One that is on already stays so.',
  options: { ...tokenSelection, dryRun: flag('--dry-run', 'say what would be done and change nothing') },
  database: 'write',
  exitCodes: { 2: 'no token is selected', 3: 'no token matches, or a hash fits several' },
  examples: [
    { what: 'One token', command: 'debusine-admin manage-token enable --id 7' },
    { what: 'All of a person', command: 'debusine-admin manage-token enable --user alice' },
  ],
  related: ['list-tokens', 'manage-token disable', 'delete-tokens'],
  run: (context, input) => switchTokens(context, input, true),
}).shownAs({
  kind: 'changes',
  columns: switchedTokenColumns,
  note: (switched, did) => switchNote(switched, did, ['enabled', 'enable']),
});
