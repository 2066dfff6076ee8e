import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../../src/data/json.ts';
import { notificationChannels } from '../../../src/schema/notification-channels.ts';
import { test, type TestDatabase } from '../../support/database.ts';
import { unique } from '../../support/factories.ts';
import { startMailServer } from '../../support/mail-server.ts';
import { runCommand } from '../../support/run-command.ts';

const addresses = { from: 'debusine@example.org', to: ['ops@example.org'], cc: ['boss@example.org'] };

async function aChannel({ db }: TestDatabase, data: JsonObject = addresses, method = 'email') {
  const name = unique('c');
  await db.insert(notificationChannels).values({ name, method, data });
  return name;
}

const file = (text: string, mode: number): string => {
  const name = path.join(mkdtempSync(path.join(tmpdir(), 'mail-')), 'file');
  writeFileSync(name, text, { mode });
  return name;
};

describe('test-notification-channel', () => {
  test('sends one mail to everybody in the channel', async ({ database }) => {
    const name = await aChannel(database);
    const server = await startMailServer();
    try {
      const outcome = await runCommand(database, ['test-notification-channel', name, '--json'], {
        env: { DEBUSINE_ADMIN_SMTP_URL: server.url },
      });

      expect([outcome.exitCode, outcome.stderr]).toEqual([0, '']);
      expect(JSON.parse(outcome.stdout)).toEqual({
        name,
        ...addresses,
        subject: `Test of notification channel ${name}`,
        sent: true,
      });
      expect(server.heard.filter((line) => line.startsWith('RCPT'))).toEqual([
        'RCPT TO:<ops@example.org>',
        'RCPT TO:<boss@example.org>',
      ]);
      expect(server.heard).toContain(`Subject: Test of notification channel ${name}`);
    } finally {
      await server.stop();
    }
  });

  test('--dry-run says who would get it and sends nothing', async ({ database }) => {
    const name = await aChannel(database);
    const server = await startMailServer();
    try {
      const words = ['test-notification-channel', name, '--dry-run'];
      const outcome = await runCommand(database, words, {
        env: { DEBUSINE_ADMIN_SMTP_URL: server.url },
        terminal: true,
      });

      expect(outcome).toMatchObject({
        exitCode: 0,
        stderr: `channel "${name}" would send to ops@example.org, boss@example.org; nothing was sent\n`,
      });
      expect(server.heard).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  test('fails with one line when the mail server refuses or does not answer', async ({ database }) => {
    const name = await aChannel(database);
    const server = await startMailServer({ answers: { RCPT: '550 5.1.1 who is \u001b[31mthat' } });
    const env = { DEBUSINE_ADMIN_SMTP_URL: server.url };
    const refused = await runCommand(database, ['test-notification-channel', name], { env });
    await server.stop();
    const gone = await runCommand(database, ['test-notification-channel', name], { env });

    for (const { exitCode, stdout, stderr } of [refused, gone]) {
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        new RegExp(`^error: notification channel "${name}" cannot send: .+; hint: .+\\n$`),
      );
      expect(stderr).not.toContain('\u001b');
    }
    expect(refused.stderr).toContain('550');
  });

  test('takes the mail server from a file, or from a configuration that others cannot read', async ({
    database,
  }) => {
    const name = await aChannel(database);
    const server = await startMailServer({ login: true });
    const url = `smtp://me:secret@127.0.0.1:${server.port}`;
    const send = (env: Record<string, string>, ...words: string[]) =>
      runCommand(database, ['test-notification-channel', name, ...words], { env });
    try {
      const byFile = await send({ DEBUSINE_ADMIN_SMTP_URL_FILE: file(`${url}\n`, 0o600) });
      const byConfiguration = await send({}, '--config', file(`smtp_url: ${url}\n`, 0o600));
      const open = file(`smtp_url: ${url}\n`, 0o644);
      const readable = await send({}, '--config', open);
      const other = await runCommand(database, ['list-tokens', '--config', open]);
      const info = await runCommand(database, ['database', 'info', '--config', open, '--json']);

      expect([byFile.exitCode, byConfiguration.exitCode]).toEqual([0, 0]);
      expect(server.heard.filter((line) => line.startsWith('AUTH'))).toHaveLength(2);
      expect(readable).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: `error: the configuration file ${open} holds a password and others can read it; hint: chmod 600 ${open}\n`,
      });
      // Whoever sends no mail is not kept from working by how it would be sent.
      expect(other.exitCode).toBe(0);
      expect(info.stdout).not.toContain('secret');
      const shown = await runCommand(database, ['database', 'info', '--json'], {
        env: { DEBUSINE_ADMIN_SMTP_URL: url },
      });
      expect(shown.stdout).toContain(`smtp://me:***@127.0.0.1:${server.port}`);
      expect(shown.stdout).not.toContain('secret');
    } finally {
      await server.stop();
    }
  });

  test('refuses a channel that does not exist or cannot send, and a URL that is none', async ({
    database,
  }) => {
    const send = (name: string, env: Record<string, string> = {}) =>
      runCommand(database, ['test-notification-channel', name], { env });
    const silent = await aChannel(database, { to: ['ops@example.org'] });
    const lonely = await aChannel(database, { from: 'debusine@example.org' });
    const pigeon = await aChannel(database, {}, 'pigeon');
    const good = await aChannel(database);

    expect((await send('nobody')).exitCode).toBe(3);
    expect((await send(silent)).stderr).toBe(
      `error: notification channel "${silent}" has no sender ("from")\n`,
    );
    expect((await send(lonely)).stderr).toBe(
      `error: notification channel "${lonely}" has no recipient ("to")\n`,
    );
    expect((await send(pigeon)).stderr).toBe('error: the method "pigeon" is not implemented\n');
    expect(await send(good, { DEBUSINE_ADMIN_SMTP_URL: 'mail:secret@host' })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^error: the URL of the mail server is not an smtp or smtps URL; hint: /),
    });
  });
});
