import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allReduceGbs } from '../../../../infra/cluster/physics/measured/nvlink.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { outputOn } from '../faults/on-node.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { onNode, segmentNow } from '../job-tools.ts';
import { ofTrainer, phaseOf } from './job-reading.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(4));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const requeue = (wait = 2) => {
  outputOn(simulator, 'node-01', `scontrol requeue ${simulator.world.job.slurmId}`, true);
  held.pass(minutes(wait));
};
const without = (node: string) =>
  outputOn(simulator, 'node-01', `scontrol update NodeName=${node} State=DRAIN Reason=wardround`, true);

/** Mean busbw of eight GPUs; the nccl.conf of the node holds for a measurement as well. */
function ringGbs(at: Simulator, name: string): number {
  const node = findNode(at.world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return allReduceGbs({ timeline: at.timeline, node, atMs: at.time.nowMs() }, node.gpus, 2 ** 28, 'out');
}

describe('a cause in what a node gives to its ranks', () => {
  it.each(['nccl-version-mixed', 'two-ranks-one-gpu', 'module-missing'])(
    '%s is contained by a requeue without the node',
    (id) => {
      simulator.inject(id, { target: { node: 'node-03' } });
      held.pass(minutes(2));
      expect(phaseOf(simulator)).toBe('ended');
      requeue();
      expect(phaseOf(simulator)).toBe('ended');
      without('node-03');
      requeue();
      expect(segmentNow(simulator)).toMatchObject({ phase: { kind: 'running', attempt: { nodes: [0, 1, 3] } } });
      // It is still there for the next job.
      expect(simulator.activeFaults().map((one) => one.id)).toEqual([id]);
    },
  );

  it.each(['nccl-p2p-disabled', 'nccl-few-channels'])(
    '%s is over with the recorded nccl.conf and a new start',
    (id) => {
      simulator.inject(id, { target: { node: 'node-02' } });
      held.pass(minutes(3));
      const slow = stepSeconds(simulator);
      expect(slow).toBeGreaterThan(10);
      expect(ringGbs(simulator, 'node-02')).toBeLessThan(70);
      expect(ringGbs(simulator, 'node-03')).toBeGreaterThan(120);
      // A restart alone, and a reset of what is not in use, do nothing.
      requeue();
      expect(stepSeconds(simulator)).toBe(slow);
      outputOn(simulator, 'node-02', 'wardround-fix config-revert nccl-conf', true);
      expect(simulator.activeFaults()).toEqual([]);
      // The running processes have read the file when they began.
      expect(stepSeconds(simulator)).toBe(slow);
      requeue();
      expect(stepSeconds(simulator)).toBe(8);
    },
  );
});

it('two-ranks-one-gpu is over with the recorded task prolog', () => {
  simulator.inject('two-ranks-one-gpu', { target: { node: 'node-03' } });
  held.pass(minutes(2));
  outputOn(simulator, 'node-03', 'wardround-fix config-revert task-prolog', true);
  expect(simulator.activeFaults()).toEqual([]);
  requeue();
  expect(stepSeconds(simulator)).toBe(8);
});

describe('a cause in what its owner submits', () => {
  it.each(['wrong-argument', 'gpu-memory-too-small', 'nccl-ib-disabled', 'loss-nan-fp16', 'world-size-wrong'])(
    '%s is not mended by requeues, other nodes or a reboot',
    (id) => {
      simulator.inject(id);
      held.pass(minutes(2));
      without('node-04');
      requeue();
      onNode(simulator, 'node-02', 'wardround-fix config-revert nccl-conf', true);
      simulator.act([{ kind: 'happen', event: 'reboot', place: 'node-02' }]);
      held.pass(minutes(6));
      requeue();
      expect(simulator.activeFaults().map((one) => one.id)).toEqual([id]);
      expect(ofTrainer(simulator, 'args', 'node-01', 0) === '' || stepSeconds(simulator) > 8).toBe(true);
    },
  );
});

describe('the commands of a job that is launched', () => {
  it('answer through the node’s own tool, with ranks and an end line', () => {
    const text = outputOn(simulator, 'node-02', 'sudo -n wardround-job stacks');
    expect(text.match(/^== pid=\d+ rank=\d+ local_rank=\d$/gm)).toHaveLength(8);
    expect(text.endsWith('== end trainers=8\n')).toBe(true);
    const profile = outputOn(simulator, 'node-02', 'sudo -n wardround-job profile 4');
    expect(profile).toMatch(
      /^<module> \(pretrain_gpt\.py:264\);pretrain \(megatron\/training\/training\.py:353\);.* \d+$/m,
    );
  });
});
