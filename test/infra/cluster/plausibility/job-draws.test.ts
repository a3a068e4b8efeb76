import { describe, expect, it } from 'vitest';
import { findFault } from '../../../../infra/cluster/faults/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes } from '../held-cluster.ts';

const ids = [
  'nccl-version-mixed',
  'nccl-p2p-disabled',
  'nccl-few-channels',
  'nccl-ib-disabled',
  'nccl-bug-hang',
  'framework-async-save-deadlock',
  'two-ranks-one-gpu',
  'world-size-wrong',
  'collective-order',
  'uneven-data',
  'evaluation-longer-than-timeout',
  'gpu-memory-too-small',
  'gpu-memory-fragmented',
  'loss-nan-fp16',
  'loader-slow-shard',
  'python-gc-pauses',
  'checkpoint-truncated',
  'checkpoint-shard-missing',
  'user-exception',
  'module-missing',
  'wrong-argument',
  'stragglers-by-sequence-length',
  'torch-compile-recompiles',
];

interface Seen {
  readonly job: string;
  readonly phase: string;
  readonly seconds: number | null;
  /** A step of this job when nothing is wrong. */
  readonly usual: number;
}

function jobsOf(simulator: Simulator): readonly Seen[] {
  return simulator.timeline.all.map((timeline) => {
    const { phase, meanStepMs } = timeline.segmentAt(simulator.time.nowMs());
    const { name, healthyStepMs } = timeline.world.job;
    const seconds = meanStepMs === null ? null : meanStepMs / 1000;
    return { job: name, phase: phase.kind, seconds, usual: healthyStepMs / 1000 };
  });
}

const isWell = ({ phase, seconds, usual }: Seen) => phase === 'running' && seconds === usual;

describe.each(ids)('%s by its draw, in a cluster of three jobs', (id) => {
  it.each([1, 2, 3])('with seed %i hurts one job, and is over when it is mended', (seed) => {
    const held = heldCluster({ nodes: 20, seed: 40 + seed });
    const simulator = held.open();
    try {
      held.pass(minutes(4));
      expect(findFault(id)?.categories).toHaveLength(1);
      simulator.inject(id, { seed });
      // The look at the moment and over the next half an hour: some come and go.
      const hurt = new Set<string>();
      for (let minute = 0; minute < 32; minute += 1) {
        held.pass(minutes(1));
        // The restart that belongs to some of them takes its time too, so only what is left after it counts.
        if (minute < 2) continue;
        for (const seen of jobsOf(simulator)) if (!isWell(seen)) hurt.add(seen.job);
      }
      expect([...hurt]).toHaveLength(1);
      simulator.heal(id);
      held.pass(minutes(5));
      expect(simulator.activeFaults()).toEqual([]);
      expect(jobsOf(simulator).filter((seen) => !isWell(seen))).toEqual([]);
    } finally {
      simulator.close();
      held.remove();
    }
  });
});
