import { Hono, type Context } from 'hono';
import type { Simulator } from '../state/simulator.ts';
import type { Alert } from '../alerts/state.ts';
import { alertsMetric } from './alerts.ts';
import { exposition } from './exposition.ts';
import { metrics } from './index.ts';
import { QueryError, queryInstant, queryRange, type QuerySource } from './query.ts';
import { SelectorError } from './selector.ts';

/** Exporter text and the read side of Prometheus' HTTP API; all times are cluster time. */
export function metricsApp(simulator: Simulator, alerts: () => readonly Alert[] = () => []): Hono {
  const { timeline, time } = simulator;
  const app = new Hono();
  const queried = [...metrics, alertsMetric(alerts)];
  const source = (): QuerySource => ({ metrics: queried, timeline, nowMs: time.nowMs() });

  app.get('/-/healthy', (c) => c.text('Prometheus Server is Healthy.\n'));
  app.get('/-/ready', (c) => c.text('Prometheus Server is Ready.\n'));
  app.get('/metrics', (c) =>
    c.body(exposition(metrics, timeline, time.nowMs()), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
  app.on(['GET', 'POST'], '/api/v1/query', async (c) => {
    const parameters = await parametersOf(c);
    const at = parameters.get('time') ?? String(time.nowMs() / 1000);
    return c.json(success('vector', queryInstant(source(), required(parameters, 'query'), seconds(at, 'time'))));
  });
  app.on(['GET', 'POST'], '/api/v1/query_range', async (c) => {
    const parameters = await parametersOf(c);
    const range = {
      startSeconds: seconds(required(parameters, 'start'), 'start'),
      endSeconds: seconds(required(parameters, 'end'), 'end'),
      stepSeconds: duration(required(parameters, 'step')),
    };
    return c.json(success('matrix', queryRange(source(), required(parameters, 'query'), range)));
  });
  app.get('/api/v1/labels', (c) => {
    const names = new Set(['__name__']);
    for (const metric of metrics)
      for (const name of Object.keys(metric.series(timeline)[0]?.labels ?? {})) names.add(name);
    return c.json({ status: 'success', data: [...names].toSorted() });
  });
  app.notFound((c) => c.text('404 page not found\n', 404));
  app.onError((error, c) => {
    if (error instanceof QueryError || error instanceof SelectorError)
      return c.json({ status: 'error', errorType: 'bad_data', error: error.message }, 400);
    return c.json({ status: 'error', errorType: 'internal', error: error.message }, 500);
  });
  return app;
}

function success(resultType: 'vector' | 'matrix', result: readonly unknown[]) {
  return { status: 'success', data: { resultType, result } };
}

async function parametersOf(c: Context): Promise<URLSearchParams> {
  const parameters = new URL(c.req.url).searchParams;
  if (c.req.method === 'POST')
    for (const [name, value] of new URLSearchParams(await c.req.text())) parameters.set(name, value);
  return parameters;
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value === null || value === '') throw new QueryError(`invalid parameter "${name}": missing`);
  return value;
}

/** Unix seconds, or RFC 3339. */
function seconds(text: string, name: string): number {
  const value = /^-?[0-9.]+(e[0-9]+)?$/i.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(value))
    throw new QueryError(`invalid parameter "${name}": cannot parse "${text}" to a valid timestamp`);
  return value;
}

/** Seconds, or one of Prometheus' durations such as `15s`, `1m30s`. */
function duration(text: string): number {
  if (/^[0-9.]+$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/([0-9]+)(ms|s|m|h|d)/g)];
  const spelled = parts.map((part) => part[0]).join('');
  if (parts.length === 0 || spelled !== text)
    throw new QueryError(`invalid parameter "step": cannot parse "${text}" to a valid duration`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ''] ?? 0), 0);
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
