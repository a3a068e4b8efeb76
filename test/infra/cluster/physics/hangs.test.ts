import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stackAt } from '../../../../infra/cluster/physics/stacks.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { rankPlace } from '../../../../infra/cluster/state/place.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode, type WorldNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, logsBetween, onNode, segmentNow, slotLog } from '../job-tools.ts';

const hung = { node: 'node-02', gpu: 5, rank: 13 };
let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(3));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const job = () => simulator.world.job;
const node = (name: string): WorldNode => {
  const found = findNode(simulator.world, name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const hang = (stack: string, watchdogSeconds = 600) =>
  simulator.act([
    setFact('job.watchdog-seconds', job().name, watchdogSeconds),
    setFact('job.rank-hang', rankPlace(job(), hung.rank), stack),
  ]);
const stackOf = (name: string, gpu: number) => stackAt(simulator.timeline, node(name), gpu, simulator.time.nowMs());

describe('a rank that hangs in host code', () => {
  beforeEach(() => {
    hang('file-read');
    held.pass(minutes(2));
  });

  it('stops all steps, while every GPU but its own looks busy', () => {
    const before = iterationNow(simulator);
    held.pass(minutes(5));
    expect(iterationNow(simulator)).toBe(before);
    expect(segmentNow(simulator).phase.kind).toBe('hung');
    expect(readingOf(simulator, hung.node, hung.gpu).utilizationPercent).toBe(0);
    const other = readingOf(simulator, 'node-03', 1);
    expect(other.utilizationPercent).toBe(100);
    // A spinning NCCL kernel: about 45 % of the full draw.
    expect(other.powerW).toBeGreaterThan(140);
    expect(other.powerW).toBeLessThan(200);
    expect([stackOf(hung.node, hung.gpu), stackOf('node-03', 1)]).toEqual(['file-read', 'all-reduce']);
  });

  it('says nothing itself: the watchdogs of the others do, when their time-out is over', () => {
    const hungMs = simulator.timeline.lives(simulator.time.nowMs()).at(-1)?.hang?.atMs ?? 0;
    const quiet = logsBetween(simulator, hungMs + 20_000, hungMs + 590_000);
    expect([...quiet.values()].filter((text) => /Watchdog|collective/.test(text))).toEqual([]);
    held.pass(minutes(15));
    const logs = logsBetween(simulator, hungMs + 590_000, hungMs + 660_000);
    expect(slotLog(simulator, logs, 1, hung.gpu)).not.toContain('Watchdog');
    const behind = new RegExp(
      `\\[${hung.rank}\\] finished collective #\\d+, but didn't join collective #\\d+ \\(count from 1\\)`,
    );
    const sameNode = slotLog(simulator, logs, 1, hung.gpu + 1);
    expect(sameNode).toMatch(behind);
    expect(sameNode).toMatch(
      /\[Rank 14\] Watchdog caught collective operation timeout: WorkNCCL\(SeqNum=\d+, OpType=ALLREDUCE, .*Timeout\(ms\)=600000\) ran for 600\d\d\d milliseconds before timing out\./,
    );
    expect(slotLog(simulator, logs, 3, 2)).toContain('OpType=_REDUCE_SCATTER_BASE');
    expect(segmentNow(simulator).phase.kind).toBe('ended');
    expect(onNode(simulator, 'node-01', `scontrol show job ${job().slurmId}`).stdout).toContain('JobState=FAILED');
  });

  it('is over with a requeue, and comes back with none', () => {
    onNode(simulator, 'node-01', `scontrol requeue ${job().slurmId}`);
    held.pass(minutes(3));
    expect(segmentNow(simulator).phase.kind).toBe('running');
    const before = iterationNow(simulator);
    held.pass(minutes(2));
    expect(iterationNow(simulator)).toBeGreaterThan(before);
  });
});

describe('a hang that its cause lets go of in time', () => {
  it('is known at its moments afterwards as it was before', () => {
    const onset = { shape: 'passing', lengthMs: 200_000 } as const;
    simulator.act([setFact('job.evaluates', job().name, true, { onset })]);
    const sinceMs = simulator.time.nowMs();
    const known = () =>
      simulator.timeline.lives(sinceMs + 100_000).map(({ stoppedMs, hang: one }) => [stoppedMs, one?.stack]);
    const before = known();
    expect(before.at(-1)?.[1]).toBe('rank0-work');
    held.pass(minutes(5));
    expect(simulator.timeline.lives(simulator.time.nowMs()).at(-1)?.hang).toBeNull();
    expect(known()).toEqual(before);
  });
});

describe('a rank that hangs in a kernel', () => {
  it('keeps its own GPU busy too, and the time-out is the job’s own', () => {
    hang('gpu-kernel', 60);
    held.pass(30_000);
    expect(readingOf(simulator, hung.node, hung.gpu).utilizationPercent).toBe(100);
    held.pass(minutes(1));
    expect(segmentNow(simulator).phase.kind).toMatch(/dying|ended/);
  });
});

describe('ranks that train', () => {
  it('are in their kernels or in the all-reduce, and a slow one has the others wait', () => {
    simulator.inject('gpu-clock-lock', { target: { node: 'node-02', gpu: 5 } });
    const seen = { slow: new Set<string | null>(), fast: new Set<string | null>() };
    for (let at = 0; at < 60; at += 1) {
      held.pass(1_700);
      seen.slow.add(stackOf('node-02', 5));
      seen.fast.add(stackOf('node-03', 1));
    }
    const computing = ['training', 'attention', 'backward', 'clip-gradients', 'optimizer', 'checkpoint-copy'];
    expect([...seen.slow].filter((name) => !computing.includes(name ?? ''))).toEqual([]);
    expect([...seen.fast].filter((name) => !computing.includes(name ?? ''))).toEqual(['all-reduce']);
  });

  it('wait for data where a loader is late', () => {
    simulator.act([setFact('job.input-ms', rankPlace(job(), hung.rank), 8_000)]);
    held.pass(minutes(3));
    expect(segmentNow(simulator).meanStepMs).toBe(16_000);
    expect(readingOf(simulator, hung.node, hung.gpu).utilizationPercent).toBe(50);
    expect(readingOf(simulator, hung.node, 2).utilizationPercent).toBe(100);
  });
});
