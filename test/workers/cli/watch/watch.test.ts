import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followedFiles } from '../../../../activities/adapters/followed-files.ts';
import { alertGroupSchema, type AlertGroup } from '../../../../kb/schemas/alert-group.ts';
import { watchPolicy } from '../../../../kb/logs/watch/alert-table.ts';
import { alertSender } from '../../../../workers/cli/watch/alert-sender.ts';
import { runWatch, type WatchOptions } from '../../../../workers/cli/watch/run-watch.ts';
import { sendJson, startHttpServer, type TestHttpServer } from '../../../support/http-server.ts';
import { repositoryPath } from '../../../support/repository.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { recordingTerminal } from '../../support/recording-terminal.ts';

const token = 'a-token-of-sixteen-characters';
const xid = (node: string, code = 79) =>
  `Nov 21 03:12:59 ${node} kernel: NVRM: Xid (PCI:0000:07:00): ${code}, pid=1234, GPU has fallen off the bus.\n`;
const watchdog =
  '[rank3]:[E1121 03:14:00.123 ProcessGroupNCCL.cpp:616] [Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=42, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600012 milliseconds before timing out.\n';

let root: ReturnType<typeof temporaryFolder>;
let logs: string;
let server: TestHttpServer;
/** Bodies that were taken. */
let taken: AlertGroup[];
/** What the API answers; 202 by default. */
let answer: (requests: number) => { readonly status: number; readonly body?: unknown };
let requests: number;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  root = temporaryFolder('watch');
  logs = root.of('logs');
  taken = [];
  requests = 0;
  answer = () => ({ status: 202 });
  server = await startHttpServer(({ url, body, raw }, response) => {
    requests += 1;
    const asked = [url.pathname, raw.method, raw.headers.authorization].join(' ');
    if (asked !== `/v1/alerts POST Bearer ${token}`) return sendJson(response, 404, { detail: asked });
    const { status, body: answered } = answer(requests);
    if (status !== 202) return sendJson(response, status, answered ?? {});
    const group = alertGroupSchema.parse(JSON.parse(body));
    taken.push(group);
    const incident = { workflowId: 'incident/site-a/1', runId: 'run', created: true, outcome: 'started' };
    return sendJson(response, 202, { incidents: [{ ...incident, incidentId: 'site-a/1' }] });
  });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await server.stop();
  root.remove();
});

const put = (name: string, text: string) => writeFileSync(path.join(logs, name), text);
const add = (name: string, text: string) => appendFileSync(path.join(logs, name), text);
const stateFile = () => path.join(root.path, 'state.json');
const firing = () => taken.flatMap(({ alerts }) => alerts.map(({ labels, status }) => `${labels['node']} ${status}`));
const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 20_000, interval: 20 });

function optionsOf(changes: Partial<WatchOptions> = {}): WatchOptions {
  return {
    places: [followedFiles(logs)],
    cluster: 'site-a',
    inventory: null,
    given: {},
    labels: {},
    fromStart: false,
    once: false,
    json: true,
    intervalMs: 20,
    stateFile: stateFile(),
    send: alertSender({ url: server.url, token }),
    ...changes,
  };
}

function start(changes: Partial<WatchOptions> = {}) {
  const controller = new AbortController();
  const recorded = recordingTerminal();
  const ended = runWatch(optionsOf(changes), {
    terminal: recorded.terminal,
    nowMs: Date.now,
    until: controller.signal,
  });
  ended.catch(() => {}); // a test that does not wait for it has failed already
  const stop = () => {
    controller.abort();
    return ended;
  };
  stops.push(() =>
    stop().then(
      () => {},
      () => {},
    ),
  );
  return {
    events: () =>
      recorded
        .stdout()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { event: string; why?: string; alert?: { node?: string } }),
    begun: () => until(() => recorded.stdout().includes('"watching"')),
    stop,
    ended,
  };
}

describe('a watch', () => {
  it('raises an alert from a line that is written while it watches, with its place, and ends in order', async () => {
    put('kern.log', xid('node-01'));
    const watch = start({ labels: { team: 'nlp' }, given: { job: 'main' } });
    await watch.begun();
    add('kern.log', xid('node-02'));
    await until(() => taken.length > 0);
    expect(taken[0]?.alerts[0]).toMatchObject({
      status: 'firing',
      labels: { alertname: 'LogGpuFellOffBus', cluster: 'site-a', node: 'node-02', job: 'main', team: 'nlp' },
      annotations: { file: path.join(logs, 'kern.log'), line: '2' },
    });
    const startedMs = performance.now();
    expect(await watch.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(watch.events().map(({ event }) => event)).toEqual(['watching', 'raised', 'stopped']);
    expect(firing()).toEqual(['node-02 firing']);
  });

  it('goes on at the next start: what came in between is raised, what was raised is not', async () => {
    put('kern.log', '');
    const first = start();
    await first.begun();
    add('kern.log', xid('node-01'));
    await until(() => taken.length === 1);
    await first.stop();
    add('kern.log', xid('node-02'));
    const second = start();
    await until(() => taken.length === 2);
    await second.stop();
    expect(firing()).toEqual(['node-01 firing', 'node-02 firing']);
  });

  it('tells when it is over', async () => {
    put('kern.log', '');
    const watch = start({ policy: { ...watchPolicy, resolveMs: 200 } });
    await watch.begun();
    add('kern.log', xid('node-01'));
    await until(() => taken.length === 2);
    expect(firing()).toEqual(['node-01 firing', 'node-01 resolved']);
    expect(taken[1]?.status).toBe('resolved');
    await watch.stop();
    expect(JSON.parse(readFileSync(stateFile(), 'utf8'))).toMatchObject({ alerts: [] });
  });

  it('waits with a symptom for its cause, and folds it into that', async () => {
    put('rank-3.log', '');
    const watch = start({ given: { job: 'main' }, policy: { ...watchPolicy, settleMs: 300 } });
    await watch.begun();
    add('rank-3.log', watchdog);
    add('rank-3.log', xid('node-01'));
    await until(() => taken.length === 1);
    add('rank-3.log', watchdog);
    add('rank-3.log', xid('node-05'));
    await until(() => taken.length === 2);
    await watch.stop();
    expect(taken.flatMap(({ alerts }) => alerts.map(({ labels }) => labels['alertname']))).not.toContain(
      'LogTrainingFailure',
    );
  });
});

describe('an API that does not take alerts', () => {
  it('is asked again until it does; nothing is lost meanwhile', async () => {
    put('kern.log', '');
    answer = (count) => (count <= 1 ? { status: 503, body: { detail: 'Temporal does not answer.' } } : { status: 202 });
    const watch = start();
    await watch.begun();
    add('kern.log', xid('node-01'));
    await until(() => watch.events().some(({ event }) => event === 'waiting'));
    add('kern.log', xid('node-02'));
    await until(() => taken.length >= 2);
    await watch.stop();
    expect(new Set(firing())).toEqual(new Set(['node-01 firing', 'node-02 firing']));
  });

  it('keeps what it could not send for the next start', async () => {
    put('kern.log', '');
    const down = start({ send: async () => ({ kind: 'later', why: 'down', afterMs: null }) });
    await down.begun();
    add('kern.log', xid('node-01'));
    await until(() => down.events().some(({ event }) => event === 'waiting'));
    expect(await down.stop()).toBe(0);
    const watch = start();
    await until(() => taken.length === 1);
    await watch.stop();
    expect(firing()).toEqual(['node-01 firing']);
  });

  it('ends the watch with what to do when the token is wrong; the alert is kept', async () => {
    put('kern.log', '');
    answer = () => ({
      status: 401,
      body: { type: 'urn:wardround:problem:unauthorised', detail: 'not a token of this server' },
    });
    const watch = start();
    await watch.begun();
    add('kern.log', xid('node-01'));
    await expect(watch.ended).rejects.toMatchObject({
      name: 'CommandFailure',
      message: `${server.url} answers 401: not a token of this server`,
      advice: expect.stringContaining('WARDROUND_API_TOKEN'),
    });
    answer = () => ({ status: 202 });
    const again = start();
    await until(() => taken.length === 1);
    await again.stop();
  });

  it('that can not be asked because of a bug of ours ends the watch loudly', async () => {
    put('kern.log', '');
    const watch = start({
      send: async () => {
        throw new TypeError('a bug');
      },
    });
    await watch.begun();
    add('kern.log', xid('node-01'));
    await expect(watch.ended).rejects.toThrow('a bug');
  });

  it('that refuses one group hears of the others, and the watch does not end well', async () => {
    put('kern.log', '');
    answer = (count) => (count === 1 ? { status: 400, body: { detail: 'not JSON' } } : { status: 202 });
    const watch = start();
    await watch.begun();
    add('kern.log', xid('node-01') + xid('node-02'));
    await until(() => taken.length === 1);
    expect(await watch.stop()).toBe(1);
    expect(watch.events().find(({ event }) => event === 'refused')?.why).toContain('answers 400: not JSON');
    expect(requests).toBe(2);
  });
});

describe('once and dry runs', () => {
  it('one pass after the other raises each line once, symptoms included', async () => {
    put('kern.log', xid('node-01'));
    expect(await start({ once: true }).ended).toBe(0);
    expect(firing()).toEqual([]);
    add('kern.log', xid('node-02'));
    put('rank-3.log', watchdog);
    expect(await start({ once: true }).ended).toBe(0);
    expect(await start({ once: true }).ended).toBe(0);
    const names = taken.flatMap(({ alerts }) => alerts.map(({ labels }) => labels['alertname']));
    expect(names).toHaveLength(2);
    expect(new Set(names)).toEqual(new Set(['LogGpuFellOffBus', 'LogTrainingFailure']));
  });

  it('a pass whose alerts nobody takes ends with 1 and leaves them to the next', async () => {
    put('kern.log', xid('node-01'));
    const send: WatchOptions['send'] = async () => ({ kind: 'later', why: 'down', afterMs: null });
    expect(await start({ once: true, fromStart: true, send }).ended).toBe(1);
    expect(await start({ once: true, fromStart: true }).ended).toBe(0);
    expect(firing()).toEqual(['node-01 firing']);
  });

  it('a dry run prints what would be raised, and sends and keeps nothing', async () => {
    put('kern.log', xid('node-01'));
    const watch = start({ once: true, fromStart: true, send: null, stateFile: null });
    expect(await watch.ended).toBe(0);
    expect(watch.events().find(({ event }) => event === 'raised')?.alert?.node).toBe('node-01');
    expect([requests, existsSync(stateFile())]).toEqual([0, false]);
  });

  it('a state file that is none stops the start', async () => {
    put('kern.log', '');
    writeFileSync(stateFile(), '{"version":1,"al');
    await expect(start().ended).rejects.toMatchObject({ name: 'CommandFailure' });
    expect(readFileSync(stateFile(), 'utf8')).toBe('{"version":1,"al');
  });
});

describe('the command', () => {
  it('killed again and again in the middle, raises every line, and none as another alert', async () => {
    const nodes = Array.from({ length: 40 }, (_, at) => `node-${at + 10}`);
    for (const name of ['a.log', 'b.log']) put(name, '');
    let child = await startChild();
    for (const [at, node] of nodes.entries()) {
      add(at % 2 === 0 ? 'a.log' : 'b.log', `${'routine line\n'.repeat(2_000)}${xid(node)}`);
      // Every tenth line meets a watch that is just being killed, at whatever it is doing.
      if (at % 10 === 9) {
        child.kill('SIGKILL');
        child = await startChild();
      }
    }
    await until(() => new Set(firing()).size === nodes.length);
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(new Set(firing())).toEqual(new Set(nodes.map((node) => `${node} firing`)));
    // A repeat after a kill says the same as before, so that the API knows it.
    const starts = new Map<string, Set<string>>();
    for (const { alerts } of taken)
      for (const { fingerprint, startsAt } of alerts)
        starts.set(fingerprint, (starts.get(fingerprint) ?? new Set()).add(startsAt));
    expect([starts.size, [...starts.values()].every(({ size }) => size === 1)]).toEqual([nodes.length, true]);
  }, 60_000);
});

async function startChild(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [repositoryPath('workers/cli.ts'), 'watch', logs, '--json', '--interval', '0.1', '--state', stateFile()],
    {
      env: {
        PATH: process.env['PATH'],
        WARDROUND_STATE_DIR: root.of('stack'),
        WARDROUND_API_LISTEN: new URL(server.url).host,
        WARDROUND_API_TOKEN: token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  stops.push(async () => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('"watching"'));
  return child;
}
