import { describe, expect, it } from 'vitest';
import { headlessCluster, partsOf, performanceFaults, type HeadlessCluster } from '../../../infra/cluster/headless.ts';
import { findFault } from '../../../infra/cluster/faults/index.ts';
import { inventorySchema } from '../../../kb/schemas/inventory.ts';
import { minutes } from './held-cluster.ts';

const cluster = (jobs = 1, nodes = 10) => headlessCluster({ nodes, seed: 3, jobs });
const valueOf = (text: string, name: string, labels: string): number => {
  const line = text.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels));
  return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? Number.NaN);
};
const job = 'job="pretrain-13b"';
const at = (one: HeadlessCluster, minute: number, name: string, labels = job) =>
  valueOf(one.metricsAt(one.startMs + minutes(minute), [name]), name, labels);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a cluster without servers', () => {
  it('has an inventory that the product accepts', () => {
    const { jobs } = inventorySchema.parse(cluster(3, 20).inventory);
    expect(jobs.map(({ training }) => training?.['layers'])).toEqual([40, 32, 56]);
  });

  it('gives the same text for the same seed and calls, and another for another seed', () => {
    const texts = [3, 3, 4].map((seed) => {
      const one = headlessCluster({ nodes: 3, seed, jobs: 1 });
      one.inject('gpu-clock-lock', { onsetMs: one.startMs + minutes(3), set: { mhz: 1_000 } });
      return [5, 9].map((minute) => one.metricsAt(one.startMs + minutes(minute))).join('');
    });
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('goes forward only, and refuses what is past', () => {
    const one = cluster();
    one.metricsAt(one.startMs + minutes(5), ['training_']);
    expect(() => one.metricsAt(one.startMs + minutes(4))).toThrow(/time goes forward/);
    expect(() => one.inject('gpu-clock-lock', { onsetMs: one.startMs })).toThrow(/is past/);
    expect(() => one.inject('no-such-fault')).toThrow(/there is no fault/);
  });

  it('lets a fault come when its time comes, and heals all', () => {
    const one = cluster();
    one.inject('gpu-clock-lock', { onsetMs: one.startMs + minutes(10), target: { node: 'node-04', gpu: 2 } });
    expect(at(one, 9, 'training_step_seconds')).toBeLessThan(8.5);
    expect(one.activeFaults()).toEqual([]);
    expect(at(one, 12, 'training_step_seconds')).toBeGreaterThan(22);
    expect(one.activeFaults().map(({ id }) => id)).toEqual(['gpu-clock-lock']);
    one.heal();
    expect(at(one, 14, 'training_step_seconds')).toBeLessThan(8.5);
  });

  it('mends one of two faults when its time comes, and the other one stays', () => {
    const one = cluster();
    one.inject('dual-clock-lock-lustre', { onsetMs: one.startMs + minutes(10), seed: 4 });
    one.healPart('gpu-clock-lock', one.startMs + minutes(20));
    one.alertsAt(one.startMs + minutes(12));
    const { node = '', gpu = 0 } = one.activeFaults()[0]?.target ?? {};
    const clock = (minute: number) => {
      const text = one.metricsAt(one.startMs + minutes(minute), ['DCGM_FI_DEV_SM_CLOCK']);
      return Number(new RegExp(`gpu="${gpu}"[^\\n]*Hostname="${node}"\\} (\\d+)\\n`).exec(text)?.[1]);
    };
    expect(clock(19)).toBeLessThan(1_410);
    expect(clock(21)).toBe(1_410);
    expect(one.activeFaults().map(({ id }) => id)).toEqual(['dual-clock-lock-lustre']);
    expect(() => one.healPart('gpu-clock-lock')).toThrow(/is not there as one of two faults/);
    one.healPart('lustre-slow');
    expect(one.activeFaults()).toEqual([]);
    expect(partsOf('dual-clock-lock-lustre')).toEqual(['gpu-clock-lock', 'lustre-slow']);
    expect(partsOf('gpu-clock-lock')).toEqual([]);
  });

  it('renders only what is asked for', () => {
    const one = cluster();
    const names = one
      .metricsAt(one.startMs + minutes(3), ['DCGM_FI_DEV_SM_CLOCK', 'training_'])
      .matchAll(/^# TYPE (\S+)/gm);
    expect(new Set([...names].map((match) => match[1]?.split('_')[0]))).toEqual(new Set(['DCGM', 'training']));
  });
});

describe('a fault from before the start', () => {
  it('is there in the first step: a clock lock', () => {
    const one = cluster();
    one.inject('gpu-clock-lock', { onsetMs: 'before-start', set: { mhz: 600 } });
    const seconds = Array.from({ length: 20 }, (_, minute) => at(one, 2 + minute, 'training_step_seconds'));
    // 0.35 of the step at 600 of 1410 MHz: 8 s * (0.65 + 0.35 * 2.35).
    expect(Math.min(...seconds)).toBeGreaterThan(11);
    expect(mean(seconds) / (8 * (0.65 + (0.35 * 1_410) / 600))).toBeCloseTo(1, 1);
  });

  it('is there in the first step: a setting of NCCL that the job reads at its start', () => {
    const one = cluster();
    one.inject('nccl-p2p-disabled', { onsetMs: 'before-start' });
    expect(at(one, 3, 'training_step_seconds')).toBeGreaterThan(12);
    expect(at(one, 3, 'training_iteration')).toBeGreaterThan(12_000);
  });
});

describe('mild clock locks', () => {
  it.each([600, 1_000, 1_200, 1_305])('at %i MHz slow the job by what the clock explains', (mhz) => {
    const one = cluster();
    one.inject('gpu-clock-lock', { onsetMs: 'before-start', set: { mhz }, target: { node: 'node-02', gpu: 1 } });
    const seconds = Array.from({ length: 60 }, (_, half) => at(one, 3 + half / 2, 'training_step_seconds'));
    const clock = Math.round((mhz - 210) / 15) * 15 + 210;
    expect(mean(seconds) / 8).toBeCloseTo(0.65 + (0.35 * 1_410) / clock, 2);
    expect(at(one, 40, 'DCGM_FI_DEV_SM_CLOCK', 'gpu="1"')).toBe(1_410);
    const locked = one.metricsAt(one.nowMs(), ['DCGM_FI_DEV_SM_CLOCK']);
    expect(locked).toMatch(new RegExp(`gpu="1"[^\\n]*Hostname="node-02"\\} ${clock}\n`));
  });
});

describe('performance faults', () => {
  it('are faults of the catalogue with their places', () => {
    for (const { id, place } of performanceFaults) expect(findFault(id)).toMatchObject({ kind: 'fault', place });
    expect(new Set(performanceFaults.map(({ id }) => id)).size).toBe(performanceFaults.length);
  });

  it.each(performanceFaults.map(({ id }) => id))('%s makes the job slower and ends nothing', (id) => {
    const [usual, struck] = [cluster(), cluster()];
    struck.inject(id, { onsetMs: struck.startMs + minutes(12) });
    const [healthy, slow] = [
      [at(usual, 20, 'training_iteration'), at(usual, 45, 'training_iteration')],
      [at(struck, 20, 'training_iteration'), at(struck, 45, 'training_iteration')],
    ].map(([from = 0, to = 0]) => to - from);
    expect(slow).toBeLessThan(0.99 * (healthy ?? 0));
    expect(slow).toBeGreaterThan(10);
    expect(struck.activeFaults().map((one) => one.id)).toContain(id);
  });
});

describe('traffic and input', () => {
  it('a slow rank lowers the traffic of all', () => {
    const one = cluster();
    const before = at(one, 11, 'DCGM_FI_PROF_NVLINK_TX_BYTES', 'Hostname="node-07"');
    const pcieBefore = at(one, 11, 'DCGM_FI_PROF_PCIE_TX_BYTES', 'Hostname="node-07"');
    // 24 sequences through 40 layers of 5,120 in ten gathers and scatters over seven of eight GPUs, every 8 s.
    expect(before / ((10 * 24 * 4_096 * 5_120 * 2 * 40 * (7 / 8)) / 8)).toBeCloseTo(1, 1);
    one.inject('gpu-clock-lock', { target: { node: 'node-02', gpu: 1 } });
    expect(at(one, 15, 'DCGM_FI_PROF_NVLINK_TX_BYTES', 'Hostname="node-07"') / before).toBeCloseTo(1 / 3, 1);
    expect(at(one, 15, 'DCGM_FI_PROF_PCIE_TX_BYTES', 'Hostname="node-07"') / pcieBefore).toBeCloseTo(1 / 3, 1);
  });

  it('lanes that are lost take traffic from their own GPU most', () => {
    const one = cluster();
    one.inject('pcie-width-degraded', { target: { node: 'node-02', gpu: 1 }, set: { halvings: 2 } });
    const text = one.metricsAt(one.startMs + minutes(11), ['DCGM_FI_PROF_PCIE_TX']);
    const of = (node: string) => Number(new RegExp(`gpu="1"[^\\n]*Hostname="${node}"\\} (\\d+)\n`).exec(text)?.[1]);
    expect(of('node-02') / of('node-03')).toBeLessThan(0.4);
  });

  it('a loader that is late shows in the time that the slowest rank waited', () => {
    const one = cluster();
    expect(at(one, 10, 'training_data_loading_seconds')).toBeLessThan(0.05);
    one.inject('lustre-slow', { set: { factor: 10 } });
    const waited = at(one, 40, 'training_data_loading_seconds');
    // 14 s of reading less the step that hides it.
    expect(waited).toBeGreaterThan(4);
    expect(at(one, 41, 'training_step_seconds')).toBeGreaterThan(12);
  });
});
