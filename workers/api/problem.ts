import type { z } from 'zod';
import type { HeaderName } from './headers.ts';
import { problemKinds, problemType, type ProblemKind } from './problem-kinds.ts';
import { placesMax, type Place } from './schemas.ts';

export interface Problem {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly headers?: Readonly<Partial<Record<HeaderName, string>>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Problem details (RFC 9457); status and title go with the kind. */
export function problemResponse({ kind, detail, headers, members }: Problem): Response {
  const { status, title } = problemKinds[kind];
  const body = { type: problemType(kind), title, status, detail, ...members };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}

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
