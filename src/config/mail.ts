/** How mail is sent: a mail server, or the mail transfer agent of the machine. Source: issue 3, as cli.md 5.6 for secrets. */
import { describeSmtpServer, parseSmtpUrl, type SmtpServer } from '../data/smtp-urls.ts';
import { InvalidInputError } from '../errors.ts';
import { type ConfigurationFile, readTextFile, refuseReadable } from './configuration-file.ts';

/** Where mail goes. */
export interface FoundMail {
  /** `local`: nothing is configured. */
  readonly mail: { readonly smtp: SmtpServer } | 'local';
  /** As `database info` shows it, without a password; null for the local one. */
  readonly shown: string | null;
  readonly origin: string;
}

/**
 * The first that applies: `DEBUSINE_ADMIN_SMTP_URL`, `DEBUSINE_ADMIN_SMTP_URL_FILE`, `smtp_url` and `smtp_url_file` of
 * the configuration file, the local one.
 * @throws InvalidInputError for a URL that is none of a mail server
 * @throws StorageError for a file that cannot be read, and for a configuration file with a password that others can read
 */
export function findMail(
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigurationFile | undefined,
): FoundMail {
  const at = (url: string, origin: string): FoundMail => {
    const smtp = parseSmtpUrl(url);
    return { mail: { smtp }, shown: describeSmtpServer(smtp), origin };
  };
  const url = env['DEBUSINE_ADMIN_SMTP_URL'] ?? '';
  if (url !== '') return at(url, 'environment DEBUSINE_ADMIN_SMTP_URL');
  const urlFile = env['DEBUSINE_ADMIN_SMTP_URL_FILE'] ?? '';
  if (urlFile !== '') return at(urlIn(urlFile), `file ${urlFile}`);
  const configured = file?.values['smtp_url'];
  if (file !== undefined && configured !== undefined) {
    const found = at(configured, `configuration ${file.path}`);
    refuseReadable(file.path, typeof found.mail === 'object' && found.mail.smtp.login !== undefined);
    return found;
  }
  const configuredFile = file?.values['smtp_url_file'];
  if (configuredFile !== undefined) return at(urlIn(configuredFile), `file ${configuredFile}`);
  return { mail: 'local', shown: null, origin: 'default' };
}

function urlIn(name: string): string {
  const text = readTextFile(name).trim();
  if (text !== '') return text;
  throw new InvalidInputError(`the file ${name} is empty, it should hold the URL of the mail server`);
}
