import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { PerfWatchView } from '../../workflows/perf-watch.ts';
import { startStack, type RunningStack } from '../support/running-stack.ts';

/** The paper's case on a whole running product: a GPU of a healthy job locks its clock. */
const msMax = 120_000;
let stack: RunningStack;

beforeAll(async () => {
  stack = startStack(['--seed', '5']);
  await stack.sees(/Up in .* s/);
}, msMax);
afterAll(() => stack.stop(), 30_000);

interface Shown {
  readonly watches: readonly { readonly job: string; readonly view: PerfWatchView | null }[];
}
interface Listed {
  readonly incidents: readonly {
    readonly id: string;
    readonly verdict: string | null;
    readonly categories: readonly string[];
    readonly nodes: readonly string[];
  }[];
}
interface Fault {
  readonly node: string;
  readonly gpu: number;
}

async function watch(): Promise<PerfWatchView> {
  const { stdout } = await stack.cli('perf', 'watch', 'show', '--all', '--json');
  const { watches } = JSON.parse(stdout) as Shown; // our own output
  const [first] = watches;
  if (first?.view === null || first === undefined) throw new Error('no worker answered for the watch');
  return first.view;
}

async function incidents(): Promise<Listed['incidents']> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as Listed).incidents; // our own output
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(async () => isSo().catch(() => false), { timeout: msMax, interval: 500 });
}

it(
  'a healthy job is seen as fast as it is predicted, and nothing is raised',
  async () => {
    await waitUntil(async () => (await watch()).state.looks >= 8);
    const { state } = await watch();
    expect(state).toMatchObject({ verdict: 'normal', warning: null, past: [], degraded: [] });
    expect(state.speed?.predictedTokensPerSecond).toBeGreaterThan(0);
    expect(await incidents()).toEqual([]);
  },
  msMax,
);

it(
  'a locked GPU is warned of within three minutes, with throughput and power against the prediction',
  async () => {
    const { lastLookAtMs: beforeMs } = (await watch()).state;
    const injected = await stack.cli('cluster', 'inject', 'gpu-clock-lock', '--seed', '5', '--json');
    const fault = JSON.parse(injected.stdout) as Fault; // our own output
    await waitUntil(async () => (await watch()).state.warning?.told?.stage === 'firing');
    const { warning } = (await watch()).state;
    const { sinceMs = null } = warning?.suspicion ?? {};
    // The onset as it is told lies after the last look before it.
    expect(sinceMs).toBeGreaterThan(beforeMs ?? Infinity);
    expect((warning?.startsAtMs ?? Infinity) - (sinceMs ?? 0)).toBeLessThanOrEqual(180_000);
    expect(warning?.suspicion).toMatchObject({ component: 'compute-clock', node: fault.node, gpu: fault.gpu });
    expect(warning?.suspicion.summary).toMatch(
      /tokens\/s, \d+ % of the [\d,]+ predicted; \d+ W a GPU, \d+ % of the \d+/,
    );
    expect(warning?.told?.incidents).toHaveLength(1);
  },
  msMax,
);

it(
  'the warning and the alert of the cluster are one incident, which finds the GPU, over a kill -9 of its workers',
  async () => {
    for (const name of ['orchestrator', 'log-worker']) process.kill(stack.pid(name), 'SIGKILL');
    for (const name of ['orchestrator', 'log-worker']) await stack.sees(new RegExp(`${name} .*started again`));
    await waitUntil(async () => (await incidents()).some(({ verdict }) => verdict === 'attributed'));
    const found = (await incidents()).filter(({ verdict }) => verdict !== null);
    expect(found).toMatchObject([{ verdict: 'attributed', categories: ['gpu-clock-throttle'] }]);
    const { warning, past } = (await watch()).state;
    expect(past).toEqual([]);
    expect(found[0]?.nodes).toContain(warning?.suspicion.node);
  },
  msMax,
);

it(
  'when the fault is healed the warning is taken back, and none follows',
  async () => {
    expect((await stack.cli('cluster', 'heal')).code).toBe(0);
    await waitUntil(async () => (await watch()).state.past.length === 1);
    const { looks } = (await watch()).state;
    await waitUntil(async () => (await watch()).state.looks > looks + 10);
    expect((await watch()).state).toMatchObject({ verdict: 'normal', warning: null });
    expect((await watch()).state.past).toHaveLength(1);
  },
  msMax,
);
