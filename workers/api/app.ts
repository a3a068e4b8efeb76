import { Hono, type Handler } from 'hono';
import { etag } from 'hono/etag';
import type { AlertGroup } from '../../kb/schemas/alert-group.ts';
import { redact } from '../../kb/logs/redact.ts';
import type { IncidentSettings } from '../../workflows/domain/incident-input.ts';
import { methodNotAllowed, notFound, unavailable, unexpected } from './answers.ts';
import type { SourceToken } from './bearer.ts';
import { count } from './count.ts';
import { guardsOf, type ApiEnv, type Guard } from './guards.ts';
import { TemporalUnavailable, type IncidentGateway } from './incident-gateway.ts';
import { createIntake, type Receipt } from './intake.ts';
import { acceptWaitMs, documentAgeSecondsMax, readyWaitMs } from './limits.ts';
import { openApiDocument } from './openapi.ts';
import { listPlaces, problemResponse } from './problem.ts';
import { readAlerts, Refused } from './read-alerts.ts';
import { allowOf, paths, routes, type Operation } from './routes.ts';
import type { Place } from './schemas.ts';
import { sightingsOf } from './sightings.ts';

export interface ApiOptions {
  readonly gateway: IncidentGateway;
  /** The tokens that are known at this moment; asked on every request. */
  readonly tokens: () => readonly SourceToken[];
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

/** The HTTP intake: alerts in, incidents started or told. Holds no state that a restart could lose. */
export function createApi(options: ApiOptions): Hono<ApiEnv> {
  const { gateway, log } = options;
  const intake = createIntake(gateway, options.settings);
  const nowMs = options.nowMs ?? Date.now;
  const document = JSON.stringify(openApiDocument(), null, 2);
  const app = new Hono<ApiEnv>();

  const handlers: Readonly<Record<Operation, Handler<ApiEnv>>> = {
    observeAlerts: async (c) => takeAlerts(readAlerts(await c.req.arrayBuffer()), c.get('source')),
    getHealth: (c) => c.json({ status: 'ok' }),
    async getReadiness(c) {
      await gateway.within(readyWaitMs, () => gateway.check());
      return c.json({ status: 'ready' });
    },
    getDescription: (c) =>
      c.body(document, 200, {
        'content-type': 'application/json',
        'cache-control': `public, max-age=${documentAgeSecondsMax}`,
      }),
  };

  app.use(logged(log));
  app.use('/openapi.json', etag());
  for (const route of routes)
    app.on(
      route.method,
      [route.path],
      ...guardsOf(route, { tokens: options.tokens, nowMs }),
      handlers[route.operation],
    );
  for (const path of paths) app.all(path, () => methodNotAllowed(allowOf(path)));
  app.notFound(() => notFound());
  app.onError((error) => errorResponse(error, log));
  return app;

  async function takeAlerts(group: AlertGroup, source: string | undefined): Promise<Response> {
    const { sightings, misplaced } = sightingsOf(group, { clusters: options.clusters, receivedAtMs: nowMs(), redact });
    const incidents: Receipt[] = [];
    await gateway.within(acceptWaitMs, async () => {
      for (const sighting of sightings) incidents.push(await intake.observe(sighting));
    });
    for (const { incidentId, runId, outcome } of incidents)
      log.info({ source, incidentId, runId, outcome }, 'alerts observed');
    // What could be placed has been taken: one alert without a cluster must not hide the fault of another.
    if (misplaced.length > 0) return unplacedAlerts(misplaced, incidents);
    return Response.json({ incidents }, { status: 202 });
  }
}

function unplacedAlerts(misplaced: readonly Place[], incidents: readonly Receipt[]): Response {
  return problemResponse({
    kind: 'unknown-cluster',
    detail: `${count(misplaced.length, 'alert')} could not be placed; give them a label "cluster". The others were taken, see "incidents".`,
    members: { ...listPlaces(misplaced), incidents },
  });
}

function errorResponse(error: Error, log: ApiLog): Response {
  if (error instanceof Refused) return error.response;
  if (error instanceof TemporalUnavailable) {
    log.warn({ reason: error.message }, 'temporal is not reachable');
    return unavailable('temporal-unavailable', 'Temporal does not answer in time.');
  }
  log.error({ err: error }, 'unexpected error');
  return unexpected();
}

/** One line a request, without body, query and headers: those may hold secrets. */
function logged(log: ApiLog): Guard {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const source = c.get('source');
    const fields = {
      method: c.req.method,
      path: paths.includes(c.req.path) ? c.req.path : '(unknown)',
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      ...(source === undefined ? {} : { source }),
    };
    if (c.res.status >= 400) log.warn(fields, 'request');
    else log.info(fields, 'request');
  };
}
