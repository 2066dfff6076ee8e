import { InvalidTransitionError, NotFoundError } from '../../errors.ts';
import type { Column } from '../../output/columns.ts';
import { printObject } from '../../output/format.ts';
import { recordSchema } from '../../output/json-schema.ts';
import { isMachineFormat } from '../../output/options.ts';
import type { Timestamp } from '../../timestamp.ts';
import { defineCommand, option } from '../command.ts';
import type { Context } from '../context.ts';
import { readKey } from '../secret-files.ts';

interface Checked {
  readonly known: boolean;
  readonly enabled: boolean;
  readonly id: number | null;
  readonly hash: string | null;
  readonly user: string | null;
  readonly worker: string | null;
  readonly comment: string | null;
  readonly created: Timestamp | null;
}

const columns: readonly Column<Checked>[] = [
  { key: 'known', label: 'Known', type: 'boolean', description: 'whether there is such a token' },
  { key: 'enabled', label: 'Enabled', type: 'boolean', description: 'whether the key works' },
  { key: 'id', label: 'ID', type: 'integer', nullable: true, description: 'number of the token' },
  { key: 'hash', label: 'Token hash', type: 'digest', nullable: true, description: 'SHA-256 of the key' },
  { key: 'user', label: 'User', type: 'text', nullable: true, description: 'whose it is' },
  { key: 'worker', label: 'Worker', type: 'text', nullable: true, description: 'the worker that uses it' },
  { key: 'comment', label: 'Comment', type: 'text', nullable: true, description: 'why it was made' },
  { key: 'created', label: 'Created', type: 'instant', nullable: true, description: 'when it was made' },
];

const unknown: Checked = {
  known: false,
  enabled: false,
  id: null,
  hash: null,
  user: null,
  worker: null,
  comment: null,
  created: null,
};

export default defineCommand({
  group: 'Tokens',
  summary: 'Tell whether a key works, and whose it is',
  description:
    'Tells whether a key works, and whose it is. The key is read from a file or from standard input, on a terminal it ' +
    'is asked for; it never stands on the command line.',
  options: {
    tokenFile: option('--token-file <FILE>', 'the file with the key', { default: '-', completes: 'file' }),
  },
  database: 'read',
  exitCodes: {
    0: 'the key works',
    3: 'no token has this key',
    4: 'the token is disabled',
  },
  examples: [{ what: 'The key of a job', command: 'debusine-admin check-token --token-file ci.key' }],
  related: ['list-tokens', 'create-token'],
  async run(context, { tokenFile }) {
    const key = await givenKey(context, tokenFile);
    const { findByKey } = await import('../../models/tokens.ts');
    const token = await findByKey(context.db, key);
    const found = token === undefined ? unknown : { ...token, known: true };
    await print(context, found);
    if (!found.known) {
      // Keys that the API made look so; one that a worker chose may be any text.
      const isUsual = /^[0-9a-f]{64}$/.test(key);
      throw new NotFoundError(`no token has this key${isUsual ? '' : ', which is not 64 hex digits'}`, {
        hint: 'see debusine-admin list-tokens',
        details: { kind: 'token' },
      });
    }
    if (!found.enabled) {
      throw new InvalidTransitionError(`token ${found.id} is disabled`, {
        hint: `debusine-admin manage-token enable --id ${found.id}`,
        details: { kind: 'token', id: found.id },
      });
    }
  },
}).shownAs({ kind: 'own', columns, schema: recordSchema(columns) });

function givenKey(context: Context, file: string | undefined): Promise<string> {
  const { host, prompt } = context;
  if (file === undefined && host.stdin.isTerminal)
    return prompt.password('Token key:', 'option --token-file');
  return readKey(context, file ?? '-');
}

async function print(context: Context, found: Checked): Promise<void> {
  const { output, host } = context;
  if (isMachineFormat(output.format) || output.columns !== undefined) {
    await printObject(found, columns, output, host.stdout);
    return;
  }
  if (!found.known) return;
  const owner =
    found.user !== null
      ? `user ${found.user}`
      : found.worker !== null
        ? `worker ${found.worker}`
        : 'no owner';
  const state = found.enabled ? 'enabled' : 'disabled';
  await host.stdout.write(`${owner}, token ${found.id}, ${state}\n`);
}
