import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clockReason } from '../../../../infra/cluster/physics/a800.ts';
import { clearFact, setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { gpuPlace } from '../../../../infra/cluster/state/place.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, readingOf, stepSeconds, type HeldCluster } from '../held-cluster.ts';

const hot = { node: 'node-02', gpu: 3 };
const place = gpuPlace(hot.node, hot.gpu);
let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster({ nodes: 8 });
  simulator = held.open();
  held.pass(minutes(3));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const now = (gpu = hot.gpu) => readingOf(simulator, hot.node, gpu);

describe('a heat sink that gets little air', () => {
  it('heats up, and its clock falls in steps until 85 C hold; the job waits for it', () => {
    const cool = now();
    simulator.act([setFact('gpu.fan-airflow', place, 0.5)]);
    const clocks = new Set<number>();
    const temperatures: number[] = [];
    for (let at = 0; at < 120; at += 1) {
      held.pass(5_000);
      clocks.add(now().smMhz);
      temperatures.push(now().temperatureC);
    }
    expect(cool.temperatureC).toBeLessThan(70);
    expect(Math.max(...temperatures)).toBeLessThanOrEqual(88);
    expect(temperatures.at(-1)).toBeGreaterThanOrEqual(82);
    expect(clocks.size).toBeGreaterThan(2);
    const last = now();
    expect(last.smMhz).toBeLessThan(1_350);
    expect(last.reasons & clockReason.swThermalSlowdown).not.toBe(0);
    expect(stepSeconds(simulator)).toBeGreaterThan(8.1);
    expect(readingOf(simulator, 'node-05', 3).powerW).toBeLessThan(cool.powerW);
  });

  it('warms its neighbours a little, and nobody else', () => {
    const before = [2, 6].map((gpu) => now(gpu).temperatureC);
    simulator.act([setFact('gpu.fan-airflow', place, 0.6)]);
    held.pass(minutes(10));
    const after = [2, 6].map((gpu) => now(gpu).temperatureC);
    expect((after[0] ?? 0) - (before[0] ?? 0)).toBeGreaterThanOrEqual(1);
    expect(Math.abs((after[1] ?? 0) - (before[1] ?? 0))).toBeLessThanOrEqual(4);
  });

  it('gets its clock back when the air is back', () => {
    simulator.act([setFact('gpu.fan-airflow', place, 0.4)]);
    held.pass(minutes(10));
    expect(now().smMhz).toBeLessThan(1_300);
    simulator.act([clearFact('gpu.fan-airflow', place)]);
    held.pass(minutes(10));
    expect(now()).toMatchObject({ smMhz: 1_410, reasons: 0 });
    expect(stepSeconds(simulator)).toBe(8);
  });

  it('with next to none is halved by the hardware at 89 C', () => {
    simulator.act([setFact('gpu.fan-airflow', place, 0.2)]);
    const reasons = new Set<number>();
    for (let at = 0; at < 60; at += 1) {
      held.pass(2_000);
      reasons.add(now().reasons);
    }
    expect([...reasons].some((one) => (one & clockReason.hwThermalSlowdown) !== 0)).toBe(true);
  });

  it('creeps as it is told to', () => {
    simulator.act([setFact('gpu.fan-airflow', place, 0.4, { onset: { shape: 'creeping', rampMs: minutes(20) } })]);
    held.pass(minutes(2));
    expect(now().smMhz).toBe(1_410);
    held.pass(minutes(30));
    expect(now().smMhz).toBeLessThan(1_300);
  });
});

describe('warm air and power brakes', () => {
  it('strike the rack, and the nodes of the power unit', () => {
    simulator.act([setFact('rack.inlet-c', 'rack-02', 52)]);
    held.pass(minutes(10));
    const inRack = readingOf(simulator, 'node-06', 2);
    expect(inRack.temperatureC).toBeGreaterThanOrEqual(80);
    expect(inRack.smMhz).toBeLessThan(1_410);
    expect(now(2).smMhz).toBe(1_410);
    simulator.act([clearFact('rack.inlet-c', 'rack-02'), setFact('power-unit.brake', 'pdu-01', true)]);
    const braked = readingOf(simulator, 'node-01', 0);
    expect(braked.smMhz).toBe(705);
    expect(braked.reasons).toBe(clockReason.hwSlowdown | clockReason.hwPowerBrakeSlowdown);
    expect(readingOf(simulator, 'node-03', 0).smMhz).toBe(1_410);
    simulator.act([clearFact('power-unit.brake', 'pdu-01')]);
    expect(readingOf(simulator, 'node-01', 0).smMhz).toBe(1_410);
  });
});
