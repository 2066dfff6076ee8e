/** Sending mail: by SMTP, or by the `sendmail` program of the machine. */

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
  /** `smtp://` or `smtps://`, with user and password if the server asks for them. */
  | { readonly smtpUrl: string }
  /** Path of a program that takes a mail on standard input, as `sendmail -i` does. */
  | { readonly sendmail: string };

/** How long a mail server may keep us waiting, in milliseconds: nobody waits minutes for a command to end. */
const patience = 10_000;

/** Something that sends mail as the settings say. It connects when there is a mail to send, and for that mail alone. */
export function openMailer(settings: MailSettings): Mailer {
  return {
    async send({ from, to, cc, subject, text }) {
      // Loading it takes longer than most commands run.
      const { createTransport } = await import('nodemailer');
      const transport =
        'smtpUrl' in settings
          ? createTransport({
              url: settings.smtpUrl,
              connectionTimeout: patience,
              greetingTimeout: patience,
              socketTimeout: patience,
            })
          : createTransport({ sendmail: true, newline: 'unix', path: settings.sendmail });
      try {
        await transport.sendMail({
          from,
          to: [...to],
          cc: [...cc],
          subject,
          text,
          // Everything that is sent was put together here; nothing is to be fetched by name.
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } finally {
        transport.close();
      }
    },
  };
}
