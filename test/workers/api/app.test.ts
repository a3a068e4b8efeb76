import { beforeEach, describe, expect, it } from 'vitest';
import { alertsPerBodyMax } from '../../../kb/schemas/alert-group.ts';
import { createApi } from '../../../workers/api/app.ts';
import { sha256Hex } from '../../../workers/api/bearer.ts';
import { bodyBytesMax, requestsInFlightMax } from '../../../workers/api/limits.ts';
import { defaultIncidentSettings } from '../../../workflows/domain/incident-input.ts';
import { anAlertmanagerAlert, anAlertmanagerBody, resolvedBody } from '../support/alert-bodies.ts';
import { rememberingGateway } from '../support/remembering-gateway.ts';
import { describedAnswers } from './described-answers.ts';

const token = 'a-token-of-the-tests-0123456789';
const expiringToken = 'another-token-of-the-tests-0123456789';
const grafanaExpiresAtMs = Date.parse('2026-11-20T04:00:00Z');
const expiredToken = 'an-old-token-of-the-tests-0123456789';
let engine: ReturnType<typeof rememberingGateway>;
let logLines: string[];
let api: { request(path: string, init?: RequestInit): Promise<Response> };
let nowMs: number;
const described = await describedAnswers();

beforeEach(() => {
  engine = rememberingGateway();
  logLines = [];
  const write = (fields: object, message: string) => void logLines.push(JSON.stringify({ ...fields, message }));
  nowMs = grafanaExpiresAtMs - 1;
  const app = createApi({
    gateway: engine.gateway,
    tokens: () => [
      { name: 'alertmanager', sha256: sha256Hex(token), expiresAtMs: null },
      { name: 'grafana', sha256: sha256Hex(expiringToken), expiresAtMs: grafanaExpiresAtMs },
      { name: 'old-site', sha256: sha256Hex(expiredToken), expiresAtMs: Date.parse('2026-11-20T03:59:59.000Z') },
    ],
    nowMs: () => nowMs,
    clusters: ['site-a', 'site-b'],
    settings: defaultIncidentSettings,
    log: { info: write, warn: write, error: write },
  });
  // Whatever these tests make the API answer has to be what its description says.
  api = {
    async request(path, init) {
      const response = await app.request(path, init);
      await described.check(init?.method ?? 'GET', path, response.clone());
      return response;
    },
  };
});

function post(body: unknown, headers: Record<string, string> = {}) {
  return api.request('/v1/alerts', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem['status']).toBe(response.status);
  expect(problem['type']).toMatch(/^urn:wardround:problem:[a-z-]+$/);
  expect(problem['title']).toEqual(expect.stringMatching(/./));
  expect(problem['detail']).toEqual(expect.stringMatching(/./));
  expect(Object.keys(problem)).not.toContain('stack');
  return problem;
}

describe('POST /v1/alerts', () => {
  it('answers 202 with the ids of the incident once it is started', async () => {
    const response = await post(anAlertmanagerBody());
    expect(response.status).toBe(202);
    const [run] = engine.allRuns();
    expect(await response.json()).toEqual({
      incidents: [
        {
          incidentId: run?.start.workflowId.replace('incident/', ''),
          workflowId: run?.start.workflowId,
          runId: 'run-1',
          created: true,
          outcome: 'started',
        },
      ],
    });
  });

  it('takes the same body again, and a resolved one, without a second incident', async () => {
    await post(anAlertmanagerBody());
    const again = await post(anAlertmanagerBody());
    expect(await again.json()).toMatchObject({ incidents: [{ created: false, outcome: 'unchanged' }] });
    const resolved = await post(resolvedBody());
    expect(resolved.status).toBe(202);
    expect(engine.allRuns()).toHaveLength(1);
  });

  it('starts one incident for each cluster of a body with many alerts', async () => {
    const alerts = Array.from({ length: 60 }, (_, index) =>
      anAlertmanagerAlert({ fingerprint: `f${index}`, labels: { cluster: index % 3 === 0 ? 'site-b' : 'site-a' } }),
    );
    const response = await post(anAlertmanagerBody({ alerts }));
    expect(response.status).toBe(202);
    expect(engine.allRuns().map(({ start }) => start.input.cluster)).toEqual(['site-b', 'site-a']);
  });

  it.each([
    ['no header', {}],
    ['another token', { authorization: 'Bearer another-token-0123456789' }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['no token', { authorization: 'Bearer ' }],
  ])('answers 401 to %s, before it looks at the body', async (_, headers) => {
    const response = await api.request('/v1/alerts', { method: 'POST', headers, body: 'not json' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(JSON.stringify(await problemOf(response))).not.toContain(token);
    expect(engine.allRuns()).toEqual([]);
  });

  it('answers 401 to an expired token: whose it was, since when, and what to do', async () => {
    const response = await post(anAlertmanagerBody(), { authorization: `Bearer ${expiredToken}` });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="wardround", error="invalid_token", error_description="the token of old-site expired at 2026-11-20T03:59:59.000Z"',
    );
    const problem = await problemOf(response);
    expect(problem).toMatchObject({
      type: 'urn:wardround:problem:token-expired',
      expiredAt: '2026-11-20T03:59:59.000Z',
      detail: expect.stringContaining('wardround api token create') as unknown,
    });
    expect(engine.allRuns()).toEqual([]);
    expect(logLines.join('\n')).toMatch(/"status":401,"ms":\d+,"source":"old-site"/);
  });

  it('takes the token of each source up to the moment at which it expires, and logs whose it was', async () => {
    const authorization = `bearer ${expiringToken}`;
    expect((await post(anAlertmanagerBody(), { authorization })).status).toBe(202);
    expect(logLines.join('\n')).toMatch(/"source":"grafana","incidentId":"site-a.*"outcome":"started"/);
    expect(logLines.join('\n')).not.toContain(expiringToken);
    nowMs = grafanaExpiresAtMs;
    expect((await post(anAlertmanagerBody(), { authorization })).status).toBe(401);
  });

  it('answers 400 to broken JSON and says where it breaks', async () => {
    const response = await post('{"version":"4",\n"alerts":[}');
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ line: 2, column: 11 });
  });

  it('answers 400 to bytes that are not UTF-8', async () => {
    const response = await post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]));
    expect(response.status).toBe(400);
    await problemOf(response);
  });

  it('answers 415 to another content type', async () => {
    const response = await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(response.status).toBe(415);
    await problemOf(response);
  });

  it('answers 413 to a body above the limit, announced or not', async () => {
    const large = JSON.stringify({ ...anAlertmanagerBody(), padding: 'x'.repeat(bodyBytesMax) });
    const announced = await post(large, { 'content-length': String(large.length) });
    expect(announced.status).toBe(413);
    expect((await problemOf(announced))['detail']).toContain(String(bodyBytesMax));
    expect((await post(large)).status).toBe(413);
    expect(engine.allRuns()).toEqual([]);
  });

  it('answers 422 with every place that differs from the webhook', async () => {
    const alerts = [anAlertmanagerAlert(), { ...anAlertmanagerAlert(), startsAt: 'yesterday', labels: { 'a/b': 7 } }];
    const response = await post({ ...anAlertmanagerBody(), version: '1', groupKey: '', alerts });
    expect(response.status).toBe(422);
    const problem = await problemOf(response);
    expect(problem['errors']).toEqual(
      ['#/version', '#/groupKey', '#/alerts/1/labels/a~1b', '#/alerts/1/startsAt'].map((pointer) => ({
        pointer,
        detail: expect.stringMatching(/./) as unknown,
      })),
    );
    expect(problem['errorsTotal']).toBe(4);
  });

  it.each([
    ['an array', []],
    ['null', null],
    ['no alerts', anAlertmanagerBody({ alerts: [] })],
    [
      'too many alerts',
      anAlertmanagerBody({
        alerts: Array.from({ length: alertsPerBodyMax + 1 }, () => anAlertmanagerAlert({ annotations: {} })),
      }),
    ],
  ])('answers 422 to %s', async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(422);
    expect((await problemOf(response))['errors']).toHaveLength(1);
  });

  it('answers 422 for alerts of no known cluster, having taken the others', async () => {
    const alerts = [anAlertmanagerAlert(), anAlertmanagerAlert({ labels: { alertname: 'X' } })];
    const response = await post(anAlertmanagerBody({ alerts, groupLabels: {}, commonLabels: {} }));
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({
      errors: [{ pointer: '#/alerts/1/labels/cluster' }],
      incidents: [{ created: true }],
    });
    expect(engine.allRuns()).toHaveLength(1);
  });

  it('answers 503 with a time to come back while Temporal is down, and takes the alert afterwards', async () => {
    engine.state.down = true;
    const refused = await post(anAlertmanagerBody());
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problemOf(refused))['type']).toBe('urn:wardround:problem:temporal-unavailable');
    engine.state.down = false;
    expect((await post(anAlertmanagerBody())).status).toBe(202);
    expect(engine.allRuns()).toHaveLength(1);
  });

  it('answers 503 when more deliveries are under way than it can hold', async () => {
    const statuses = await Promise.all(
      Array.from({ length: requestsInFlightMax + 6 }, async () => (await post(anAlertmanagerBody())).status),
    );
    expect(statuses.filter((status) => status === 202)).toHaveLength(requestsInFlightMax);
    expect(statuses.filter((status) => status === 503)).toHaveLength(6);
    expect((await post(anAlertmanagerBody())).status).toBe(202);
  });

  it('answers 500 to what it did not expect and keeps the reason to its log', async () => {
    engine.state.broken = true;
    const response = await post(anAlertmanagerBody());
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problemOf(response))).not.toContain('secret-of-the-server');
  });

  it('logs each request and outcome, and neither token nor body', async () => {
    await post(anAlertmanagerBody());
    await api.request(`/v1/alerts/${token}?token=${token}`);
    const log = logLines.join('\n');
    expect(log).toContain('"path":"/v1/alerts","status":202');
    expect(log).toContain('"outcome":"started"');
    expect(log).toContain('"path":"(unknown)","status":404');
    expect(log).not.toContain(token);
    expect(log).not.toContain('Steps of pretrain');
  });
});

describe('the other addresses', () => {
  it('answer 404 where nothing is', async () => {
    const response = await api.request('/v2/alerts');
    expect(response.status).toBe(404);
    await problemOf(response);
  });

  it.each([
    ['/v1/alerts', 'GET', 'POST'],
    ['/healthz', 'POST', 'GET, HEAD'],
    ['/readyz', 'DELETE', 'GET, HEAD'],
  ])('%s answers 405 to %s and names %s', async (path, method, allow) => {
    const response = await api.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    await problemOf(response);
  });

  it('/healthz speaks of the process, /readyz of Temporal too', async () => {
    engine.state.down = true;
    expect((await api.request('/healthz')).status).toBe(200);
    const notReady = await api.request('/readyz');
    expect(notReady.status).toBe(503);
    await problemOf(notReady);
    engine.state.down = false;
    expect((await api.request('/readyz')).status).toBe(200);
  });
});
