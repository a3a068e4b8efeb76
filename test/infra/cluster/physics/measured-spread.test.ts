import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gemmTflops, localCopyGbs } from '../../../../infra/cluster/physics/measured/compute.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster({ nodes: 8, jobs: 0 });
  simulator = held.open();
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const boards = () => simulator.world.nodes.flatMap((node) => node.gpus.map((gpu) => ({ node, gpu })));
const gemm = (board: number, atMs: number, second = 6) => {
  const found = boards()[board];
  if (found === undefined) throw new Error(`there are ${boards().length} boards`);
  return gemmTflops({ timeline: simulator.timeline, node: found.node, atMs }, found.gpu, second);
};
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

describe('measurements of idle boards', () => {
  it('differ from board to board by one to five per cent', () => {
    const nowMs = simulator.time.nowMs();
    const seen = boards().map((_, board) => mean([0, 7, 14, 21].map((hour) => gemm(board, nowMs + hour * 3_600_000))));
    const spread = (Math.max(...seen) - Math.min(...seen)) / mean(seen);
    expect(spread).toBeGreaterThan(0.01);
    expect(spread).toBeLessThan(0.05);
  });

  it('of runs soon after each other are more alike than of runs of different hours', () => {
    const nowMs = simulator.time.nowMs();
    const differences = (gapMs: number) =>
      mean(
        Array.from({ length: 200 }, (_, run) => {
          const atMs = nowMs + run * 1_800_000;
          return Math.abs(gemm(3, atMs + gapMs) - gemm(3, atMs));
        }),
      );
    expect(differences(10_000)).toBeLessThan(0.85 * differences(3_700_000));
    expect(differences(10_000)).toBeGreaterThan(0);
  });

  it('come up in the first second of a run and fall a little while the board becomes warm', () => {
    const nowMs = simulator.time.nowMs();
    const [first = 0, second = 0, last = 0] = [0, 1, 9].map((at) => gemm(5, nowMs, at));
    expect(first).toBeLessThan(second);
    expect(last).toBeLessThan(second);
    expect(last / second).toBeGreaterThan(0.985);
  });

  it('of memory vary less than those of computing', () => {
    const nowMs = simulator.time.nowMs();
    const copies = boards().map(({ node, gpu }) =>
      localCopyGbs({ timeline: simulator.timeline, node, atMs: nowMs }, gpu),
    );
    expect(Math.max(...copies) / Math.min(...copies)).toBeLessThan(1.03);
    expect(new Set(copies).size).toBe(copies.length);
  });
});
