import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { alertGroupSchema, type AlertGroup } from '../../kb/schemas/alert-group.ts';
import { redact } from '../../kb/logs/redact.ts';
import type { IncidentSettings } from '../../workflows/domain/incident-input.ts';
import { createBearerCheck } from './bearer.ts';
import { TemporalUnavailable, type IncidentGateway } from './incident-gateway.ts';
import { createIntake, type Receipt } from './intake.ts';
import { jsonErrorPlace } from './json-place.ts';
import { listPlaces, placesOf, problemResponse, type Place } from './problem.ts';
import { sightingsOf } from './sightings.ts';

export interface ApiOptions {
  readonly gateway: IncidentGateway;
  readonly token: string;
  /** The clusters that we have an inventory of. */
  readonly clusters: readonly string[];
  readonly settings: IncidentSettings;
  readonly log: ApiLog;
  readonly nowMs?: () => number;
}

/** The part of a pino logger that is used here. */
export interface ApiLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const bodyBytesMax = 1024 * 1024;
/** Bodies read and waiting for Temporal at once; together with the limit of one body the bound on memory. */
export const requestsInFlightMax = 64;
/** Alertmanager gives a notification at least 10 s, retries included (`MinTimeout` in its `notify` package). */
const acceptWaitMs = 4_000;
const readyWaitMs = 2_000;
const retryAfterSeconds = 10;

/** The HTTP intake: alerts in, incidents started or told. Holds no state that a restart could lose. */
export function createApi(options: ApiOptions): Hono {
  const { gateway, log } = options;
  const intake = createIntake(gateway, options.settings);
  const nowMs = options.nowMs ?? Date.now;
  const app = new Hono();

  app.use(logged(log));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    await gateway.within(readyWaitMs, () => gateway.check());
    return c.json({ status: 'ready' });
  });
  app.post(
    '/v1/alerts',
    authorised(options.token),
    boundedInFlight(),
    jsonOnly,
    bodyLimit({ maxSize: bodyBytesMax, onError: bodyTooLarge }),
    async (c) => takeAlerts(await readGroup(c)),
  );
  for (const [path, allow] of [
    ['/v1/alerts', 'POST'],
    ['/healthz', 'GET, HEAD'],
    ['/readyz', 'GET, HEAD'],
  ] as const)
    app.all(path, () => methodNotAllowed(allow));
  app.notFound(() => notFound());
  app.onError((error) => errorResponse(error, log));
  return app;

  async function takeAlerts(group: AlertGroup): Promise<Response> {
    const { sightings, misplaced } = sightingsOf(group, { clusters: options.clusters, receivedAtMs: nowMs(), redact });
    const incidents: Receipt[] = [];
    await gateway.within(acceptWaitMs, async () => {
      for (const sighting of sightings) incidents.push(await intake.observe(sighting));
    });
    for (const { incidentId, runId, outcome } of incidents) log.info({ incidentId, runId, outcome }, 'alerts observed');
    // What could be placed has been taken: one alert without a cluster must not hide the fault of another.
    if (misplaced.length > 0) return unplacedAlerts(misplaced, incidents);
    return Response.json({ incidents }, { status: 202 });
  }
}

/** Thrown while a request is read, to be answered as it says. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly response: Response;
  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

async function readGroup(c: Context): Promise<AlertGroup> {
  const parsed = alertGroupSchema.safeParse(readJson(await readText(c)));
  if (parsed.success) return parsed.data;
  const places = placesOf(parsed.error);
  throw new Refused(
    problemResponse({
      status: 422,
      kind: 'invalid-alerts',
      title: 'Not an Alertmanager webhook body',
      detail: `The body is JSON, but differs from version 4 of the Alertmanager webhook in ${count(places.length, 'place')}.`,
      members: listPlaces(places),
    }),
  );
}

async function readText(c: Context): Promise<string> {
  const bytes = await c.req.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refused(malformed('The body is not UTF-8 text.', {}));
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const place = jsonErrorPlace(text);
    throw new Refused(
      malformed(`The body is not JSON: it goes wrong at line ${place.line}, column ${place.column}.`, { ...place }),
    );
  }
}

function malformed(detail: string, members: Readonly<Record<string, unknown>>): Response {
  return problemResponse({ status: 400, kind: 'malformed-json', title: 'Malformed JSON', detail, members });
}

function unplacedAlerts(misplaced: readonly Place[], incidents: readonly Receipt[]): Response {
  return problemResponse({
    status: 422,
    kind: 'unknown-cluster',
    title: 'Alerts of no known cluster',
    detail: `${count(misplaced.length, 'alert')} could not be placed; give them a label "cluster". The others were taken, see "incidents".`,
    members: { ...listPlaces(misplaced), incidents },
  });
}

function authorised(token: string): MiddlewareHandler {
  const isOurs = createBearerCheck(token);
  return async (c, next) => {
    const authorization = c.req.header('authorization');
    if (isOurs(authorization)) return next();
    return problemResponse({
      status: 401,
      kind: 'unauthorised',
      title: 'Unauthorised',
      detail:
        authorization === undefined
          ? 'Send the token as "Authorization: Bearer TOKEN".'
          : 'The header "Authorization" does not carry the token of this server.',
      headers: { 'www-authenticate': 'Bearer realm="wardround"' },
    });
  };
}

function boundedInFlight(): MiddlewareHandler {
  let inFlight = 0;
  return async (_c, next) => {
    if (inFlight >= requestsInFlightMax)
      return unavailable('busy', `${requestsInFlightMax} deliveries are being taken already.`);
    inFlight += 1;
    try {
      await next();
      return undefined;
    } finally {
      inFlight -= 1;
    }
  };
}

const jsonOnly: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return next();
  return problemResponse({
    status: 415,
    kind: 'unsupported-media-type',
    title: 'Unsupported media type',
    detail: type === undefined ? 'The header "Content-Type" is missing.' : 'The body has to be application/json.',
    headers: { accept: 'application/json' },
  });
};

function bodyTooLarge(): Response {
  return problemResponse({
    status: 413,
    kind: 'body-too-large',
    title: 'Body too large',
    detail: `A body may have ${bodyBytesMax} bytes; set "max_alerts" of the sender's receiver.`,
    // The rest of the body is not read.
    headers: { connection: 'close' },
  });
}

function methodNotAllowed(allow: string): Response {
  return problemResponse({
    status: 405,
    kind: 'method-not-allowed',
    title: 'Method not allowed',
    detail: `This address takes ${allow}.`,
    headers: { allow },
  });
}

function notFound(): Response {
  return problemResponse({
    status: 404,
    kind: 'not-found',
    title: 'Not found',
    detail: 'There are POST /v1/alerts, GET /healthz and GET /readyz.',
  });
}

function unavailable(kind: string, detail: string): Response {
  return problemResponse({
    status: 503,
    kind,
    title: 'Not now',
    detail: `${detail} Send it again.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

function errorResponse(error: Error, log: ApiLog): Response {
  if (error instanceof Refused) return error.response;
  if (error instanceof TemporalUnavailable) {
    log.warn({ reason: error.message }, 'temporal is not reachable');
    return unavailable('temporal-unavailable', 'Temporal does not answer in time.');
  }
  log.error({ err: error }, 'unexpected error');
  return problemResponse({
    status: 500,
    kind: 'unexpected',
    title: 'Unexpected error',
    detail: 'Something went wrong here; the server log says what.',
  });
}

/** One line a request, without body, query and headers: those may hold secrets. */
function logged(log: ApiLog): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const fields = {
      method: c.req.method,
      path: knownPaths.has(c.req.path) ? c.req.path : '(unknown)',
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
    };
    if (c.res.status >= 400) log.warn(fields, 'request');
    else log.info(fields, 'request');
  };
}

const knownPaths = new Set(['/v1/alerts', '/healthz', '/readyz']);

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
