import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { stepDurationMs, stepEndMs, lastStepAt } from '../../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { allReadings, heldCluster, minutes, readingOf, stepSeconds, type HeldCluster } from '../held-cluster.ts';

const slow = { node: 'node-02', gpu: 5 };
let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
});
afterEach(() => {
  simulator.close();
  held.remove();
});

describe('one GPU locked at 210 MHz', () => {
  it('makes the step of the whole job about three times as long', () => {
    const healthy = stepSeconds(simulator);
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const ratio = stepSeconds(simulator) / healthy;
    expect(ratio).toBeGreaterThan(2.8);
    expect(ratio).toBeLessThan(3.2);
  });

  it('lets the steps that ended afterwards take that long, and leaves those before as they were', () => {
    const before = lastStepAt(simulator.timeline, simulator.time.nowMs());
    const endedMs = stepEndMs(simulator.timeline, before);
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    held.pass(minutes(5));
    expect(stepEndMs(simulator.timeline, before)).toBe(endedMs);
    expect(stepDurationMs(simulator.timeline, before - 1) / 8_000).toBeCloseTo(1, 1);
    expect(stepDurationMs(simulator.timeline, before + 4) / 24_000).toBeCloseTo(1, 1);
  });

  it('draws less power itself and lets the GPUs that wait for it draw less', () => {
    const healthyW = readingOf(simulator, 'node-01', 0).powerW;
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const slowW = readingOf(simulator, slow.node, slow.gpu).powerW;
    const waitingW = readingOf(simulator, 'node-01', 0).powerW;
    expect(healthyW).toBeGreaterThan(300);
    expect(waitingW).toBeLessThan(0.8 * healthyW);
    expect(slowW).toBeLessThan(0.6 * waitingW);
  });

  it('shows its clock and the reason alone, while utilisation stays at 100 % everywhere', () => {
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const readings = simulator.world.nodes.flatMap((node) =>
      node.gpus.map((gpu) => ({ node: node.name, gpu: gpu.index, ...readingOf(simulator, node.name, gpu.index) })),
    );
    expect(new Set(readings.map((one) => one.utilizationPercent))).toEqual(new Set([100]));
    const slowed = readings.filter((one) => one.smMhz !== 1410);
    expect(slowed.map(({ node, gpu, smMhz }) => ({ node, gpu, smMhz }))).toEqual([{ ...slow, smMhz: 210 }]);
    expect(readings.filter((one) => one.reasons !== 0)).toEqual(slowed);
  });

  it('cools down slowly, not at once', () => {
    const hotC = readingOf(simulator, slow.node, slow.gpu).temperatureC;
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const atOnceC = readingOf(simulator, slow.node, slow.gpu).temperatureC;
    held.pass(60_000);
    const laterC = readingOf(simulator, slow.node, slow.gpu).temperatureC;
    held.pass(minutes(15));
    const settledC = readingOf(simulator, slow.node, slow.gpu).temperatureC;
    expect(hotC).toBeGreaterThan(55);
    expect(Math.abs(atOnceC - hotC)).toBeLessThanOrEqual(1);
    expect(laterC).toBeLessThan(hotC - 5);
    expect(settledC).toBeLessThan(laterC - 5);
    expect(readingOf(simulator, 'node-01', 0).temperatureC).toBeGreaterThan(settledC + 8);
  });

  it('spends its step computing while the others wait in NCCL', () => {
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const late = readingOf(simulator, slow.node, slow.gpu);
    const waiting = readingOf(simulator, 'node-01', 0);
    expect(late.tensorActive).toBeGreaterThan(4 * waiting.tensorActive);
    expect(late.smActive).toBeGreaterThan(2 * waiting.smActive);
  });
});

// Patel et al. (ASPLOS 2024, doi 10.1145/3620666.3651329) have the limit kept by lower clocks; that an A100
// takes 100 to 400 W is in `nvidia-smi -q -d POWER`, the reason 0x4 (SW power cap) in nvml.h.
describe('a power limit of 100 W', () => {
  it('lowers the clock of its GPU, never draws much more, and says that power is the reason', () => {
    simulator.inject('gpu-power-cap', { target: slow, values: { watts: 100 } });
    const capped = readingOf(simulator, slow.node, slow.gpu);
    expect(capped.smMhz).toBeGreaterThan(210);
    expect(capped.smMhz).toBeLessThan(700);
    expect(capped.powerW).toBeLessThanOrEqual(102);
    expect(capped.reasons).toBe(0x4);
    expect(stepSeconds(simulator)).toBeGreaterThan(1.5 * 8);
  });

  // arXiv:2402.18593 caps V100 and A100 at 60 to 100 % of their power: work takes little longer until half of it is gone.
  it('costs the more the lower it is: a few per cent at 300 W, much at 150 W', () => {
    const at = (watts: number) => {
      simulator.inject('gpu-power-cap', { target: slow, values: { watts } });
      const step = stepSeconds(simulator);
      expect(readingOf(simulator, slow.node, slow.gpu).powerW).toBeLessThanOrEqual(watts * 1.02);
      simulator.heal('gpu-power-cap');
      return step / 8;
    };
    const [mild, middle, strong] = [at(300), at(200), at(150)];
    expect(mild).toBeGreaterThan(1);
    expect(mild).toBeLessThan(1.12);
    expect(middle).toBeGreaterThan(mild);
    expect(strong).toBeGreaterThan(Math.max(middle, 1.2));
  });
});

describe('two faults at once', () => {
  it('slow the job as much as the worse of them', () => {
    simulator.inject('gpu-power-cap', { target: { node: 'node-01', gpu: 0 }, values: { watts: 100 } });
    const capped = stepSeconds(simulator);
    simulator.inject('gpu-clock-lock', { target: slow, values: { mhz: 210 } });
    const both = stepSeconds(simulator);
    simulator.heal('gpu-power-cap');
    expect(both).toBeGreaterThan(capped);
    expect(stepSeconds(simulator)).toBe(both);
  });
});

describe('the same seed', () => {
  const run = (seed: number) => {
    const other = heldCluster({ seed });
    const opened = other.open();
    const fault = opened.inject('gpu-clock-lock');
    other.pass(minutes(3));
    const nowMs = opened.time.nowMs();
    const logs = windowObjects(opened.timeline, nowMs - minutes(40), nowMs);
    const readings = allReadings(opened);
    opened.close();
    other.remove();
    return { place: fault.target, readings, logs };
  };

  it('gives the same place, readings and log text at the same time', () => {
    const first = run(11);
    expect(run(11)).toEqual(first);
    expect(first.logs.length).toBeGreaterThan(10);
  });

  it('is needed for that: others draw other places and other noise', () => {
    const runs = [11, 12, 13, 14, 15, 16].map(run);
    expect(new Set(runs.map((one) => JSON.stringify(one.place))).size).toBeGreaterThan(3);
    expect(new Set(runs.map((one) => one.readings)).size).toBe(runs.length);
  });
});

describe('a sensor', () => {
  it('moves a little from second to second, and two reads within one second see the same', () => {
    const first = readingOf(simulator, 'node-03', 2);
    held.pass(400);
    expect(readingOf(simulator, 'node-03', 2)).toEqual(first);
    held.pass(1_000);
    expect(readingOf(simulator, 'node-03', 2).powerW).not.toBe(first.powerW);
    expect(readingOf(simulator, 'node-03', 2).powerW / first.powerW).toBeCloseTo(1, 0);
  });
});
