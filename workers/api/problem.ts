import type { z } from 'zod';

/** A place in a request body that is wrong: a JSON pointer as a URI fragment, as in RFC 9457's own example. */
export interface Place {
  readonly pointer: string;
  readonly detail: string;
}

/** Problem details (RFC 9457). `kind` makes the type's URI; extension members are allowed and ours are listed. */
export interface Problem {
  readonly status: ProblemStatus;
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

export type ProblemStatus = 400 | 401 | 404 | 405 | 413 | 415 | 422 | 500 | 503;

export function problemResponse(problem: Problem): Response {
  const { status, kind, title, detail } = problem;
  const body = { type: `urn:wardround:problem:${kind}`, title, status, detail, ...problem.members };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json' },
  });
}

/** More places than this say nothing new. */
export const placesMax = 20;

export function placesOf(error: z.ZodError): readonly Place[] {
  return error.issues.map((issue) => ({
    pointer: `#${issue.path.map((key) => `/${pointerPart(String(key))}`).join('')}`,
    detail: issue.message,
  }));
}

/** Members of a problem that lists places, bounded. */
export function listPlaces(places: readonly Place[]): Readonly<Record<string, unknown>> {
  return { errors: places.slice(0, placesMax), errorsTotal: places.length };
}

/** RFC 6901, section 6: `~` and `/` escaped, then percent-encoded. */
function pointerPart(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
