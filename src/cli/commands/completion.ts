import { UsageError } from '../../errors.ts';
import { argument, defineCommand } from '../command.ts';
import { shells } from '../completion/line.ts';

export default defineCommand({
  group: 'Maintenance',
  summary: 'Print the script that completes commands in a shell',
  description:
    'Prints a script for bash, zsh or fish that completes commands, options, fixed values, files, and the names of ' +
    'users, workers, workspaces, file stores, collections, workflow templates and notification channels. Names come ' +
    'from the database when it answers within half a second; keys and passwords are never completed.',
  arguments: {
    shell: argument(
      'SHELL',
      'bash, zsh or fish',
      (text, { what }) => {
        const found = shells.find((shell) => shell === text);
        if (found === undefined) throw new UsageError(`${what}: "${text}" is none of ${shells.join(', ')}`);
        return found;
      },
      { completes: shells },
    ),
  },
  database: 'none',
  examples: [
    {
      what: 'In ~/.bashrc: source <(debusine-admin completion bash)',
      command: 'debusine-admin completion bash',
    },
    { what: 'In fish: debusine-admin completion fish | source', command: 'debusine-admin completion fish' },
  ],
  async run({ host }, { shell }) {
    const { completionScripts } = await import('../completion/scripts.ts');
    await host.stdout.write(completionScripts[shell]);
  },
}).shownAs({ kind: 'own', columns: [] });
