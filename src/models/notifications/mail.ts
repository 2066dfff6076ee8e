/** Sending mail: by SMTP, or by the `sendmail` program of the machine. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseSmtpUrl, type SmtpServer } from '../../data/smtp-urls.ts';
import { AssertionError, StorageError } from '../../errors.ts';

/** One mail; addresses may have the form `Name <address>`. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  /** Body, plain text. */
  readonly text: string;
}

/** Sends mail; handed in by whoever can. */
export interface Mailer {
  /** @throws whatever went wrong; the caller decides what that means */
  send(mail: Mail): Promise<void>;
}

export type MailSettings =
  /** See `parseSmtpUrl` in data/smtp-urls.ts. */
  | { readonly smtpUrl: string }
  | { readonly smtp: SmtpServer }
  /** Path of a program that takes a mail on standard input, as `sendmail -i` does. */
  | { readonly sendmail: string }
  /** The mail transfer agent of the machine: its `sendmail`, or without one port 25. */
  | 'local';

export interface MailerOptions {
  /**
   * How long a mail server may be silent, and a program run, in milliseconds; default ten seconds: nobody waits
   * minutes for a command to end.
   */
  readonly patienceMs?: number | undefined;
}

/** Where mail transfer agents put the program that all of them have. */
const usualPrograms = ['/usr/sbin/sendmail', '/usr/lib/sendmail'];

/**
 * Something that sends mail as the settings say. It connects when there is a mail to send, and for that mail alone.
 * @param settings default: the mail transfer agent of the machine
 * @throws InvalidInputError for a URL that is none of a mail server
 */
export function openMailer(
  settings: MailSettings = 'local',
  { patienceMs = 10_000 }: MailerOptions = {},
): Mailer {
  if (settings === 'local') {
    const program = usualPrograms.find((path) => existsSync(path));
    return program === undefined ? bySmtp(localServer, patienceMs) : byProgram(program, patienceMs);
  }
  if ('sendmail' in settings) return byProgram(settings.sendmail, patienceMs);
  return bySmtp('smtp' in settings ? settings.smtp : parseSmtpUrl(settings.smtpUrl), patienceMs);
}

// Between processes of one machine; the certificate of a local agent is as a rule nobody's.
const localServer: SmtpServer = { host: 'localhost', port: 25, tls: 'none' };

function bySmtp({ host, port, tls, login }: SmtpServer, patience: number): Mailer {
  return {
    async send(mail) {
      // Loading it takes longer than most commands run.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        host,
        port,
        secure: tls === 'always',
        requireTLS: tls === 'required',
        ignoreTLS: tls === 'none',
        ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
        dnsTimeout: patience,
        connectionTimeout: patience,
        greetingTimeout: patience,
        socketTimeout: patience,
      });
      try {
        await transport.sendMail(message(mail));
      } finally {
        transport.close();
      }
    },
  };
}

function byProgram(program: string, patience: number): Mailer {
  return {
    async send(mail) {
      const { createTransport } = await import('nodemailer');
      // The library would start the program itself, but without a limit of time.
      const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
      const { envelope, message: bytes } = await transport.sendMail(message(mail));
      if (!Buffer.isBuffer(bytes)) throw new AssertionError('the mail was not put together in memory');
      // Nobody's address is an option, even if it begins like one.
      const recipients = ['--', ...envelope.to];
      await pipe(program, ['-i', ...(envelope.from === false ? [] : ['-f', envelope.from]), ...recipients], {
        input: bytes,
        patience,
      });
    },
  };
}

/** Runs a program with a text on its standard input. @throws StorageError unless it ends well and in time */
function pipe(
  program: string,
  words: readonly string[],
  { input, patience }: { readonly input: Buffer; readonly patience: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    child.once('error', (error) =>
      reject(new StorageError(`cannot run ${program}: ${error.message}`, { cause: error })),
    );
    child.once('exit', (status, signal) => {
      if (status === 0) resolve();
      else if (signal === 'SIGKILL')
        reject(new StorageError(`${program} took longer than ${patience / 1000} s`));
      else reject(new StorageError(`${program} ended with ${signal ?? `status ${status}`}`));
    });
    // A program that ends without reading is told of by its status.
    child.stdin.once('error', () => undefined);
    child.stdin.end(input);
  });
}

function message({ from, to, cc, subject, text }: Mail) {
  return {
    from,
    to: [...to],
    cc: [...cc],
    subject,
    text,
    // Everything that is sent was put together here; nothing is to be fetched by name.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
