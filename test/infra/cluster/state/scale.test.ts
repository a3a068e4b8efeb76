import { afterEach, describe, expect, it } from 'vitest';
import { loadOf } from '../../../../infra/cluster/physics/segment.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { clusterPlace, gpuPlace } from '../../../../infra/cluster/state/place.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

describe('hours of causes that come and go on many nodes', () => {
  it('keep one table of nodes for an attempt, and few tables of what its ranks do', () => {
    held = heldCluster({ nodes: 100, jobs: 1 });
    simulator = held.open();
    held.pass(minutes(2));
    const often = (periodMs: number) => ({ onset: { shape: 'intermittent', periodMs, onShare: 0.4 } as const });
    simulator.act([
      setFact('storage.lustre-slowdown', clusterPlace, 9, often(60_000)),
      setFact('gpu.kernel-slowdown', gpuPlace('node-002', 3), 1.4, often(45_000)),
    ]);
    held.pass(minutes(180));
    const { timeline } = simulator;
    timeline.segmentAt(simulator.time.nowMs());
    const running = timeline.segments.filter(({ pace }) => pace !== null);
    expect(running.length).toBeGreaterThan(500);
    expect(new Set(running.map(({ crew }) => crew)).size).toBe(1);
    const tables = new Set(running.map(({ bySlot }) => bySlot));
    expect(tables.size).toBeLessThan(running.length / 3);
    // Sharing tables leaves every rank what it had.
    const slow = running.find(({ settings, bySlot }) => settings.facts.size > 0 && bySlot !== null);
    expect(slow?.loads.length).toBeGreaterThan(1);
    expect(slow && loadOf(slow, 'node-002', 3)).toBe(slow?.loads[slow.bySlot?.[8 + 3] ?? 0]);
  });
});
