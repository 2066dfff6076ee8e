import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test as plain } from 'vitest';
import { aliases } from '../../src/cli/aliases.ts';
import { catalog } from '../../src/cli/catalog.ts';
import { completionScripts } from '../../src/cli/completion/scripts.ts';
import { lineOfText } from '../../src/cli/completion/line.ts';
import { shells } from '../../src/cli/completion/line.ts';
import { aToken, aUser, aWorkspace } from '../support/factories.ts';
import { type BuiltProgram, buildProgram } from '../support/built-program.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

/** The words offered at the end of a line, without their descriptions; or `file`, `directory`. */
async function offered(
  database: Parameters<typeof runCommand>[0],
  line: string,
  env: Record<string, string> = {},
): Promise<readonly string[]> {
  const outcome = await runCommand(database, ['__complete', 'zsh', ...line.split(' ')], { env });
  expect([outcome.exitCode, outcome.stderr]).toEqual([0, '']);
  const [kind = '', ...lines] = outcome.stdout.trimEnd().split('\n');
  return kind === 'words' ? lines.map((text) => text.split('\t')[0] ?? '') : [kind];
}

describe('completion without a database', () => {
  plain('offers every command, and no name of the original', async () => {
    const words = await offered(null, '');
    for (const { name } of catalog) expect(words).toContain(name.split(' ')[0]);
    for (const name of Object.keys(aliases)) {
      if (name.includes('_')) expect(words).not.toContain(name);
    }
    expect(words).toContain('help');
  });

  plain.for([
    ['create-tok', ['create-token']],
    ['database m', ['migrate']],
    ['--no-color create-tok', ['create-token']],
    ['help exit', ['exit-codes']],
    ['help database sta', ['start', 'status']],
    ['completion ', [...shells]],
    ['list-users --format j', ['json', 'jsonl']],
    ['list-users --format=j', ['--format=json', '--format=jsonl']],
    ['--color a', ['auto', 'always']],
    ['create-token alice --com', ['--comment']],
    ['create-token alice --comment CI --com', []],
    ['create-token alice --comment ', []],
    ['list-tokens --user a --us', ['--user']],
    ['create-token --if', []],
    ['list-users --columns id,us', ['id,username']],
    ['list-users --order=-date', ['--order=-date_joined']],
    ['create-token alice --output ', ['file']],
    ['list-users --config ', ['file']],
    ['nosuch ', []],
    ['create_token ', []],
    ['create-token -- --', []],
  ] as const)('%s', async ([line, words]) => {
    expect(await offered(null, line)).toEqual(words);
  });

  plain('is silent and quick when the database is away', async () => {
    const started = performance.now();
    const env = { DATABASE_URL: 'postgres://nobody@192.0.2.1:5432/nowhere' };
    expect(await offered(null, 'create-token ', env)).toEqual([]);
    expect(await offered(null, 'create-token ', { DATABASE_URL: 'not a URL' })).toEqual([]);
    expect(await offered(null, 'create-token ', { DEBUSINE_ADMIN_CONFIG: '/nonexistent' })).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('completion with names from the database', () => {
  test('offers them where they are expected, and no secret', async ({ database }) => {
    const { username } = await aUser(database.db, { username: 'completed-user' });
    const token = await aToken(database.db, { userId: null });
    await aWorkspace(database.db, { name: 'qa one' });
    await aWorkspace(database.db, { name: 'qa\u001b[31m\n' });
    expect(await offered(database, 'create-token completed')).toEqual([username]);
    expect(await offered(database, 'list-tokens --user=completed')).toEqual([`--user=${username}`]);
    expect(await offered(database, 'create-workflow x --workspace qa')).toEqual(['qa one']);
    expect(await offered(database, 'list-tokens --hash ')).toEqual([]);
    for (const line of ['', 'list-tokens ', 'create-token ']) {
      expect((await offered(database, line)).join('\n')).not.toContain(token.hash);
    }
  });
});

plain('bash is answered only what stands behind its last word break', () => {
  const breaks = ' \t\n"\'><=;|&(:';
  expect(lineOfText('debusine-admin list-users --format=js', breaks)).toEqual({
    words: ['list-users'],
    current: '--format=js',
    kept: '--format=',
  });
  expect(lineOfText('sudo debusine-admin lookup "a b" x@y:z', breaks)).toEqual({
    words: ['lookup', 'a b'],
    current: 'x@y:z',
    kept: 'x@y:',
  });
  expect(lineOfText('debusine-admin show-workspace qa\\ o', breaks)).toEqual({
    words: ['show-workspace'],
    current: 'qa o',
    kept: '',
  });
});

describe('the scripts', () => {
  let program: BuiltProgram;
  beforeAll(async () => {
    program = await buildProgram();
    for (const shell of shells) {
      writeFileSync(path.join(program.directory, shell), completionScripts[shell]);
    }
  });
  afterAll(() => program.remove());

  const isHere = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

  function inShell(words: readonly string[], script: string): string {
    const [shell = '', ...options] = words;
    return execFileSync(shell, [...options, '-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: `${program.directory}:${process.env['PATH'] ?? ''}`,
        HOME: program.directory,
        LANG: 'C.UTF-8',
        TERM: 'dumb',
      },
    });
  }

  plain.skipIf(!isHere('bash'))('bash', () => {
    const typed = (line: string): string[] => {
      const words = line.split(' ');
      return inShell(
        ['bash', '--norc'],
        `source "$HOME/bash"; set -u
        COMP_LINE='${line}' COMP_POINT=${line.length} COMP_CWORD=${words.length - 1}
        COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
        _debusine_admin; printf '%s\\n' "\${COMPREPLY[@]}"`,
      )
        .trimEnd()
        .split('\n');
    };
    expect(typed('debusine-admin create-tok')).toEqual(['create-token']);
    expect(typed('debusine-admin list-users --format=j')).toEqual(['json', 'jsonl']);
    expect(inShell(['bash', '--norc'], 'source "$HOME/bash"; complete -p debusine-admin')).toContain(
      '-F _debusine_admin debusine-admin',
    );
  });

  plain.skipIf(!isHere('zsh'))('zsh', () => {
    const typed = (words: readonly string[]): string[] =>
      inShell(
        ['zsh', '-f'],
        `source "$HOME/zsh"
        compadd() { print -rl -- "\${(@P)argv[-1]}" }
        words=(debusine-admin ${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length + 1}
        _debusine_admin`,
      )
        .trimEnd()
        .split('\n');
    expect(typed(['create-tok'])).toEqual(['create-token']);
    expect(typed(['list-users', '--format', 'j'])).toEqual(['json', 'jsonl']);
    expect(inShell(['zsh', '-f'], 'source "$HOME/zsh"; print $_comps[debusine-admin]')).toBe(
      '_debusine_admin\n',
    );
  });

  plain.skipIf(!isHere('fish'))('fish', () => {
    const typed = (line: string): string[] =>
      inShell(['fish', '--no-config'], `source "$HOME/fish"; complete -C '${line}'`).trimEnd().split('\n');
    expect(typed('debusine-admin create-tok')).toEqual(['create-token\tGive a user a new key for the API']);
    expect(typed('debusine-admin list-users --format j').map((line) => line.trim())).toEqual([
      'json',
      'jsonl',
    ]);
    expect(typed('debusine-admin create-token --output /etc/hostn').join()).toContain('/etc/hostname');
  });
});
