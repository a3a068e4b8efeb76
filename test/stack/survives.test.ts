import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack, type RunningStack } from '../support/running-stack.ts';

let stack: RunningStack;
const msMax = 120_000;

beforeAll(async () => {
  stack = startStack(['--demo', '--seed', '21']);
  await stack.sees(/Now it waits for you/);
}, msMax);
afterAll(() => stack.stop(), 30_000);

interface ClusterStatus {
  readonly actions: readonly { readonly by: string; readonly text: string }[];
  readonly faults: readonly unknown[];
}

async function clusterStatus(): Promise<ClusterStatus> {
  return JSON.parse((await stack.cli('cluster', 'status', '--json')).stdout) as ClusterStatus; // our own output
}

/** Journal entries of the gates of all nodes: what was ever begun on them. */
function journalEntries(): readonly string[] {
  const nodes = join(stack.stateDir, 'cluster', 'nodes');
  return readdirSync(nodes).flatMap((node) => {
    const journal = join(nodes, node, 'gate', 'journal');
    return existsSync(journal) ? readdirSync(journal).map((token) => join(journal, token)) : [];
  });
}

async function untilJournalled(): Promise<void> {
  const untilMs = Date.now() + msMax;
  while (journalEntries().length === 0) {
    if (Date.now() > untilMs) throw new Error(`no gate was asked for anything:\n${stack.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

it('a wrong digest approves nothing', async () => {
  const { code, stderr } = await stack.cli('incident', 'approve', 'site-a/', '--digest', 'a'.repeat(64), '--yes');
  expect(code).toBe(1);
  expect(stderr).toMatch(/not the digest of the open proposal 1/);
  expect(journalEntries()).toEqual([]);
});

it(
  'an orchestrator killed while the proposal waits is started again and still waits',
  async () => {
    process.kill(stack.pid('orchestrator'), 'SIGKILL');
    await stack.sees(/orchestrator .*started again/);
    const { stdout } = await stack.cli('incident', 'list', '--needs-human', '--json');
    expect(stdout).toContain('awaiting-approval');
    expect((await clusterStatus()).faults).toHaveLength(1);
  },
  msMax,
);

it(
  'a remediation worker killed between action and report repeats nothing on the node',
  async () => {
    const digest = /"digest": "([0-9a-f]{64})"/.exec(stack.output())?.[1] ?? '';
    const approved = await stack.cli('incident', 'approve', 'site-a/', '--digest', digest, '--as', 'Ada', '--yes');
    expect(approved).toMatchObject({ code: 0 });
    await untilJournalled();
    process.kill(stack.pid('remediation-worker'), 'SIGKILL');
    await stack.sees(/remediation-worker .*started again/);
    await stack.sees(/As expected: gpu-clock-lock/);

    expect(stack.output()).toMatch(/gpu-clocks-reset on node-\d+: done \(exit 0, answered from the journal\)/);
    expect(journalEntries()).toHaveLength(1);
    const status = await clusterStatus();
    expect(status.actions.filter((action) => action.by !== 'fault')).toHaveLength(1);
    expect(status.faults).toEqual([]);
  },
  msMax,
);

it('after Ctrl-C nothing is left running and the lock is gone', async () => {
  const pids = ['temporal', 'chroma', 's3', 'cluster', 'api', 'orchestrator', 'log-worker', 'probe-worker'].map(
    (name) => stack.pid(name),
  );
  const lock = join(stack.stateDir, 'up.lock');
  expect(readFileSync(lock, 'utf8')).toContain('temporal');
  expect(await stack.stop()).toBe(0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
}, 30_000);
