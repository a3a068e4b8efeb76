import { afterEach, describe, expect, it } from 'vitest';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { readGpu } from '../../../../infra/cluster/physics/reading.ts';
import { createTimelines } from '../../../../infra/cluster/physics/cluster-timelines.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { gpuPlace } from '../../../../infra/cluster/state/place.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { buildWorld } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

/** Causes that come and go, creep, heat up and stop a job, with pauses between. */
function eventful() {
  held = heldCluster({ nodes: 5 });
  simulator = held.open();
  held.pass(minutes(2));
  const place = gpuPlace('node-02', 3);
  simulator.act([
    setFact('host.slowdown-ms', 'node-01', 4_000, { onset: { shape: 'intermittent', periodMs: 45_000, onShare: 0.4 } }),
  ]);
  held.pass(minutes(4));
  simulator.act([setFact('gpu.fan-airflow', place, 0.4, { onset: { shape: 'creeping', rampMs: minutes(6) } })]);
  held.pass(minutes(8));
  simulator.inject('ib-port-flap', { target: { node: 'node-03', hca: 'mlx5_1' } });
  held.pass(minutes(3));
  simulator.inject('disk-full', { target: { node: 'node-04' } });
  held.pass(minutes(12));
}

function everything(timeline: Simulator['timeline'], windows: readonly number[]): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const fromMs of windows) {
    const logs = windowObjects(timeline, fromMs, fromMs + 60_000).map(({ key, text }) => `${key}\n${text}`);
    const readings = timeline.world.nodes.map((node) =>
      node.gpus.map((gpu) => JSON.stringify(readGpu(timeline.of(node), node, gpu, fromMs + 30_000))),
    );
    texts.set(fromMs, `${logs.join('\n')}\n${readings.flat().join('\n')}`);
  }
  return texts;
}

describe('the same seed and actions', () => {
  it('give the same text and readings, in whatever order one asks, and whoever asked before', () => {
    eventful();
    const { world, timeline } = simulator;
    const windows: number[] = [];
    for (let ms = world.historyFromMs; ms < simulator.time.nowMs(); ms += 60_000) windows.push(ms);
    // Asked along the way and now, from the newest to the oldest.
    const asked = everything(timeline, windows.toReversed());
    const again = createTimelines(buildWorld({ ...shape(), jobs: 1 }, world.historyFromMs), timeline.actions);
    const forwards = everything(again.first, windows);
    for (const fromMs of windows) expect(forwards.get(fromMs)).toBe(asked.get(fromMs));
  });

  it('give the same when somebody looked into the future before an action', () => {
    eventful();
    const nowMs = simulator.time.nowMs();
    simulator.timeline.segmentAt(nowMs + minutes(60));
    simulator.inject('gpu-clock-lock', { target: { node: 'node-05', gpu: 1 } });
    held.pass(minutes(2));
    const window = [Math.floor(nowMs / 60_000) * 60_000];
    const seen = everything(simulator.timeline, window);
    const again = createTimelines(
      buildWorld({ ...shape(), jobs: 1 }, simulator.world.historyFromMs),
      simulator.timeline.actions,
    );
    expect(everything(again.first, window)).toEqual(seen);
  });

  it('give other places, onsets and values with another seed, all of it on record', () => {
    held = heldCluster();
    simulator = held.open();
    const drawn = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      simulator.inject('pcie-errors', { seed });
      const last = simulator.timeline.actions.at(-1);
      simulator.heal('pcie-errors');
      expect(last?.drawn?.seed).toBe(seed);
      return { place: JSON.stringify(last?.target), onset: last?.drawn?.onset.shape, values: last?.drawn?.values };
    });
    expect(new Set(drawn.map(({ place }) => place)).size).toBeGreaterThan(4);
    expect(new Set(drawn.map(({ onset }) => onset))).toEqual(new Set(['sudden', 'creeping', 'intermittent']));
    expect(new Set(drawn.map(({ values }) => values?.['perSecond'])).size).toBe(8);
    simulator.inject('gpu-power-cap', { seed: 5 });
    const { values = {} } = simulator.timeline.actions.at(-1)?.drawn ?? {};
    expect([100, 150, 200, 250, 300]).toContain(values['watts']);
    expect(() => simulator.inject('gpu-power-cap', { seed: 6, values: { watts: 90 } })).toThrow(
      'gpu-power-cap: watts is 100 to 350 W, not 90',
    );
    expect(() => simulator.inject('uvm-module-missing', { seed: 6, values: { watts: 90 } })).toThrow(
      'uvm-module-missing has no value watts; it has none',
    );
    expect(() => simulator.inject('gpu-power-cap', { seed: 6, onset: { shape: 'creeping', rampMs: 9 } })).toThrow(
      'gpu-power-cap is never creeping, only sudden',
    );
  });

  function shape() {
    const { seed, cluster, gpusPerNode, nodes } = simulator.world;
    return { seed, cluster, gpusPerNode, nodes: nodes.length };
  }
});

describe('a thousand nodes', () => {
  // Measured: 0.2 s. Ten times that is a defect.
  const tookMsMax = 2_000;

  it('are built and read within two seconds', () => {
    held = heldCluster({ nodes: 1_000 });
    const begin = performance.now();
    simulator = held.open();
    held.pass(minutes(3));
    simulator.act([
      setFact('rack.inlet-c', 'rack-07', 48),
      setFact('host.slowdown-ms', 'node-0600', 900, {
        onset: { shape: 'intermittent', periodMs: 20_000, onShare: 0.5 },
      }),
    ]);
    held.pass(minutes(10));
    const busy = simulator.world.nodes.filter(
      ({ name }) => readingOf(simulator, name, 0).utilizationPercent > 0,
    ).length;
    expect(performance.now() - begin).toBeLessThan(tookMsMax);
    expect(busy).toBe(simulator.world.jobs.reduce((sum, { nodes }) => sum + nodes.length, 0));
  });
});
