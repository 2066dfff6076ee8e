import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { SendNotification } from '../../src/data/event-reactions.ts';
import type { JsonObject } from '../../src/data/json.ts';
import { parseSmtpUrl } from '../../src/data/smtp-urls.ts';
import type { Db } from '../../src/db/database.ts';
import { transaction } from '../../src/db/transaction.ts';
import { type Mail, notifyCompletion, openMailer, type Outlets } from '../../src/models/notifications.ts';
import { notificationChannels } from '../../src/schema/notification-channels.ts';
import { test } from '../support/database.ts';
import { at, aWorkRequest, unique } from '../support/factories.ts';
import { startMailServer } from '../support/mail-server.ts';
import { countStatements } from './sessions.ts';

const completed = {
  status: 'completed',
  result: 'failure',
  completedAt: at('2024-05-02 12:00:00.000001'),
} as const;

function recorder() {
  const mails: Mail[] = [];
  const log: string[] = [];
  const messages: unknown[] = [];
  const outlets: Outlets = {
    broadcast: (message) => void messages.push(message),
    mailer: { send: async (mail) => void mails.push(mail) },
    log: (severity, message) => log.push(`${severity}: ${message}`),
  };
  return { mails, log, messages, outlets };
}

async function aChannel(db: Db, data: JsonObject, method = 'email'): Promise<string> {
  const name = unique('c');
  await db.insert(notificationChannels).values({ name, method, data });
  return name;
}

const notify = (channel: string, data: Partial<NonNullable<SendNotification['data']>> | null = null) => ({
  action: 'send-notification' as const,
  channel,
  data: data === null ? null : { from: null, to: null, cc: [], subject: null, ...data },
});

const addresses = { from: 'from@example.org', to: ['to@example.org'], cc: ['cc@example.org'] };

describe('the completion notice', () => {
  test('is sent to everybody who listens, after the commit', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const { messages, outlets } = recorder();
    await transaction(database.db, async (tx) => {
      await notifyCompletion(tx, request, [], outlets);
      expect(messages).toEqual([]);
    });
    expect(messages).toEqual([
      {
        type: 'work_request_completed',
        work_request_id: request.id,
        workspace_id: request.workspaceId,
        completed_at: '2024-05-02T12:00:00.000001Z',
        result: 'failure',
      },
    ]);
  });

  test('does not leave when the transaction is rolled back', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    const { messages, mails, outlets } = recorder();
    await transaction(database.db, (tx) => notifyCompletion(tx, request, [notify(channel)], outlets), {
      dryRun: true,
    });
    expect([messages, mails]).toEqual([[], []]);
  });

  test('by mail has the addresses of the channel and a subject that tells number and result', async ({
    database,
  }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    const { mails, log, outlets } = recorder();
    await notifyCompletion(database.db, request, [notify(channel)], outlets);
    expect(mails).toEqual([
      { ...addresses, subject: `WorkRequest ${request.id} completed in failure`, text: 'Sent by debusine' },
    ]);
    expect(log).toEqual([]);
  });

  test('by mail lets the action override what it gives, an empty copy list aside', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, { ...addresses, subject: 'channel' });
    const { mails, outlets } = recorder();
    const actions = [
      notify(channel, {
        from: 'me@example.org',
        subject: '${work_request_id} $work_request_result $$ $other',
      }),
      notify(channel, { to: ['you@example.org'], cc: ['them@example.org'] }),
    ];
    await notifyCompletion(database.db, request, actions, outlets);
    expect(mails).toMatchObject([
      { ...addresses, from: 'me@example.org', subject: `${request.id} failure $ $other` },
      { from: addresses.from, to: ['you@example.org'], cc: ['them@example.org'], subject: 'channel' },
    ]);
  });

  test('passes over a channel that does not exist', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    const { mails, log, outlets } = recorder();
    await notifyCompletion(database.db, request, [notify('nobody'), notify(channel)], outlets);
    expect(mails).toHaveLength(1);
    expect(log).toEqual([`debug: work request ${request.id}: notification channel "nobody" does not exist`]);
  });

  test('warns of a channel that cannot send: no sender, no recipient, data of another shape', async ({
    database,
  }) => {
    const request = await aWorkRequest(database.db, completed);
    const channels = [
      await aChannel(database.db, { to: ['to@example.org'] }),
      await aChannel(database.db, { from: 'from@example.org' }),
      await aChannel(database.db, { from: 'from@example.org', to: [] }),
      await aChannel(database.db, { ...addresses, nope: 1 }),
    ];
    const { mails, log, outlets } = recorder();
    const actions = channels.map((channel) => notify(channel));
    await notifyCompletion(database.db, request, actions, outlets);
    expect(mails).toEqual([]);
    expect(log).toEqual([
      `warning: notification channel "${channels[0]}": no sender, nothing is sent`,
      `warning: notification channel "${channels[1]}": no recipient, nothing is sent`,
      `warning: notification channel "${channels[2]}": no recipient, nothing is sent`,
      `warning: notification channel "${channels[3]}": nope: unknown key`,
    ]);
  });

  test('reports a method that is not implemented', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, {}, 'pigeon');
    const { log, outlets } = recorder();
    await notifyCompletion(database.db, request, [notify(channel)], outlets);
    expect(log).toEqual([`error: notification channel "${channel}": the method "pigeon" is not implemented`]);
  });

  test('warns of what cannot be delivered, and goes on', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    const { log, outlets } = recorder();
    const failing: Outlets = {
      ...outlets,
      broadcast: () => {
        throw new Error('no bus');
      },
      mailer: { send: () => Promise.reject(new Error('no server')) },
    };
    await notifyCompletion(database.db, request, [notify(channel), notify(channel)], failing);
    const notSent = `warning: notification channel "${channel}": sending mail failed: no server`;
    expect(log).toEqual([
      `warning: work request ${request.id}: telling that it is completed failed: no bus`,
      notSent,
      notSent,
    ]);
  });

  test('works without anybody who listens, and warns that mail is not set up', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    await notifyCompletion(database.db, request, [notify(channel)], {});
    const { log, outlets } = recorder();
    await notifyCompletion(database.db, request, [notify(channel)], { log: outlets.log ?? (() => {}) });
    expect(log).toEqual([`warning: notification channel "${channel}": sending mail is not set up`]);
  });

  test('takes one statement for 20 actions as for 1', async ({ database }) => {
    const request = await aWorkRequest(database.db, completed);
    const channel = await aChannel(database.db, addresses);
    const count = (actions: number) =>
      countStatements(database, (db) =>
        notifyCompletion(db, request, Array<SendNotification>(actions).fill(notify(channel)), {}),
      );
    expect([await count(1), await count(20)]).toEqual([1, 1]);
  });
});

const mail: Mail = {
  from: 'Debusine <from@example.org>',
  to: ['one@example.org', 'Two <two@example.org>'],
  cc: ['three@example.org'],
  subject: 'WorkRequest 1 completed in süccess',
  text: 'Sent by debusine',
};

describe('sending mail', () => {
  test('by SMTP delivers to everybody and greets politely', async () => {
    const { url, heard, stop } = await startMailServer();
    try {
      await openMailer({ smtpUrl: url }).send(mail);
    } finally {
      await stop();
    }
    expect(heard).toContain('MAIL FROM:<from@example.org>');
    const recipients = heard.filter((line) => line.startsWith('RCPT TO:'));
    expect(recipients).toEqual(['one', 'two', 'three'].map((name) => `RCPT TO:<${name}@example.org>`));
    expect(heard).toContain('Cc: three@example.org');
    expect(heard).toContain('Sent by debusine');
    expect(heard.find((line) => line.startsWith('Subject: '))).toContain('UTF-8');
  });

  test('by SMTP fails when nobody answers there', async () => {
    const { url, stop } = await startMailServer();
    await stop();
    await expect(openMailer({ smtpUrl: url }).send(mail)).rejects.toThrow('ECONNREFUSED');
  });

  test('by sendmail gives the program the mail and the recipients', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'debusine-mail-'));
    try {
      const program = join(directory, 'sendmail');
      writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.arguments"\ncat > "$0.mail"\n');
      chmodSync(program, 0o755);
      await openMailer({ sendmail: program }).send(mail);
      const given = readFileSync(`${program}.arguments`, 'utf8').trim().split('\n');
      expect(given.slice(-3)).toEqual(['one@example.org', 'two@example.org', 'three@example.org']);
      const text = readFileSync(`${program}.mail`, 'utf8');
      expect(text).toMatch(/^From: Debusine <from@example\.org>$/m);
      expect(text).toMatch(/\n\nSent by debusine\n?$/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('by sendmail fails when the program does', async () => {
    await expect(openMailer({ sendmail: '/bin/false' }).send(mail)).rejects.toThrow();
  });

  test('keeps a subject on one line, whatever is in it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'debusine-mail-'));
    try {
      const program = join(directory, 'sendmail');
      writeFileSync(program, '#!/bin/sh\ncat > "$0.mail"\n');
      chmodSync(program, 0o755);
      await openMailer({ sendmail: program }).send({ ...mail, subject: 'a\r\nBcc: victim@example.org' });
      expect(readFileSync(`${program}.mail`, 'utf8')).not.toMatch(/^Bcc:/m);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('by SMTP makes no header out of hostile text, and sends to nobody it names', async () => {
    const { url, heard, stop } = await startMailServer();
    const line = 'x\r\nBcc: victim@example.org\r\n\r\nbody\r\n.\r\nMAIL FROM:<evil@example.org>';
    try {
      await openMailer({ smtpUrl: url }).send({ ...mail, subject: line, text: `.\r\n${line}` });
    } finally {
      await stop();
    }
    const [start, end] = [heard.indexOf('DATA'), heard.indexOf('.')];
    const commands = [...heard.slice(0, start), ...heard.slice(end + 1)];
    expect(commands.filter((said) => /^(?:MAIL|RCPT)/.test(said))).toEqual([
      'MAIL FROM:<from@example.org>',
      ...['one', 'two', 'three'].map((name) => `RCPT TO:<${name}@example.org>`),
    ]);
    const headers = heard.slice(heard.indexOf('DATA') + 1, heard.indexOf('', heard.indexOf('DATA')));
    expect(headers.filter((header) => /^Bcc:|victim/i.test(header) && !/^Subject:|^ /.test(header))).toEqual(
      [],
    );
    // A line that is only a dot would end the mail; it is sent as two.
    expect(heard).toContain('..');
  });

  test('by SMTP logs in, and does not do so in the clear on the way to another machine', async () => {
    const { port, heard, stop } = await startMailServer({ login: true, answers: { STARTTLS: '502 no' } });
    try {
      await openMailer({ smtpUrl: `smtp://me:s%40cret@127.0.0.1:${port}` }).send(mail);
      expect(heard).toContain(`AUTH PLAIN ${Buffer.from('\0me\0s@cret').toString('base64')}`);
      heard.length = 0;
      const smtp = { ...parseSmtpUrl('smtp://me:s%40cret@mail.example.org'), host: '127.0.0.1', port };
      await expect(openMailer({ smtp }).send(mail)).rejects.toThrow('STARTTLS');
      expect(heard.filter((line) => line.startsWith('AUTH'))).toEqual([]);
    } finally {
      await stop();
    }
  });

  test('by SMTP tells what the server has against the mail', async () => {
    const { url, stop } = await startMailServer({ answers: { DATA: '554 5.7.1 no \u001b[31mspam' } });
    try {
      await expect(openMailer({ smtpUrl: url }).send(mail)).rejects.toThrow('no');
    } finally {
      await stop();
    }
  });

  test('gives up on a server that says nothing, and on a program that does not end', async () => {
    const { port, stop } = await startMailServer({ silent: true });
    const directory = mkdtempSync(join(tmpdir(), 'debusine-mail-'));
    try {
      const program = join(directory, 'sendmail');
      writeFileSync(program, '#!/bin/sh\nexec sleep 600\n');
      chmodSync(program, 0o755);
      const quick = { patienceMs: 200 };
      await expect(openMailer({ smtpUrl: `smtp://127.0.0.1:${port}` }, quick).send(mail)).rejects.toThrow();
      await expect(openMailer({ sendmail: program }, quick).send(mail)).rejects.toThrow(
        `${program} took longer than 0.2 s`,
      );
    } finally {
      await stop();
      rmSync(directory, { recursive: true });
    }
  });

  test('to the machine itself goes to its program, or to port 25', () => {
    expect(typeof openMailer().send).toBe('function');
  });

  test('by sendmail takes an address that begins with a hyphen for an address', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'debusine-mail-'));
    try {
      const program = join(directory, 'sendmail');
      writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.arguments"\ncat > /dev/null\n');
      chmodSync(program, 0o755);
      await openMailer({ sendmail: program }).send({ ...mail, to: ['a-oQ@example.org'], cc: [] });
      const given = readFileSync(`${program}.arguments`, 'utf8').trim().split('\n');
      expect(given).toEqual(['-i', '-f', 'from@example.org', '--', 'a-oQ@example.org']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

test('what goes wrong with a mail is told on one line, without what could drive a terminal', async ({
  database,
}) => {
  const request = await aWorkRequest(database.db, completed);
  const channel = await aChannel(database.db, addresses);
  const { log, outlets } = recorder();
  const mailer = { send: () => Promise.reject(new Error('554 \u001b[31mno\nreally')) };
  await notifyCompletion(database.db, request, [notify(channel)], { ...outlets, mailer });
  expect(log).toEqual([`warning: notification channel "${channel}": sending mail failed: 554 \\x1b[31mno`]);
});
