import { afterEach, describe, expect, it } from 'vitest';
import { metrics } from '../../../../infra/cluster/metrics/index.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { SimulatorRefusal, type Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;
const open = (settings: Readonly<Record<string, unknown>>) => {
  held = heldCluster(settings);
  simulator = held.open();
  held.pass(minutes(5));
};

afterEach(() => {
  simulator.close();
  held.remove();
});

const stepOf = (at: number) => simulator.timelines[at]?.segmentAt(simulator.time.nowMs()).meanStepMs;

describe('twenty nodes', () => {
  it('run three jobs on nodes of their own, and one node is spare', () => {
    open({ nodes: 20 });
    expect(simulator.world.jobs.map(({ nodes }) => nodes.length)).toEqual([12, 5, 2]);
    expect(new Set(simulator.world.jobs.flatMap(({ nodes }) => nodes)).size).toBe(19);
    expect(readingOf(simulator, 'node-20', 0).utilizationPercent).toBe(0);
    expect(simulator.timelineOf('node-14').world.job.name).toBe('sft-7b');
  });

  it('slow down only the job that a fault strikes', () => {
    open({ nodes: 20 });
    simulator.inject('gpu-clock-lock', { target: { node: 'node-14', gpu: 2 } });
    held.pass(minutes(2));
    expect(stepOf(0)).toBe(8_000);
    expect(stepOf(1)).toBeGreaterThan(20_000);
    expect(stepOf(2)).toBe(9_750);
    expect(readingOf(simulator, 'node-15', 2).powerW).toBeLessThan(readingOf(simulator, 'node-03', 2).powerW - 60);
  });

  it('requeue one job alone, and a spare node takes the place of a drained one', () => {
    open({ nodes: 20 });
    const [first, second] = simulator.world.jobs;
    onNode(simulator, 'node-01', 'scontrol update NodeName=node-03 State=DRAIN Reason=bad');
    expect(onNode(simulator, 'node-01', `scontrol requeue ${first?.slurmId}`).exitCode).toBe(0);
    held.pass(minutes(3));
    const at = simulator.time.nowMs();
    const busy = simulator.timelines.map((one) => one.segmentAt(at).busyNodes);
    expect(busy[0]?.has('node-20')).toBe(true);
    expect(busy[0]?.size).toBe(12);
    expect(simulator.timelines[1]?.lives(at)).toHaveLength(1);
    const job = onNode(simulator, 'node-01', `scontrol -o show job ${second?.slurmId}`).stdout;
    expect(job).toContain('JobName=sft-7b UserId=align(10057)');
    expect(onNode(simulator, 'node-01', 'scontrol -o show job').stdout.split('\n').filter(Boolean)).toHaveLength(3);
  });

  it('are seen with all their jobs in metrics and logs', () => {
    open({ nodes: 20 });
    const steps = metrics.find((one) => one.name === 'training_step_seconds')?.series(simulator.timeline) ?? [];
    expect(steps.map(({ labels }) => labels['job'])).toEqual(['pretrain-13b', 'sft-7b', 'pretrain-34b']);
    expect(steps.every((one) => (one.at(simulator.time.nowMs()) ?? 0) > 7)).toBe(true);
    const { historyFromMs } = simulator.world;
    const keys = windowObjects(simulator.timeline, historyFromMs, historyFromMs + 60_000).map(({ key }) => key);
    expect(keys.some((key) => key.includes('/sft-7b/rank-00039/'))).toBe(true);
    expect(keys.some((key) => key.includes('/pretrain-34b/rank-00015/'))).toBe(true);
    expect(keys.some((key) => key.includes('/mgmt-01/slurmctld/'))).toBe(true);
  });

  it('find everything as it was after a restart', () => {
    open({ nodes: 20 });
    simulator.inject('gpu-clock-lock', { target: { node: 'node-14', gpu: 2 } });
    const before = stepOf(1);
    simulator.close();
    simulator = held.open();
    expect(stepOf(1)).toBe(before);
    expect(simulator.activeFaults().map(({ id }) => id)).toEqual(['gpu-clock-lock']);
  });
});

describe('no job at all', () => {
  it('is an idle cluster', () => {
    open({ nodes: 3, jobs: 0 });
    expect(readingOf(simulator, 'node-02', 4).utilizationPercent).toBe(0);
    expect(simulator.timeline.lives(simulator.time.nowMs())).toEqual([]);
    expect(onNode(simulator, 'node-01', 'scontrol show job').stdout).toBe('');
    expect(onNode(simulator, 'node-01', 'scontrol -o show node').stdout).toMatch(/State=IDLE .* LastBusyTime=2026-/);
  });

  it('refuses what strikes jobs, and writes down nothing that it could not read again', () => {
    open({ nodes: 3, jobs: 0 });
    expect(() => simulator.inject('world-size-wrong')).toThrow(SimulatorRefusal);
    expect(() => simulator.inject('planned-maintenance')).toThrow(/planned-maintenance is not possible here/);
    expect(simulator.timeline.actions).toEqual([]);
    simulator.close();
    simulator = held.open();
    expect(simulator.timeline.actions).toEqual([]);
  });
});
