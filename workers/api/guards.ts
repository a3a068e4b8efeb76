import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { bodyTooLarge, unauthorised, unavailable, unsupportedMediaType } from './answers.ts';
import { checkBearer, type SourceToken } from './bearer.ts';
import { bodyBytesMax, requestsInFlightMax } from './limits.ts';
import type { Route } from './routes.ts';

/** What a request carries on its way through the API. */
export interface ApiEnv {
  readonly Variables: {
    /** Whose bearer token was presented, valid or expired. */
    readonly source?: string;
  };
}

export type Guard = MiddlewareHandler<ApiEnv>;

export interface GuardOptions {
  readonly tokens: () => readonly SourceToken[];
  readonly nowMs: () => number;
}

/** What stands before the handler of a route, by what the route asks for; who it is comes before what it says. */
export function guardsOf(route: Route, options: GuardOptions): readonly Guard[] {
  return [
    ...(route.token ? [bearerOnly(options)] : []),
    ...(route.body === null
      ? []
      : [boundedInFlight(), jsonOnly, bodyLimit({ maxSize: bodyBytesMax, onError: bodyTooLarge })]),
  ];
}

function bearerOnly({ tokens, nowMs }: GuardOptions): Guard {
  return async (c, next) => {
    const verdict = checkBearer(tokens(), c.req.header('authorization'), nowMs());
    if ('source' in verdict) c.set('source', verdict.source);
    if (verdict.kind === 'accepted') return next();
    return unauthorised(verdict);
  };
}

function boundedInFlight(): Guard {
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

const jsonOnly: Guard = async (c, next) => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' ? next() : unsupportedMediaType(type);
};
