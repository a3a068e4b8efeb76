import { alertGroupSchema, type AlertGroup } from '../../kb/schemas/alert-group.ts';
import { count } from './count.ts';
import { jsonErrorPlace } from './json-place.ts';
import { listPlaces, placesOf, problemResponse } from './problem.ts';

/** Thrown while a request is read, to be answered as it says. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly response: Response;
  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

/** The alert group in the bytes of a body; throws `Refused` with the places that are wrong. */
export function readAlerts(body: ArrayBuffer): AlertGroup {
  const parsed = alertGroupSchema.safeParse(readJson(readText(body)));
  if (parsed.success) return parsed.data;
  const places = placesOf(parsed.error);
  throw new Refused(
    problemResponse({
      kind: 'invalid-alerts',
      detail: `The body is JSON, but differs from version 4 of the Alertmanager webhook in ${count(places.length, 'place')}.`,
      members: listPlaces(places),
    }),
  );
}

function readText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The body is not UTF-8 text.', {});
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const place = jsonErrorPlace(text);
    throw malformed(`The body is not JSON: it goes wrong at line ${place.line}, column ${place.column}.`, { ...place });
  }
}

function malformed(detail: string, members: Readonly<Record<string, unknown>>): Refused {
  return new Refused(problemResponse({ kind: 'malformed-json', detail, members }));
}
