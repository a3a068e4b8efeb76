import type { z } from 'zod';
import { alertGroupSchema } from '../../kb/schemas/alert-group.ts';
import type { HeaderName } from './headers.ts';
import type { ProblemKind } from './problem-kinds.ts';
import { acceptedSchema, healthSchema, readinessSchema } from './schemas.ts';

/** One address of the API. What it asks for and answers is said here; app.ts registers it, openapi.ts describes it. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Asks for a bearer token. */
  readonly token: boolean;
  /** Takes a JSON body, within the limits of size and number. */
  readonly body: NamedSchema | null;
  readonly answers: readonly Answer[];
  /** Beside those that follow from `token` and `body`. */
  readonly problems: readonly ProblemKind[];
}

export interface NamedSchema {
  readonly name: string;
  readonly schema: z.ZodType;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** `any`: a JSON object that has its own standard; `null`: no body. */
  readonly body: NamedSchema | 'any' | null;
  readonly headers: readonly HeaderName[];
}

export const routes = [
  {
    operation: 'observeAlerts',
    method: 'POST',
    path: '/v1/alerts',
    summary: 'Take one alert group',
    description:
      'An Alertmanager webhook of version 4. One incident for each cluster and group: it is started, told of a change, ' +
      'or left alone. Answered only after Temporal has accepted it; the same delivery may come any number of times.',
    token: true,
    body: { name: 'AlertGroup', schema: alertGroupSchema },
    answers: [
      {
        status: 202,
        description: 'Temporal has it. One receipt for each cluster of the group.',
        body: { name: 'Accepted', schema: acceptedSchema },
        headers: [],
      },
    ],
    problems: ['unknown-cluster', 'temporal-unavailable'],
  },
  {
    operation: 'getHealth',
    method: 'GET',
    path: '/healthz',
    summary: 'Does this process answer?',
    description: 'Says nothing about Temporal.',
    token: false,
    body: null,
    answers: [{ status: 200, description: 'It does.', body: { name: 'Health', schema: healthSchema }, headers: [] }],
    problems: [],
  },
  {
    operation: 'getReadiness',
    method: 'GET',
    path: '/readyz',
    summary: 'Does Temporal answer, too?',
    description: 'While it does not, alerts are refused with 503.',
    token: false,
    body: null,
    answers: [
      { status: 200, description: 'It does.', body: { name: 'Readiness', schema: readinessSchema }, headers: [] },
    ],
    problems: ['temporal-unavailable'],
  },
  {
    operation: 'getDescription',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    description: 'OpenAPI 3.1.',
    token: false,
    body: null,
    answers: [
      { status: 200, description: 'The description.', body: 'any', headers: ['etag', 'cache-control'] },
      {
        status: 304,
        description: 'Unchanged since the answer with the `ETag` that was sent along.',
        body: null,
        headers: ['etag', 'cache-control'],
      },
    ],
    problems: [],
  },
] as const satisfies readonly Route[];

export type Operation = (typeof routes)[number]['operation'];

/** All problems of a route, the ones that follow from what it asks for first. */
export function problemsOf(route: Route): readonly ProblemKind[] {
  return [
    ...(route.token ? (['unauthorised', 'token-expired'] as const) : []),
    ...(route.body === null
      ? []
      : (['malformed-json', 'body-too-large', 'unsupported-media-type', 'invalid-alerts', 'busy'] as const)),
    ...route.problems,
    'unexpected',
  ];
}

/** The methods of an address as `Allow` lists them; where there is GET there is HEAD. */
export function allowOf(path: string): string {
  return routes
    .filter((route) => route.path === path)
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');
}

export const paths: readonly string[] = [...new Set(routes.map(({ path }) => path))];
