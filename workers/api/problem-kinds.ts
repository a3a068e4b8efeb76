import { z } from 'zod';
import type { HeaderName } from './headers.ts';
import { placeSchema, placesMax, receiptSchema } from './schemas.ts';

export interface KindOfProblem {
  readonly status: number;
  readonly title: string;
  /** When it is answered and what the sender can do, for the API's description. */
  readonly when: string;
  readonly headers: readonly HeaderName[];
  /** Extension members (RFC 9457, section 3.2). */
  readonly members: z.ZodRawShape;
}

const places = { errors: z.array(placeSchema).max(placesMax), errorsTotal: z.int().min(1) };

/** Every problem that the API answers with, by the last part of its type's URI. */
export const problemKinds = {
  'malformed-json': {
    status: 400,
    title: 'Malformed JSON',
    when: 'The body is not JSON, or not UTF-8 text. Sending it again does not help.',
    headers: [],
    members: { line: z.int().min(1).optional(), column: z.int().min(1).optional() },
  },
  unauthorised: {
    status: 401,
    title: 'Unauthorised',
    when: 'There is no bearer token, or one that this server does not know.',
    headers: ['www-authenticate'],
    members: {},
  },
  'token-expired': {
    status: 401,
    title: 'Token expired',
    when: 'The bearer token was valid once; `WWW-Authenticate` says whose it is and when it expired.',
    headers: ['www-authenticate'],
    members: { expiredAt: z.iso.datetime() },
  },
  'not-found': { status: 404, title: 'Not found', when: 'Nothing is at this address.', headers: [], members: {} },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    when: 'The address takes other methods; `Allow` names them.',
    headers: ['allow'],
    members: {},
  },
  'body-too-large': {
    status: 413,
    title: 'Body too large',
    when: "The body is larger than the limit. Lower `max_alerts` of the sender's receiver.",
    headers: ['connection'],
    members: {},
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    when: '`Content-Type` is not application/json.',
    headers: ['accept'],
    members: {},
  },
  'invalid-alerts': {
    status: 422,
    title: 'Not an Alertmanager webhook body',
    when: 'The body is JSON, but not version 4 of the Alertmanager webhook. Nothing was taken.',
    headers: [],
    members: places,
  },
  'unknown-cluster': {
    status: 422,
    title: 'Alerts of no known cluster',
    when: 'There is no inventory of the cluster of some alerts. The others were taken: see `incidents`.',
    headers: [],
    members: { ...places, incidents: z.array(receiptSchema) },
  },
  unexpected: {
    status: 500,
    title: 'Unexpected error',
    when: 'A fault of this server; its log says which. Sending it again may help.',
    headers: [],
    members: {},
  },
  'temporal-unavailable': {
    status: 503,
    title: 'Not now',
    when: 'Temporal does not answer in time. Send it again after `Retry-After`: what was taken is not taken twice.',
    headers: ['retry-after'],
    members: {},
  },
  busy: {
    status: 503,
    title: 'Not now',
    when: 'Too many deliveries are being taken already. Send it again after `Retry-After`.',
    headers: ['retry-after'],
    members: {},
  },
} as const satisfies Readonly<Record<string, KindOfProblem>>;

export type ProblemKind = keyof typeof problemKinds;

export function problemType(kind: ProblemKind): string {
  return `urn:wardround:problem:${kind}`;
}

/** The whole body of a problem of this kind. */
export function problemSchema(kind: ProblemKind): z.ZodObject {
  const { status, title, members } = problemKinds[kind];
  return z.object({
    type: z.literal(problemType(kind)),
    title: z.literal(title),
    status: z.literal(status),
    detail: z.string().min(1).describe('what went wrong and what to do, for people'),
    ...members,
  });
}
