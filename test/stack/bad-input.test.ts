import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startStack, type RunningStack } from '../support/running-stack.ts';

/** A node that nobody reaches while it is suspected, and then a database that is gone. */
let stack: RunningStack;
const msMax = 120_000;
const faulty = { node: 'node-06', gpu: 5 };

beforeAll(async () => {
  stack = startStack(['--seed', '43']);
  await stack.sees(/Up in .* s/);
}, msMax);
afterAll(() => stack.stop(), 30_000);

interface Listed {
  readonly incidents: readonly {
    readonly id: string;
    readonly phase: string;
    readonly needsHuman: boolean;
    readonly startedAt: string;
  }[];
}
interface Chart {
  readonly degraded: readonly string[];
  readonly runId: string;
  readonly verdict: { readonly kind: string } | null;
}

async function incidents(): Promise<Listed['incidents']> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as Listed).incidents; // our own output
}

async function chart(): Promise<Chart> {
  return JSON.parse((await stack.cli('incident', 'show', 'site-a/', '--json')).stdout) as Chart; // our own output
}

function until(holds: () => Promise<boolean>): Promise<unknown> {
  return vi.waitUntil(holds, { timeout: msMax, interval: 250 });
}

it(
  'an unreachable node is named as unread, nothing is attributed to it without a measurement, and people are asked',
  async () => {
    expect((await stack.cli('cluster', 'unplug', faulty.node)).code).toBe(0);
    const place = ['--node', faulty.node, '--gpu', String(faulty.gpu)];
    expect((await stack.cli('cluster', 'inject', 'gpu-clock-lock', ...place)).code).toBe(0);
    await until(async () => (await incidents()).some(({ needsHuman }) => needsHuman));
    const { degraded, verdict } = await chart();
    expect(degraded).toContainEqual(expect.stringMatching(new RegExp(`are missing: .*${faulty.node}`)));
    expect(verdict?.kind).toBe('not-proven');
    expect((await incidents())[0]?.phase).toBe('awaiting-people');
  },
  msMax,
);

it(
  'with the database of Temporal gone it says what that means, and the alert that still fires is an incident again',
  async () => {
    const before = await chart();
    const { stateDir } = stack;
    expect(await stack.halt()).toBe(0);
    for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'])
      rmSync(join(stateDir, name), { force: true });
    stack = startStack([], stateDir);
    await stack.sees(/The database of Temporal, .*temporal\.db, is gone; a new one is made/);
    await stack.sees(/Up in .* s/);
    expect((await stack.cli('cluster', 'plug', faulty.node)).code).toBe(0);
    await until(async () => (await incidents()).length === 1);
    expect((await chart()).runId).not.toBe(before.runId);
    await until(async () => (await incidents()).some(({ phase }) => phase === 'awaiting-approval'));
  },
  msMax,
);
