/** Who is told that a work request is completed. Source: models.md 3.17.5; data-schemas.md 4.3. */
import { sql } from 'drizzle-orm';
import type { SendNotification } from '../data/event-reactions.ts';
import { emailData, expandSubject, overrideEmailData } from '../data/notification-data.ts';
import { parse } from '../data/problems.ts';
import { quote } from '../data/quote.ts';
import type { Db } from '../db/database.ts';
import { afterCommit } from '../db/transaction.ts';
import { ValidationError } from '../errors.ts';
import { type NotificationChannel, notificationChannels } from '../schema/notification-channels.ts';
import type { Result, WorkRequest } from '../schema/work-requests.ts';
import type { Timestamp } from '../timestamp.ts';
import { textList } from './lists.ts';
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
    const data = overrideEmailData(parse(emailData(), channel.data, 'data'), action.data);
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

/** Delivery happens after the commit: its failure can undo nothing any more, so that it is only told. */
async function delivered(
  send: () => Promise<void> | void,
  what: string,
  log: (severity: Severity, message: string) => void,
): Promise<void> {
  try {
    await send();
  } catch (error) {
    log('warning', `${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
