import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPrometheus } from '../../../activities/adapters/prometheus.ts';
import { closedAddress, sendJson, startHttpServer, type TestHttpServer } from '../../support/http-server.ts';

/** Answers like the query API; the selector says what. */
let server: TestHttpServer;
let asked: URLSearchParams | null = null;
beforeAll(async () => {
  server = await startHttpServer(({ url }, response) => {
    asked = url.searchParams;
    const query = url.searchParams.get('query') ?? '';
    if (query === 'bad{')
      return sendJson(response, 400, { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end' });
    if (query === 'busy')
      return sendJson(response, 503, { status: 'error', errorType: 'timeout', error: 'query timed out' });
    if (query === 'page') return response.writeHead(200).end('<html>login</html>');
    if (query === 'scalar')
      return sendJson(response, 200, { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } });
    if (query === 'nothing')
      return sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result: [] } });
    const values = [
      [1700000000, '1410'],
      [1700000015.5, '210.25'],
      [1700000030, 'NaN'],
      [1700000045, '+Inf'],
    ];
    const metric = { __name__: 'DCGM_FI_DEV_SM_CLOCK', Hostname: 'node-03', gpu: '3' };
    sendJson(response, 200, {
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric, values }] },
      warnings: ['partial'],
    });
  });
});
afterAll(() => server.stop());

const range = (selector: string, changes = {}) =>
  createPrometheus(`${server.url}/`).range({
    selector,
    fromMs: 1_700_000_000_000,
    toMs: 1_700_000_060_500,
    stepMs: 15_000,
    ...changes,
  });

describe('Prometheus query API', () => {
  test('series come back with milliseconds and numbers; values that are none are left out', async () => {
    expect(await range('DCGM_FI_DEV_SM_CLOCK')).toEqual([
      {
        name: 'DCGM_FI_DEV_SM_CLOCK',
        labels: { Hostname: 'node-03', gpu: '3' },
        points: [
          [1_700_000_000_000, 1410],
          [1_700_000_015_500, 210.25],
        ],
      },
    ]);
    expect(Object.fromEntries(asked ?? [])).toEqual({
      query: 'DCGM_FI_DEV_SM_CLOCK',
      start: '1700000000',
      end: '1700000060.5',
      step: '15',
    });
  });

  test('a metric that does not exist has no series', async () => {
    expect(await range('nothing')).toEqual([]);
  });

  test('a refused query carries the reason of the server', async () => {
    await expect(range('bad{')).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('parse error: unexpected end'),
    });
  });

  test.each([
    ['busy', 'unreachable'],
    ['page', 'malformed'],
    ['scalar', 'malformed'],
  ])('an answer of sort %s is %s', async (selector, kind) => {
    await expect(range(selector)).rejects.toMatchObject({ name: 'PortError', kind });
  });

  test('a range with more steps than a server answers is refused before it is asked', async () => {
    asked = null;
    await expect(range('x', { stepMs: 1 })).rejects.toMatchObject({ kind: 'too-large' });
    expect(asked).toBeNull();
  });

  test('a server that is away is unreachable', async () => {
    const away = createPrometheus(await closedAddress()).range({ selector: 'x', fromMs: 0, toMs: 1, stepMs: 1 });
    await expect(away).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
  });
});
