import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fingerprint } from '../../../../infra/cluster/alerts/fingerprint.ts';
import { createAlertManager } from '../../../../infra/cluster/alerts/alertmanager.ts';
import { metricsApp } from '../../../../infra/cluster/metrics/http.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { startHttpServer, type TestHttpServer } from '../../../support/http-server.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const labels = z.record(z.string(), z.string());
/** Alertmanager's webhook body, version 4, with no key missing and none added. */
const bodySchema = z.strictObject({
  version: z.literal('4'),
  groupKey: z.string(),
  truncatedAlerts: z.literal(0),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.url(),
  alerts: z
    .array(
      z.strictObject({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: labels,
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
        generatorURL: z.url(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

interface Arrival {
  readonly authorization: string | undefined;
  readonly body: string;
}

let held: HeldCluster;
let simulator: Simulator;
let target: TestHttpServer;
let arrivals: Arrival[];
/** What the target answers next; 200 when empty. */
let answers: number[];
const never = new AbortController().signal;

beforeEach(async () => {
  held = heldCluster();
  simulator = held.open();
  arrivals = [];
  answers = [];
  target = await startHttpServer(({ body, raw }, response) => {
    arrivals.push({ authorization: raw.headers.authorization, body });
    response.writeHead(answers.shift() ?? 200).end();
  });
});
afterEach(async () => {
  simulator.close();
  await target.stop();
  held.remove();
});

const newManager = () =>
  createAlertManager({
    simulator,
    stateDir: held.config.stateDir,
    targets: [{ url: `${target.url}/v1/alerts`, bearerToken: 'let-me-in' }],
    externalUrl: 'http://127.0.0.1:9090',
    onTrouble: () => {},
  });
const bodies = () => arrivals.map((arrival) => bodySchema.parse(JSON.parse(arrival.body)));
const alertFile = () => join(held.config.stateDir, 'alerts.json');
const pass = async (manager: ReturnType<typeof newManager>, clusterMs: number) => {
  held.pass(clusterMs);
  manager.evaluateDue();
  await manager.deliverWaiting(never);
};

describe('a slow job', () => {
  it('fires one alert without any word of the cause, and resolves it after healing', async () => {
    const manager = newManager();
    await pass(manager, minutes(2));
    expect(manager.alerts()).toEqual([]);
    const place = simulator.inject('gpu-clock-lock');

    await pass(manager, 50_000);
    expect(manager.alerts().map((alert) => alert.state)).toEqual(['pending']);
    await pass(manager, minutes(2));
    expect(manager.alerts().map((alert) => alert.state)).toEqual(['firing']);
    const [firing] = bodies();
    expect(firing).toMatchObject({
      status: 'firing',
      receiver: 'wardround',
      groupKey: '{}/{severity="critical"}:{alertname="TrainingStepSlow", cluster="site-a", job="pretrain-13b"}',
      groupLabels: { alertname: 'TrainingStepSlow', cluster: 'site-a', job: 'pretrain-13b' },
      commonLabels: { severity: 'critical', job: 'pretrain-13b' },
    });
    const [alert] = firing?.alerts ?? [];
    expect(alert?.endsAt).toBe('0001-01-01T00:00:00Z');
    expect(Date.parse(alert?.startsAt ?? '')).toBeGreaterThan(place.sinceMs);
    expect(alert?.annotations['summary']).toMatch(/takes 2[0-9]\.[0-9] s instead of [78]\.[0-9] s/);
    expect(new URL(alert?.generatorURL ?? '').searchParams.get('g0.expr')).toContain('training_step_seconds > 1.5 *');
    expect(alert?.fingerprint).toBe(fingerprint(alert?.labels ?? {}));
    expect(arrivals[0]?.body).not.toMatch(/gpu|node-0|clock/i);
    expect(arrivals[0]?.authorization).toBe('Bearer let-me-in');

    await pass(manager, minutes(2));
    expect(arrivals).toHaveLength(1);

    simulator.heal('gpu-clock-lock');
    await pass(manager, minutes(2));
    expect(bodies().map((body) => body.status)).toEqual(['firing', 'resolved']);
    const [resolved] = bodies()[1]?.alerts ?? [];
    expect(resolved).toMatchObject({ status: 'resolved', startsAt: alert?.startsAt, fingerprint: alert?.fingerprint });
    expect(Date.parse(resolved?.endsAt ?? '')).toBeGreaterThan(Date.parse(alert?.startsAt ?? ''));
    await pass(manager, minutes(30));
    expect(arrivals).toHaveLength(2);
    expect(manager.alerts()).toEqual([]);
  });

  it('is repeated with the same start while it lasts, and never taken for normal', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    await pass(manager, minutes(3));
    for (let hour = 0; hour < 2; hour += 1) await pass(manager, minutes(60));
    const starts = new Set(bodies().map((body) => body.alerts[0]?.startsAt));
    expect(starts.size).toBe(1);
    expect(bodies().length).toBeGreaterThan(1);
    expect(manager.alerts().map((alert) => alert.state)).toEqual(['firing']);
  });

  it('that is fast again within a minute tells nobody', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    await pass(manager, 50_000);
    simulator.heal('gpu-clock-lock');
    await pass(manager, minutes(5));
    expect(arrivals).toEqual([]);
    expect(manager.alerts()).toEqual([]);
  });

  it('that falls ill again is a new alert with a later start', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    await pass(manager, minutes(3));
    simulator.heal('gpu-clock-lock');
    await pass(manager, minutes(3));
    simulator.inject('gpu-clock-lock');
    await pass(manager, minutes(3));
    expect(bodies().map((body) => body.status)).toEqual(['firing', 'resolved', 'firing']);
    const [first, , second] = bodies().map((body) => Date.parse(body.alerts[0]?.startsAt ?? ''));
    expect(second).toBeGreaterThan((first ?? 0) + minutes(5));
  });
});

describe('a target that is not ready', () => {
  it('gets the alert again until it answers 2xx', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    answers = [503, 500];
    await expect(pass(manager, minutes(3))).rejects.toThrow('answered 503');
    await expect(manager.deliverWaiting(never)).rejects.toThrow('answered 500');
    await manager.deliverWaiting(never);
    await manager.deliverWaiting(never);
    expect(arrivals).toHaveLength(3);
    expect(new Set(arrivals.map((arrival) => arrival.body)).size).toBe(1);
  });

  it('gets it after a restart of the cluster as well, and once', async () => {
    simulator.inject('gpu-clock-lock');
    answers = [503];
    await expect(pass(newManager(), minutes(3))).rejects.toThrow('answered 503');
    simulator.close();
    simulator = held.open();
    const again = newManager();
    await pass(again, minutes(1));
    await pass(again, minutes(1));
    expect(arrivals).toHaveLength(2);
    expect(arrivals[1]?.body).toBe(arrivals[0]?.body);
  });

  it('gets what it missed in order', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    answers = [503, 503];
    await expect(pass(manager, minutes(3))).rejects.toThrow('answered 503');
    simulator.heal('gpu-clock-lock');
    await expect(pass(manager, minutes(3))).rejects.toThrow('answered 503');
    await manager.deliverWaiting(never);
    expect(
      bodies()
        .slice(2)
        .map((body) => body.status),
    ).toEqual(['firing', 'resolved']);
  });

  it('is tried again by the running loop until it takes the alert', async () => {
    const manager = newManager();
    simulator.inject('gpu-clock-lock');
    held.pass(minutes(3));
    answers = [503];
    const stopping = new AbortController();
    const taken = new Promise<void>((resolve) => {
      const push = arrivals.push.bind(arrivals);
      arrivals.push = (...more) => {
        const count = push(...more);
        if (count === 2) resolve();
        return count;
      };
    });
    const running = manager.run(stopping.signal);
    await taken;
    stopping.abort();
    await running;
    expect(bodies().map((body) => body.status)).toEqual(['firing', 'firing']);
  });
});

describe('ALERTS', () => {
  it('shows an alert as pending, then as firing, and nothing after it is over', async () => {
    const manager = newManager();
    const app = metricsApp(simulator, () => manager.alerts());
    const states = async () => {
      const answer = await app.request('/api/v1/query?query=ALERTS');
      const parsed = z
        .object({
          data: z.object({ result: z.array(z.object({ metric: labels, value: z.tuple([z.number(), z.string()]) })) }),
        })
        .parse(await answer.json());
      return parsed.data.result.map(({ metric, value }) => [metric['alertname'], metric['alertstate'], value[1]]);
    };
    expect(await states()).toEqual([]);
    simulator.inject('gpu-clock-lock');
    await pass(manager, 50_000);
    expect(await states()).toEqual([['TrainingStepSlow', 'pending', '1']]);
    await pass(manager, minutes(2));
    expect(await states()).toEqual([['TrainingStepSlow', 'firing', '1']]);
    simulator.heal('gpu-clock-lock');
    await pass(manager, minutes(2));
    expect(await states()).toEqual([]);
  });
});

describe('after a stop', () => {
  it('the cluster answers while hundreds of evaluations are caught up', async () => {
    held.pass(minutes(60));
    const manager = newManager();
    held.pass(minutes(60));
    const stopping = new AbortController();
    const running = manager.run(stopping.signal);
    await setImmediate();
    // It is written when all of them are done, and somebody else had a turn before.
    expect(existsSync(alertFile())).toBe(false);
    await vi.waitFor(() => expect(existsSync(alertFile())).toBe(true), { timeout: 20_000 });
    stopping.abort();
    await running;
  });
});

describe('a fingerprint', () => {
  // The offset basis of 64-bit FNV-1a, which nothing was folded into.
  it('is the FNV-1a offset for no labels, and does not depend on their order', () => {
    expect(fingerprint({})).toBe('cbf29ce484222325');
    expect(fingerprint({ a: '1', b: '2' })).toBe(fingerprint({ b: '2', a: '1' }));
    expect(fingerprint({ a: '1', b: '2' })).not.toBe(fingerprint({ a: '12', b: '' }));
  });
});
