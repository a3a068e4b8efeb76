import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metricsApp } from '../../../../infra/cluster/metrics/http.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const sample = z.tuple([z.number(), z.string().regex(/^-?[0-9.]+(e[+-][0-9]+)?$/)]);
const labels = z.record(z.string(), z.string());
const success = <T>(resultType: string, series: z.ZodType<T>) =>
  z.strictObject({
    status: z.literal('success'),
    data: z.strictObject({ resultType: z.literal(resultType), result: z.array(series) }),
  });
const vectorSchema = success('vector', z.strictObject({ metric: labels, value: sample }));
const matrixSchema = success('matrix', z.strictObject({ metric: labels, values: z.array(sample).min(1) }));
const errorSchema = z.strictObject({ status: z.literal('error'), errorType: z.literal('bad_data'), error: z.string() });

let held: HeldCluster;
let simulator: Simulator;
let app: ReturnType<typeof metricsApp>;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  app = metricsApp(simulator);
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const get = async (path: string, parameters: Readonly<Record<string, string>>) =>
  app.request(`${path}?${new URLSearchParams(parameters).toString()}`);
const instant = async (query: string) => {
  const answer = await get('/api/v1/query', { query });
  expect(answer.status).toBe(200);
  return vectorSchema.parse(await answer.json()).data.result;
};
const range = async (query: string, startMs: number, endMs: number, step: string) => {
  const answer = await get('/api/v1/query_range', {
    query,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step,
  });
  expect(answer.status).toBe(200);
  return matrixSchema.parse(await answer.json()).data.result;
};
const refusal = async (path: string, parameters: Readonly<Record<string, string>>) => {
  const answer = await get(path, parameters);
  expect(answer.status).toBe(400);
  return errorSchema.parse(await answer.json()).error;
};

describe('an instant query', () => {
  it.each([
    ['DCGM_FI_DEV_SM_CLOCK', 32],
    ['DCGM_FI_DEV_SM_CLOCK{}', 32],
    ['DCGM_FI_DEV_SM_CLOCK{Hostname="node-02"}', 8],
    ['DCGM_FI_DEV_SM_CLOCK{Hostname="node-02",gpu="3"}', 1],
    ["DCGM_FI_DEV_SM_CLOCK{ Hostname = 'node-02' , gpu = '3' , }", 1],
    ['DCGM_FI_DEV_SM_CLOCK{Hostname!="node-02"}', 24],
    ['DCGM_FI_DEV_SM_CLOCK{Hostname=~"node-0[12]",gpu!~"[0-5]"}', 4],
    ['DCGM_FI_DEV_SM_CLOCK{Hostname=~"node"}', 0],
    ['DCGM_FI_DEV_SM_CLOCK{nothing=""}', 32],
    ['{__name__=~"DCGM_FI_DEV_(SM|MEM)_CLOCK",gpu="0"}', 8],
    ['no_such_metric', 0],
  ])('%s gives %i series', async (query, count) => {
    expect(await instant(query)).toHaveLength(count);
  });

  it('gives name, labels, the asked time and the value as text', async () => {
    const [one] = await instant('DCGM_FI_DEV_SM_CLOCK{Hostname="node-02",gpu="3"}');
    const gpu = simulator.world.nodes[1]?.gpus[3];
    expect(one).toEqual({
      metric: {
        __name__: 'DCGM_FI_DEV_SM_CLOCK',
        gpu: '3',
        UUID: gpu?.uuid,
        pci_bus_id: gpu?.busId,
        device: 'nvidia3',
        modelName: 'NVIDIA A800-SXM4-80GB',
        Hostname: 'node-02',
      },
      value: [simulator.time.nowMs() / 1000, '1410'],
    });
  });

  it('takes the same parameters as a form', async () => {
    const answer = await app.request('/api/v1/query', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: 'training_iteration', time: '2026-11-21T02:55:00Z' }).toString(),
    });
    const { result } = vectorSchema.parse(await answer.json()).data;
    expect(result).toHaveLength(1);
    expect(result[0]?.value[0]).toBe(Date.UTC(2026, 10, 21, 2, 55) / 1000);
  });

  it.each([
    ['rate(DCGM_FI_DEV_SM_CLOCK[5m])', /only plain selectors/],
    ['DCGM_FI_DEV_SM_CLOCK{gpu="0"', /parse error/],
    ['DCGM_FI_DEV_SM_CLOCK{gpu=~"("}', /error parsing regexp/],
    ['{gpu=~".*"}', /at least one non-empty matcher/],
    ['', /invalid parameter "query"/],
    ['x'.repeat(5_000), /longer than 4096/],
  ])('%j is refused with a reason', async (query, reason) => {
    expect(await refusal('/api/v1/query', { query })).toMatch(reason);
  });

  it('with a time that is none is refused', async () => {
    expect(await refusal('/api/v1/query', { query: 'x', time: 'soon' })).toMatch(/"time": cannot parse "soon"/);
  });
});

describe('a range query', () => {
  it('gives a point a step, both ends included, and follows a fault that came in between', async () => {
    const beginMs = simulator.time.nowMs();
    held.pass(minutes(5));
    simulator.inject('gpu-clock-lock', { target: { node: 'node-02', gpu: 3 } });
    held.pass(minutes(5));
    const [clock] = await range(
      'DCGM_FI_DEV_SM_CLOCK{Hostname="node-02",gpu="3"}',
      beginMs,
      beginMs + minutes(10),
      '1m',
    );
    expect(clock?.values.map(([, value]) => value)).toEqual(
      Array.from({ length: 11 }, (_, minute) => (minute < 5 ? '1410' : '210')),
    );
    expect(clock?.values.map(([seconds]) => seconds)).toEqual(
      Array.from({ length: 11 }, (_, step) => beginMs / 1000 + 60 * step),
    );
    const [steps] = await range('training_step_seconds', beginMs, beginMs + minutes(10), '60');
    expect(Number(steps?.values.at(0)?.[1])).toBeCloseTo(8, 0);
    expect(Number(steps?.values.at(-1)?.[1])).toBeGreaterThan(22);
  });

  it('knows nothing before the recorded past, nor long after the latest scrape', async () => {
    const nowMs = simulator.time.nowMs();
    const { historyFromMs } = simulator.world;
    const [clock] = await range(
      'DCGM_FI_DEV_SM_CLOCK{Hostname="node-01",gpu="0"}',
      historyFromMs - minutes(10),
      nowMs + minutes(20),
      '1m',
    );
    expect(clock?.values.at(0)?.[0]).toBe(historyFromMs / 1000);
    expect(clock?.values.at(-1)?.[0]).toBeLessThanOrEqual(nowMs / 1000 + 300);
  });

  it('of a node that is unplugged has a gap', async () => {
    const beginMs = simulator.time.nowMs();
    simulator.setPlugged('node-02', false);
    held.pass(minutes(3));
    expect(await instant('node_load1{node="node-02"}')).toEqual([]);
    simulator.setPlugged('node-02', true);
    held.pass(minutes(2));
    const [load] = await range('node_load1{node="node-02"}', beginMs - minutes(2), beginMs + minutes(5), '1m');
    expect(load?.values.map(([seconds]) => (seconds * 1000 - beginMs) / 60_000)).toEqual([-2, -1, 3, 4, 5]);
  });

  it.each([
    [{ start: '0', end: '11001', step: '1' }, /exceeded maximum resolution of 11,000 points per timeseries/],
    [{ start: '10', end: '5', step: '1' }, /end timestamp must not be before start time/],
    [{ start: '0', end: '10', step: '0' }, /zero or negative query resolution step/],
    [{ start: '0', end: '10', step: 'often' }, /"step": cannot parse "often" to a valid duration/],
    [{ start: '0', end: '10' }, /invalid parameter "step": missing/],
  ])('over %j is refused', async (parameters, reason) => {
    expect(await refusal('/api/v1/query_range', { query: 'training_iteration', ...parameters })).toMatch(reason);
  });
});

describe('the exposition text', () => {
  it('parses as Prometheus text: help and type before the samples of a metric, each series once', async () => {
    const answer = await app.request('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const parsed = parseExposition(await answer.text());
    expect(parsed.get('training_step_seconds')).toMatchObject({ type: 'gauge', samples: 1 });
    expect(parsed.get('DCGM_FI_DEV_POWER_USAGE')).toMatchObject({ type: 'gauge', samples: 32 });
    expect(parsed.get('node_infiniband_port_data_transmitted_bytes_total')).toMatchObject({
      type: 'counter',
      samples: 16,
    });
    expect(parsed.size).toBeGreaterThan(30);
  });

  it('counts steps and bytes up, never down', async () => {
    const counters = async () =>
      Number(
        (await instant('node_infiniband_port_data_transmitted_bytes_total{node="node-01",device="mlx5_0"}'))[0]
          ?.value[1],
      );
    const before = await counters();
    held.pass(minutes(1));
    expect(await counters()).toBeGreaterThan(before);
  });
});

it('answers health checks, and an unknown path as Prometheus does', async () => {
  expect((await app.request('/-/healthy')).status).toBe(200);
  expect((await app.request('/-/ready')).status).toBe(200);
  expect((await app.request('/api/v1/rules')).status).toBe(404);
});

/** A strict reader of text format 0.0.4. */
function parseExposition(text: string): Map<string, { type: string; samples: number }> {
  const metrics = new Map<string, { type: string; samples: number }>();
  const seen = new Set<string>();
  let helped = '';
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') helped = name;
    else if (keyword === 'TYPE') {
      if (helped !== name || metrics.has(name) || !/^(gauge|counter)$/.test(rest ?? '')) throw new Error(line);
      metrics.set(name, { type: rest ?? '', samples: 0 });
    } else {
      const match =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$/.exec(
          line,
        );
      const metric = metrics.get(match?.[1] ?? '');
      const series = `${match?.[1]}${match?.[2]}`;
      if (metric === undefined || match?.[1] !== helped || seen.has(series)) throw new Error(line);
      seen.add(series);
      metric.samples += 1;
    }
  }
  return metrics;
}
