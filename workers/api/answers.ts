import type { BearerVerdict } from './bearer.ts';
import { bodyBytesMax, retryAfterSeconds } from './limits.ts';
import { problemResponse } from './problem.ts';
import { routes } from './routes.ts';

/** Answers to requests that get no further, one for each reason. */
export function unauthorised(verdict: Exclude<BearerVerdict, { kind: 'accepted' }>): Response {
  if (verdict.kind === 'expired') return expired(verdict.source, new Date(verdict.expiredAtMs).toISOString());
  return problemResponse({
    kind: 'unauthorised',
    detail:
      verdict.kind === 'missing'
        ? 'Send the token as "Authorization: Bearer TOKEN".'
        : 'The header "Authorization" does not carry a token of this server.',
    headers: { 'www-authenticate': challenge(verdict.kind === 'missing' ? {} : { error: 'invalid_token' }) },
  });
}

function expired(source: string, expiredAt: string): Response {
  const description = `the token of ${source} expired at ${expiredAt}`;
  return problemResponse({
    kind: 'token-expired',
    detail: `The token of ${source} expired at ${expiredAt}. Make another one with "wardround api token create" and give it to the sender.`,
    headers: { 'www-authenticate': challenge({ error: 'invalid_token', error_description: description }) },
    members: { expiredAt },
  });
}

/** RFC 6750, section 3. Values hold no quotes and no backslashes: names of sources can not, and the rest is ours. */
function challenge(parameters: Readonly<Record<string, string>>): string {
  const all = Object.entries({ realm: 'wardround', ...parameters });
  return `Bearer ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

export function unsupportedMediaType(type: string | undefined): Response {
  return problemResponse({
    kind: 'unsupported-media-type',
    detail: type === undefined ? 'The header "Content-Type" is missing.' : 'The body has to be application/json.',
    headers: { accept: 'application/json' },
  });
}

export function bodyTooLarge(): Response {
  return problemResponse({
    kind: 'body-too-large',
    detail: `A body may have ${bodyBytesMax} bytes; set "max_alerts" of the sender's receiver.`,
    headers: { connection: 'close' },
  });
}

export function methodNotAllowed(allow: string): Response {
  return problemResponse({
    kind: 'method-not-allowed',
    detail: `This address takes ${allow}.`,
    headers: { allow },
  });
}

export function notFound(): Response {
  const known = routes.map(({ method, path }) => `${method} ${path}`);
  return problemResponse({ kind: 'not-found', detail: `There are ${known.join(', ')}.` });
}

export function unavailable(kind: 'busy' | 'temporal-unavailable', detail: string): Response {
  return problemResponse({
    kind,
    detail: `${detail} Send it again.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

export function unexpected(): Response {
  return problemResponse({
    kind: 'unexpected',
    detail: 'Something went wrong here; the server log says what.',
  });
}
