import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Check, CheckSpec, DoctorContext, Endpoints } from '../../../infra/doctor/check.ts';
import { endpointChecks } from '../../../infra/doctor/endpoint-checks.ts';
import { machineChecks } from '../../../infra/doctor/machine-checks.ts';
import { checks, runDoctor } from '../../../infra/doctor/run-doctor.ts';
import { setupChecks } from '../../../infra/doctor/setup-checks.ts';
import { processIdentity } from '../../../infra/stack/process-identity.ts';
import { doctor } from '../../../workers/cli/doctor.ts';
import type { Terminal } from '../../../workers/cli/output.ts';

const nothing: Endpoints = { temporal: undefined, s3: undefined, chroma: undefined, metrics: undefined };
let context: DoctorContext;

beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardround-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  context = {
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    stateDir: path.join(folder, 'state'),
    endpoints: nothing,
    stackRuns: false,
    environment: { PATH: '', HOME: folder },
  };
});

test('every check has an id and a title of its own', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(new Set(checks.map(({ title }) => title)).size).toBe(checks.length);
});

test('checks come in their order, and a broken one does not stop the others', async () => {
  const specs: CheckSpec[] = [
    { id: 'slow', title: 'slow', run: async () => ({ status: 'ok', detail: String(await Promise.resolve(1)) }) },
    { id: 'broken', title: 'broken', run: () => Promise.reject(new Error('oops')) },
    { id: 'last', title: 'last', run: () => ({ status: 'ok', detail: '' }) },
  ];
  const found = await all(runDoctor(context, specs));
  expect(found.map(({ id, status }) => [id, status])).toEqual([
    ['slow', 'ok'],
    ['broken', 'fail'],
    ['last', 'ok'],
  ]);
  expect(found[1]?.detail).toContain('oops');
});

test('a missing tool, and the Go that would build it, are failures with advice', async () => {
  const found = await all(runDoctor(context, setupChecks));
  for (const id of ['temporal', 'versitygw', 'go']) {
    expect(found.find((check) => check.id === id)).toMatchObject({
      status: 'fail',
      advice: expect.stringMatching(/run|install/),
    });
  }
  expect(found.find(({ id }) => id === 'chroma')).toMatchObject({ status: 'ok' });
});

describe('the state folder', () => {
  const look = async (): Promise<Check> =>
    only(
      await all(
        runDoctor(
          context,
          machineChecks.filter(({ id }) => id === 'state'),
        ),
      ),
    );

  test('may not exist yet', async () => {
    expect(await look()).toMatchObject({ status: 'ok', detail: 'made at the first start' });
  });

  test('is held by a live stack, or was left by a dead one', async () => {
    const lock = { pid: process.pid, startedAt: '2026-11-20T10:00:00Z', identity: processIdentity(process.pid) };
    writeLock(JSON.stringify(lock));
    expect(await look()).toMatchObject({ status: 'ok', detail: expect.stringContaining(`process ${process.pid}`) });
    writeLock(JSON.stringify({ ...lock, identity: 'an earlier process with this id' }));
    expect(await look()).toMatchObject({ status: 'warn', advice: expect.stringContaining('takes it over') });
    writeLock('{');
    expect(await look()).toMatchObject({ status: 'warn', detail: 'its lock is unreadable' });
  });

  function writeLock(text: string): void {
    mkdirSync(context.stateDir, { recursive: true });
    writeFileSync(path.join(context.stateDir, 'up.lock'), text);
  }
});

describe('a configured server', () => {
  test('answers, refuses, or answers with an error', async () => {
    const url = await serve();
    const temporal = await listen(createHttp2Server());
    const found = await all(
      runDoctor({ ...context, endpoints: { ...nothing, temporal, s3: url, chroma: `${url}/` } }, endpointChecks),
    );
    expect(found.map(({ status }) => status)).toEqual(['ok', 'ok', 'fail', 'ok', 'ok']);
    expect(found[2]?.detail).toContain('answers 500');

    // Incidents are diagnosed without a model, too.
    const withModel = { ...nothing, model: 'http://127.0.0.1:1/v1/models' };
    expect((await all(runDoctor({ ...context, endpoints: withModel }, endpointChecks))).at(-1)).toMatchObject({
      status: 'warn',
      id: 'endpoint.model',
    });

    const refused = { ...nothing, temporal: '127.0.0.1:1', metrics: 'http://user:secret@127.0.0.1:1' };
    const failed = await all(runDoctor({ ...context, endpoints: refused }, endpointChecks));
    expect(failed[0]).toMatchObject({ status: 'fail', detail: '127.0.0.1:1: ECONNREFUSED' });
    expect(failed[0]?.advice).toContain('WARDROUND_TEMPORAL_ADDRESS');
    expect(JSON.stringify(failed)).not.toContain('secret');
  });

  test('that takes the connection and says nothing does not answer', async () => {
    const temporal = await listen(createTcpServer());
    const [found] = await all(runDoctor({ ...context, endpoints: { ...nothing, temporal } }, endpointChecks));
    expect(found).toMatchObject({ status: 'fail', detail: `${temporal}: no answer in 3 s` });
  });

  /** Allows everything but Chroma's heartbeat. */
  async function serve(): Promise<string> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/api/v2/heartbeat' ? 500 : 403).end();
    });
    return `http://${await listen(server)}`;
  }

  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  }
});

test('the command prints a line a check with advice, or JSON, and ends with 1 when something fails', async () => {
  const lines: string[] = [];
  expect(await doctor(context, terminal(lines), false)).toBe(1);
  expect(lines[0]).toMatch(/^✓ Node {13}\d+\.\d+\.\d+/);
  expect(lines.join('\n')).toMatch(/✗ Temporal server .*\n +→ run/);
  expect(lines.at(-1)).toMatch(/checks? fail/);

  const json: string[] = [];
  await doctor(context, terminal(json), true);
  const printed = JSON.parse(json.join('\n')) as { ok: boolean; checks: Check[] };
  expect(printed.ok).toBe(false);
  expect(printed.checks.map(({ id }) => id)).toEqual(checks.map(({ id }) => id));
});

function terminal(lines: string[]): Terminal {
  return {
    out: (text) => void lines.push(text),
    err: () => {},
    ask: () => Promise.resolve(''),
    colour: false,
    interactive: false,
  };
}

async function all(found: AsyncIterable<Check>): Promise<Check[]> {
  const list: Check[] = [];
  for await (const check of found) list.push(check);
  return list;
}

function only(found: readonly Check[]): Check {
  const [check] = found;
  if (check === undefined) throw new Error('no check ran');
  return check;
}
