import { afterEach, expect, it } from 'vitest';
import { stepDurationMs, lastStepAt } from '../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from './held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;
const open = (beforeStart: readonly object[]) => {
  held = heldCluster({ beforeStart });
  simulator = held.open();
};

afterEach(() => {
  simulator.close();
  held.remove();
});

const usualMs = () => {
  const last = lastStepAt(simulator.timeline, simulator.time.nowMs());
  const steps = Array.from({ length: 10 }, (_, back) => stepDurationMs(simulator.timeline, last - back));
  return steps.reduce((sum, one) => sum + one, 0) / steps.length;
};

it('a fault of the configuration is there from the first step of the recorded past on, and can be healed', () => {
  open([{ fault: 'gpu-clock-lock', values: { mhz: 1_200 }, target: { node: 'node-02', gpu: 1 } }]);
  expect(simulator.activeFaults()).toMatchObject([{ id: 'gpu-clock-lock', sinceMs: simulator.world.historyFromMs }]);
  lastStepAt(simulator.timeline, simulator.time.nowMs());
  expect(stepDurationMs(simulator.timeline, 20)).toBeGreaterThan(8_000);
  expect(usualMs() / 8_000).toBeCloseTo(0.65 + (0.35 * 1_410) / 1_200, 1);
  simulator.heal('gpu-clock-lock');
  held.pass(minutes(5));
  expect(usualMs() / 8_000).toBeCloseTo(1, 1);
});

it('a restart neither repeats nor forgets it', () => {
  open([{ fault: 'nccl-few-channels', target: { node: 'node-03' }, values: { channels: 2 } }]);
  const before = usualMs();
  expect(before).toBeGreaterThan(10_000);
  expect(simulator.timeline.lives(simulator.time.nowMs())).toHaveLength(1);
  simulator.close();
  simulator = held.open();
  expect(usualMs()).toBe(before);
  expect(simulator.activeFaults()).toHaveLength(1);
});

it('what is not possible is refused, on every start', () => {
  open([]);
  const other = heldCluster({ beforeStart: [{ fault: 'gpu-clock-lock', values: { mhz: 9_000 } }] });
  for (let start = 0; start < 2; start += 1) expect(() => other.open()).toThrow(/mhz is 210 to 1395 MHz, not 9000/);
  other.remove();
});
