import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { allReadings, heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, logsBetween, onNode, segmentNow, slotLog } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

const open = (seed: number) => {
  held = heldCluster({ seed });
  simulator = held.open();
};
beforeEach(() => open(7));
afterEach(() => {
  simulator.close();
  held.remove();
});

const death = () => {
  const found = simulator.timeline.lives(Infinity).at(-1)?.death ?? null;
  if (found === null) throw new Error('the attempt lives on');
  return found;
};
const passTo = (ms: number) => held.pass(ms - simulator.time.nowMs());
const jobId = () => String(simulator.world.job.slurmId);
const capacity = (node: string, line = 'df -P -k /raid') =>
  Number(/ (\d+)% \/raid/.exec(onNode(simulator, node, line).stdout)?.[1]);
const space = (node: string) => onNode(simulator, node, 'wardround-space list', false).stdout.split('\n');

// The writer and its words: megatron/core/dist_checkpointing/strategies/filesystem_async.py of https://github.com/NVIDIA/Megatron-LM;
// 17.8 GB a checkpoint and node: the states of 13B parameters (arXiv:2205.05198, 18 bytes each) over the nodes, README of the cluster.
describe.each([7, 8, 9])('old checkpoints on one node, seed %i', (seed) => {
  beforeEach(() => {
    simulator.close();
    held.remove();
    open(seed);
  });

  it('fill its /raid, and the next checkpoint ends the job with ENOSPC as Megatron prints it', () => {
    const { target, sinceMs } = simulator.inject('disk-full', { values: { gbPerSecond: 28 } });
    const node = findNode(simulator.world, target.node)?.index ?? -1;
    expect(capacity(target.node)).toBeLessThan(30);
    const { atMs, gpu } = death();
    expect((atMs - sinceMs) / 1000).toBeLessThan(450);
    passTo(atMs + 30_000);
    expect(capacity(target.node)).toBe(100);
    const others = simulator.world.nodes.filter((one) => one.index !== node);
    for (const other of others) expect(capacity(other.name)).toBeLessThan(30);
    const saved = iterationNow(simulator);
    expect(saved % 30).toBe(0);
    const logs = logsBetween(simulator, sinceMs, simulator.time.nowMs());
    const rank = node * 8 + gpu;
    const folder = `/raid/ckpt/pretrain-13b/iter_00${saved}`;
    expect(slotLog(simulator, logs, node, gpu)).toMatch(
      new RegExp(
        `^\\[rank${rank}\\]: RuntimeError: Worker failure: \\[Errno 28\\] No space left on device: '${folder}/__${rank}_0\\.distcp'$`,
        'm',
      ),
    );
    expect(slotLog(simulator, logs, node, 0)).toContain(`failed (exitcode: 1) local_rank: ${gpu} `);
    const first = slotLog(simulator, logs, 0, 0);
    expect(first).toContain(`saving checkpoint at iteration   ${saved} to /raid/ckpt/pretrain-13b`);
    expect(first).not.toContain(`successfully saved checkpoint from iteration   ${saved} `);
    expect(first).toContain(`srun: error: ${target.node}: task ${node}: Exited with exit code 1`);
    expect(onNode(simulator, 'node-01', 'scontrol -o show job').stdout).toMatch(
      / JobState=FAILED Reason=NonZeroExitCode .* ExitCode=1:0 /,
    );
  });

  it('end a requeued job at its next checkpoint again, unless space was made', () => {
    const { node } = simulator.inject('disk-full', { values: { gbPerSecond: 28 } }).target;
    passTo(death().atMs + 60_000);
    const saved = iterationNow(simulator);
    onNode(simulator, 'node-01', `scontrol requeue ${jobId()}`);
    held.pass(minutes(20));
    expect(segmentNow(simulator).phase).toMatchObject({
      kind: 'ended',
      attempt: { number: 1, fromIteration: saved - 30 },
    });
    expect(iterationNow(simulator)).toBe(saved);

    const [, before = ''] = space(node);
    const [policy, mount, kib, files] = before.split(' ');
    expect([policy, mount]).toEqual(['old-checkpoints', '/raid']);
    expect(onNode(simulator, node, 'wardround-space hold old-checkpoints').stdout).toBe(
      `held ${files} files, ${kib} KiB\n`,
    );
    expect(space(node)[1]).toBe(`old-checkpoints /raid 0 0 ${files}`);
    expect(capacity(node)).toBeLessThan(30);
    expect(simulator.activeFaults()).toEqual([]);
    onNode(simulator, 'node-01', `scontrol requeue ${jobId()}`);
    held.pass(minutes(30));
    expect(segmentNow(simulator).phase).toMatchObject({ kind: 'running', attempt: { number: 2 } });
    expect(iterationNow(simulator)).toBeGreaterThan(saved + 100);
  });

  it('are back after their return, and with them the fault', () => {
    const { node } = simulator.inject('disk-full', { values: { gbPerSecond: 28 } }).target;
    held.pass(minutes(10));
    const full = onNode(simulator, node, 'df -P -i /raid').stdout;
    onNode(simulator, node, 'wardround-space hold old-checkpoints');
    expect(onNode(simulator, node, 'df -P -i /raid').stdout).not.toBe(full);
    expect(onNode(simulator, node, 'wardround-space return old-checkpoints').stdout).toMatch(
      /^returned [1-9]\d* files, [1-9]\d* KiB\n$/,
    );
    expect(onNode(simulator, node, 'df -P -i /raid').stdout).toBe(full);
    expect(simulator.activeFaults()).toHaveLength(1);
    expect(onNode(simulator, node, 'wardround-space return old-checkpoints').stdout).toBe('returned 0 files, 0 KiB\n');
  });
});

describe('wardround-space', () => {
  it('lists the policy of every node to anybody, and moves files for root only', () => {
    expect(space('node-03')).toEqual([
      'policy mount reclaimable_kib files held_files',
      expect.stringMatching(/^old-checkpoints \/raid [1-9]\d* [1-9]\d* 0$/),
      '',
    ]);
    const hold = (root: boolean, policy: string) =>
      onNode(simulator, 'node-03', `wardround-space hold ${policy}`, root);
    expect(hold(false, 'old-checkpoints')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(hold(true, 'home-of-boss')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(onNode(simulator, 'node-03', 'wardround-space drop old-checkpoints').exitCode).toBe(2);
    expect(simulator.timeline.actions).toEqual([]);
  });
});

describe('a restart of the simulator', () => {
  it('after the failure, with space made and the job requeued, changes nothing', () => {
    const { target } = simulator.inject('disk-full', { values: { gbPerSecond: 28 } });
    held.pass(minutes(9));
    onNode(simulator, target.node, 'wardround-space hold old-checkpoints');
    onNode(simulator, 'node-01', `scontrol requeue ${jobId()}`);
    held.pass(minutes(3));
    const state = () => {
      const { phase, meanStepMs, workAtStart } = segmentNow(simulator);
      const attempt = phase.kind === 'running' ? phase.attempt : null;
      return { readings: allReadings(simulator), space: space(target.node), attempt, meanStepMs, workAtStart };
    };
    const before = state();
    simulator.close();
    simulator = held.open();
    expect(state()).toEqual(before);
    expect(before.attempt?.number).toBe(1);
  });
});
