import { z } from 'zod';
import type { Notification, NotificationKind } from '../../../workflows/domain/notification.ts';

/*
 * What the targets file may say. Unknown keys are refused: a filter that is misspelt would silently tell nobody, or
 * everybody. No message repeats a value, because it may be a secret.
 */

const targetsMax = 20;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/;
// Fewer characters of a shared secret can be guessed off line from one signed message.
const secretCharsMin = 16;
const urlCharsMax = 2_000;
const headerCharsMax = 4_000;

const kinds = [
  'proposal-waits',
  'proposal-reminder',
  'proposal-escalation',
  'human-action-waits',
  'human-action-reminder',
  'settled',
] as const satisfies readonly NotificationKind[];

const url = z
  .string('expected a URL')
  .max(urlCharsMax, `expected at most ${urlCharsMax} characters`)
  .refine((text) => parsedUrl(text) !== null, 'expected an http or https URL')
  .refine((text) => !/^https?:\/\/[^/?#]*@/i.test(text), 'expected no user name or password in the URL');
const secretUrl = url.refine(isSafeForSecrets, 'expected an https URL: this request carries a secret');

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'expected the name of an HTTP header')
  .refine((name) => !ownHeaders.test(name), 'this header is set by the product');
const ownHeaders = /^(content-.*|host|connection|transfer-encoding|user-agent|idempotency-key|webhook-.*)$/i;

const everyKind = {
  name: z.string().regex(namePattern, 'expected 1 to 63 letters, digits, blanks, dots, dashes or underscores'),
  kinds: z.array(z.enum(kinds)).min(1, 'nobody would be told; leave "kinds" out to be told everything').optional(),
  minUrgency: z.enum(['normal', 'high']).optional(),
  escalationOnly: z.boolean().optional(),
};

const targetSchema = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        ...everyKind,
        kind: z.literal('webhook'),
        url,
        /** Signs the body; `whsec_` and base64 as in Standard Webhooks, or any text. */
        secret: z.string().min(secretCharsMin, `expected at least ${secretCharsMin} characters`).optional(),
        header: z
          .strictObject({
            name: headerName,
            value: z
              .string()
              .max(headerCharsMax)
              .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'expected printable ASCII'),
          })
          .optional(),
      }),
      z.strictObject({ ...everyKind, kind: z.literal('slack'), url: secretUrl }),
      z.strictObject({
        ...everyKind,
        kind: z.literal('pagerduty'),
        url: secretUrl.default('https://events.pagerduty.com/v2/enqueue'),
        routingKey: z.string().regex(/^[A-Za-z0-9]{32}$/, 'expected the 32 characters of an integration key'),
      }),
    ],
    'expected "webhook", "slack" or "pagerduty"',
  )
  .superRefine((target, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (target.kinds !== undefined && target.escalationOnly === true)
      problem('escalationOnly', 'says which kinds are sent, and so does "kinds": give one of them');
    if (target.kind !== 'webhook') return;
    if (target.secret === undefined && target.header === undefined)
      problem('secret', 'a webhook needs "secret" or "header", else its receiver can not tell who writes');
    if (target.header !== undefined && !isSafeForSecrets(target.url))
      problem('url', 'expected an https URL: "header" would be readable on the way');
  });

/** The whole file: a list. */
export const targetsSchema = z
  .array(targetSchema, 'expected a list of targets')
  .max(targetsMax, `expected at most ${targetsMax} targets`)
  .superRefine((targets, context) => {
    for (const [at, { name }] of targets.entries())
      if (targets.findIndex((other) => other.name === name) < at)
        context.addIssue({ code: 'custom', path: [at, 'name'], message: 'another target has this name' });
  });

export type NotifyTarget = z.infer<typeof targetSchema>;
export type TargetOf<K extends NotifyTarget['kind']> = Extract<NotifyTarget, { kind: K }>;

/** `settled` takes back what is open at PagerDuty whatever was filtered; where nothing is open, PagerDuty drops it. */
export function wants(target: NotifyTarget, { kind, urgency }: Pick<Notification, 'kind' | 'urgency'>): boolean {
  if (kind === 'settled' && target.kind === 'pagerduty') return true;
  if (target.minUrgency === 'high' && urgency !== 'high') return false;
  if (target.escalationOnly === true) return kind === 'proposal-escalation';
  return target.kinds === undefined || target.kinds.includes(kind);
}

/** The only part of an address that may be shown. */
export function hostOf(target: Pick<NotifyTarget, 'url'>): string {
  return new URL(target.url).host;
}

function parsedUrl(text: string): URL | null {
  const parsed = URL.parse(text);
  return parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed : null;
}

/** Encrypted, or never on a network. */
function isSafeForSecrets(text: string): boolean {
  const parsed = parsedUrl(text);
  // An URL that is none has been refused already.
  return parsed === null || parsed.protocol === 'https:' || /^(localhost|127\.[\d.]+|\[::1\])$/.test(parsed.hostname);
}
