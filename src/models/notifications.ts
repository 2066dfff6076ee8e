/** Who is told that a work request is completed. Source: models.md 3.17.5; data-schemas.md 4.3. */
import { sql } from 'drizzle-orm';
import type { SendNotification } from '../data/event-reactions.ts';
import { emailData, expandSubject, overrideEmailData } from '../data/notification-data.ts';
import { parse } from '../data/problems.ts';
import { escaped, quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { afterCommit } from '../db/transaction.ts';
import { DebusineError, NotSupportedError, ValidationError } from '../errors.ts';
import { type NotificationChannel, notificationChannels } from '../schema/notification-channels.ts';
import type { Result, WorkRequest } from '../schema/work-requests.ts';
import type { Timestamp } from '../timestamp.ts';
import { textList } from './lists.ts';
import { getByName } from './notification-channels/find.ts';
import type { Mail, Mailer } from './notifications/mail.ts';

export { type Mail, type Mailer, type MailSettings, openMailer } from './notifications/mail.ts';

/** What everybody who listens to `work_request_completed` is told. */
export interface CompletionMessage {
  readonly type: 'work_request_completed';
  readonly work_request_id: number;
  readonly workspace_id: number;
  readonly completed_at: Timestamp | null;
  readonly result: Result;
}

export type Severity = 'debug' | 'warning' | 'error';

/** Where notices go. Each may be absent: the layer works without anybody who listens. */
export interface Outlets {
  /** Sends to the group `work_request_completed`. */
  readonly broadcast?: (message: CompletionMessage) => Promise<void> | void;
  readonly mailer?: Mailer;
  /** What goes wrong in a reaction stops nothing; it is only told here. */
  readonly log?: (severity: Severity, message: string) => void;
}

/** Which of these names are those of channels. */
export async function existingChannelNames(db: Db, names: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await channelsNamed(db, names)).keys());
}

async function channelsNamed(
  db: Db,
  names: readonly string[],
): Promise<ReadonlyMap<string, NotificationChannel>> {
  if (names.length === 0) return new Map();
  const rows = await db
    .select()
    .from(notificationChannels)
    .where(sql`${notificationChannels.name} in ${textList(names)}`);
  return new Map(rows.map((channel) => [channel.name, channel]));
}

/**
 * Tells that the request is completed: everybody who listens, and by mail whom the actions name. It all leaves after
 * the commit. Nothing that goes wrong with it is thrown.
 *
 * Source: the completion notice of models.md 3.17.5, decision D10. A method that is not implemented made the original
 * fail in the middle of completing the request; here it is reported like every other failure.
 */
export async function notifyCompletion(
  db: Db,
  request: WorkRequest,
  actions: readonly SendNotification[],
  { broadcast, mailer, log = () => {} }: Outlets,
): Promise<void> {
  if (broadcast !== undefined) {
    const message = {
      type: 'work_request_completed',
      work_request_id: request.id,
      workspace_id: request.workspaceId,
      completed_at: request.completedAt,
      result: request.result,
    } as const;
    await afterCommit(db, () =>
      delivered(() => broadcast(message), `work request ${request.id}: telling that it is completed`, log),
    );
  }
  const channels = await channelsNamed(
    db,
    actions.map(({ channel }) => channel),
  );
  for (const action of actions) {
    const channel = channels.get(action.channel);
    if (channel === undefined) {
      log(
        'debug',
        `work request ${request.id}: notification channel ${quote(action.channel)} does not exist`,
      );
      continue;
    }
    const mail = completionMail(request, channel, action, log);
    if (mail === undefined) continue;
    await afterCommit(db, () => deliver(mail, channel, mailer, log));
  }
}

function completionMail(
  request: WorkRequest,
  channel: NotificationChannel,
  action: SendNotification,
  log: (severity: Severity, message: string) => void,
): Mail | undefined {
  const named = `notification channel ${quote(channel.name)}`;
  if (channel.method !== 'email') {
    log('error', `${named}: the method ${quote(channel.method)} is not implemented`);
    return undefined;
  }
  try {
    const data = overrideEmailData(parseEmailData(channel.data), action.data);
    const { from, to, cc, subject } = data;
    if (from === null || to === null || to.length === 0) {
      log('warning', `${named}: no ${from === null ? 'sender' : 'recipient'}, nothing is sent`);
      return undefined;
    }
    return { from, to, cc, subject: expandSubject(subject, request), text: 'Sent by debusine' };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    log('warning', `${named}: ${error.message}`);
    return undefined;
  }
}

async function deliver(
  mail: Mail,
  channel: NotificationChannel,
  mailer: Mailer | undefined,
  log: (severity: Severity, message: string) => void,
): Promise<void> {
  const what = `notification channel ${quote(channel.name)}: sending mail`;
  if (mailer === undefined) log('warning', `${what} is not set up`);
  else await delivered(() => mailer.send(mail), what, log);
}

/** Why something was not delivered, on one line: a mail server's answer is somebody else's text. */
export function wordsOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return escaped(line);
}

/** Delivery happens after the commit: its failure can undo nothing any more, so that it is only told. */
async function delivered(
  send: () => Promise<void> | void,
  what: string,
  log: (severity: Severity, message: string) => void,
): Promise<void> {
  try {
    await send();
  } catch (error) {
    log('warning', `${what} failed: ${wordsOf(error)}`);
  }
}

/** What a test of a channel sends. */
export interface ChannelTest {
  readonly channel: NotificationChannel;
  readonly mail: Mail;
}

/**
 * The mail that tries a channel out: its sender, its recipients, its copies.
 * @throws NotFoundError when there is no such channel
 * @throws NotSupportedError for a method that is not implemented
 * @throws ValidationError when its data cannot be used, or it has no sender or no recipient
 */
export async function channelTest(db: Db, name: string): Promise<ChannelTest> {
  const channel = await getByName(db, name);
  if (channel.method !== 'email') {
    throw new NotSupportedError(`the method ${quote(channel.method)} is not implemented`);
  }
  const { from, to, cc } = emailDataOf(channel);
  if (from === null || to === null || to.length === 0) {
    const missing = from === null ? 'sender ("from")' : 'recipient ("to")';
    throw new ValidationError({ data: [`notification channel ${quote(name)} has no ${missing}`] });
  }
  const subject = `Test of notification channel ${name}`;
  return { channel, mail: { from, to, cc, subject, text: 'Sent by debusine-admin to try the channel out' } };
}

/** @throws ValidationError that names the channel */
function emailDataOf({ name, data }: NotificationChannel): ReturnType<typeof parseEmailData> {
  try {
    return parseEmailData(data);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const { hint } = error;
    throw new ValidationError(
      { data: error.lines.map((line) => `notification channel ${quote(name)}: ${line}`) },
      { hint },
    );
  }
}

const parseEmailData = (data: unknown) => parse(emailData(), data, 'data');

/** Sends the mail of a test. @throws DebusineError `check_failed` with the reason when it is not taken */
export async function sendTest({ channel, mail }: ChannelTest, mailer: Mailer): Promise<void> {
  try {
    await mailer.send(mail);
  } catch (error) {
    throw new DebusineError(
      'check_failed',
      `notification channel ${quote(channel.name)} cannot send: ${wordsOf(error)}`,
      { hint: 'see the setting smtp_url in debusine-admin database info', cause: error },
    );
  }
}
