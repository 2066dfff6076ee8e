/** Data of notification channels of the method `email`. Source: data-schemas.md 4.3, models.md 3.17.5 and 3.21. */
import * as v from 'valibot';
import { isNotificationAddress, isOfSpecialUse } from './email-addresses.ts';
import { lazily, list, object, optional, orNull, type Schema, text } from './fields.ts';
import { describe } from './quote.ts';

function address(): Schema<string> {
  return v.pipe(
    v.string(({ input }) => `${describe(input)} is not an e-mail address`),
    v.check(
      isNotificationAddress,
      ({ input }) =>
        `${describe(input)} is not an e-mail address${isOfSpecialUse(input) ? ' of a public domain' : ''}`,
    ),
  );
}

/** Data of a channel; an action that sends a notification may override it with data of the same form. */
export const emailData = lazily(() =>
  object({
    from: orNull(address()),
    to: orNull(list(address())),
    cc: optional(list(address()), []),
    subject: orNull(text()),
  }),
);
export type EmailData = v.InferOutput<ReturnType<typeof emailData>>;

/** Methods of notification and the schemas of their data. */
export const channelSchemas: ReadonlyMap<string, () => Schema> = new Map<string, () => Schema>([
  ['email', emailData],
]);

/**
 * Channel data overridden by an action. What the action gives wins; what it leaves out, as null, or as an empty
 * `cc`, is that of the channel. Source: models.md 3.17.5, decision D10.
 */
export function overrideEmailData(channel: EmailData, action: EmailData | null): EmailData {
  if (action === null) return channel;
  return {
    from: action.from ?? channel.from,
    to: action.to ?? channel.to,
    cc: action.cc.length > 0 ? action.cc : channel.cc,
    subject: action.subject ?? channel.subject,
  };
}

const defaultSubject = 'WorkRequest $work_request_id completed in $work_request_result';

/**
 * The subject line. `$work_request_id` and `$work_request_result`, with or without braces, are replaced, `$$`
 * means `$`, and unknown names stay as they are.
 * @param subject null for the default
 */
export function expandSubject(
  subject: string | null,
  workRequest: { readonly id: number; readonly result: string },
): string {
  const values: ReadonlyMap<string, string> = new Map([
    ['work_request_id', String(workRequest.id)],
    ['work_request_result', workRequest.result],
  ]);
  return (subject ?? defaultSubject).replace(
    /\$(?:(\$)|([a-z_][a-z0-9_]*)|\{([a-z_][a-z0-9_]*)\})/gi,
    (whole: string, dollar: string | undefined, plain: string | undefined, braced: string | undefined) =>
      dollar ?? values.get(plain ?? braced ?? '') ?? whole,
  );
}
