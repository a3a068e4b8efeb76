import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startStack, type RunningStack } from '../support/running-stack.ts';

/** One incident on a stack of which a part after the other fails: Temporal at intake, Chroma, a node's host key. */
let stack: RunningStack;
const msMax = 120_000;
const faulty = { node: 'node-04', gpu: 2 };
const rekeyed = 'node-08';
const withoutChroma = /dense retrieval left out \(unreachable\)/;

beforeAll(async () => {
  stack = startStack(['--no-watch', '--seed', '31']);
  await stack.sees(/Up in .* s/);
}, msMax);
afterAll(async () => {
  await stack.stop();
}, 30_000);

interface LockFile {
  readonly pid: number;
}

interface Chart {
  readonly degraded: readonly string[];
  readonly verdict: { readonly kind: string; readonly causes: readonly Cause[] } | null;
  readonly approval: { readonly proposal: { readonly digest: string } | null };
  readonly closing: { readonly kind: string } | null;
}
interface Cause {
  readonly category: string;
  readonly node?: string;
  readonly device?: { readonly index?: number };
}
interface Listed {
  readonly incidents: readonly { readonly id: string; readonly phase: string; readonly needsHuman: boolean }[];
}

async function incidents(): Promise<Listed['incidents']> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as Listed).incidents; // our own output
}

async function chart(): Promise<Chart> {
  const { stdout, stderr } = await stack.cli('incident', 'show', 'site-a/', '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Chart; // our own output
}

function until(holds: () => Promise<boolean> | boolean): Promise<unknown> {
  return vi.waitUntil(holds, { timeout: msMax, interval: 250 });
}

function api(): { readonly url: string; readonly token: string } {
  const file = readFileSync(join(stack.stateDir, 'stack.json'), 'utf8');
  return (JSON.parse(file) as { api: ReturnType<typeof api> }).api; // our own file
}

/** Answers of the API to alerts, as it logged them. */
function answers(status: number): number {
  const lines = readFileSync(join(stack.stateDir, 'logs', 'api.log'), 'utf8').split('\n');
  return lines.filter((line) => line.includes('"path":"/v1/alerts"') && line.includes(`"status":${status}`)).length;
}

/** A resolved alert of a group that nobody has heard of: it has to ask Temporal, and changes nothing there. */
function sendResolved(): Promise<Response> {
  const { url, token } = api();
  const labels = { alertname: 'TrainingStepSlow', cluster: 'site-a' };
  const alert = { status: 'resolved', labels, annotations: {}, startsAt: '2026-01-01T00:00:00Z', fingerprint: '01' };
  return fetch(`${url}/v1/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: 'other', status: 'resolved', groupLabels: labels, alerts: [alert] }),
  });
}

it(
  'a server that keeps ending is given up with a word, and the others go on',
  async () => {
    for (let kills = 0; !/chroma .*ended too often/.test(stack.output()); kills += 1) {
      process.kill(stack.pid('chroma'), 'SIGKILL');
      await until(() => stack.output().split(/(?:chroma .*started again|chroma .*ended too often)/).length > kills + 1);
    }
    expect((await stack.cli('incident', 'list')).code).toBe(0);
  },
  msMax,
);

it(
  'while Temporal does not answer, alerts are refused for now, and their sender starts one incident later',
  async () => {
    expect((await stack.cli('cluster', 'rekey', rekeyed)).code).toBe(0);
    const temporal = stack.pid('temporal');
    process.kill(temporal, 'SIGSTOP');
    try {
      const place = ['--node', faulty.node, '--gpu', String(faulty.gpu)];
      expect((await stack.cli('cluster', 'inject', 'gpu-clock-lock', ...place)).code).toBe(0);
      const refused = await sendResolved();
      expect(refused.status).toBe(503);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(await refused.json()).toMatchObject({ type: 'urn:wardround:problem:temporal-unavailable' });
      await until(() => answers(503) >= 2); // ours, and at least one of the cluster's own
      const listed = await stack.cli('incident', 'list');
      expect(listed).toMatchObject({ code: 1 });
      expect(listed.stderr).toContain('Temporal does not answer');
    } finally {
      process.kill(temporal, 'SIGCONT');
    }
    await until(() => answers(202) >= 1);
    expect(await incidents()).toHaveLength(1);
  },
  msMax,
);

it(
  'without Chroma and with an unknown host key the cause is found, and the chart says what was missing',
  async () => {
    await until(async () => (await incidents()).some(({ needsHuman }) => needsHuman));
    const { degraded, verdict } = await chart();
    expect(verdict?.causes[0]).toMatchObject({
      category: 'gpu-clock-throttle',
      node: faulty.node,
      device: { index: faulty.gpu },
    });
    expect(degraded).toContainEqual(expect.stringMatching(withoutChroma));
    expect(degraded).toContainEqual(expect.stringMatching(/probe reading\(s\) .* are missing: .*node-08/));
    const { stdout } = await stack.cli('incident', 'show', 'site-a/');
    expect(stdout).toMatch(new RegExp(`on ${rekeyed} unread: ${rekeyed}: the host key is not one of the inventory`));
  },
  msMax,
);

it(
  'the incident is repaired and verified all the same',
  async () => {
    const digest = (await chart()).approval.proposal?.digest ?? '';
    const approved = await stack.cli('incident', 'approve', 'site-a/', '--digest', digest, '--as', 'Ada', '--yes');
    expect(approved).toMatchObject({ code: 0 });
    await until(async () => (await incidents()).every(({ phase }) => phase === 'closed'));
    const { closing, degraded } = await chart();
    expect(closing?.kind).toBe('repaired');
    expect(degraded).toContainEqual(expect.stringMatching(withoutChroma));
    expect(await incidents()).toHaveLength(1);
  },
  msMax,
);

it(
  'killed without a chance to stop, it starts again on the same folder with the cluster that it had',
  async () => {
    const lock = JSON.parse(readFileSync(join(stack.stateDir, 'up.lock'), 'utf8')) as LockFile; // our own file
    const before = JSON.parse((await stack.cli('cluster', 'status', '--json')).stdout) as {
      job: { iteration: number };
    };
    process.kill(lock.pid, 'SIGKILL');
    stack = startStack(['--no-watch'], stack.stateDir);
    await stack.sees(/Took over the lock of process \d+/);
    await stack.sees(/\d+ open workflows? replayed: this version goes on with (?:it|them)/);
    await stack.sees(/Up in .* s/);
    const after = JSON.parse((await stack.cli('cluster', 'status', '--json')).stdout) as typeof before;
    expect(after.job.iteration).toBeGreaterThanOrEqual(before.job.iteration);
    expect(await incidents()).toHaveLength(1);
  },
  msMax,
);
