import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metrics } from '../../../../infra/cluster/metrics/index.ts';
import { scrapeAt } from '../../../../infra/cluster/metrics/metric.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { allReadings, heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
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

const reopenWith = (seed: number) => {
  simulator.close();
  held.remove();
  open(seed);
};
const metric = (name: string, node: string) => {
  const series = metrics.find((one) => one.name === name)?.series(simulator.timeline) ?? [];
  return series.find((one) => one.labels['node'] === node)?.at(scrapeAt(simulator.time.nowMs()));
};
const available = (node: string) =>
  Number(/^MemAvailable: +(\d+) kB$/m.exec(onNode(simulator, node, 'cat /proc/meminfo').stdout)?.[1]);
const kernel = (node: string) => onNode(simulator, node, 'dmesg --time-format iso').stdout;
const death = () => {
  const found = simulator.timeline.lives(Infinity).at(-1)?.death ?? null;
  if (found === null) throw new Error('the attempt lives on');
  return found;
};
const passTo = (ms: number) => held.pass(ms - simulator.time.nowMs());
const jobId = () => String(simulator.world.job.slurmId);

// Texts of the kernel: `dump_oom_summary` and `__oom_kill_process` of Linux 5.15, mm/oom_kill.c; of torchrun: `ChildFailedError`
// in torch/distributed/elastic/multiprocessing/errors; OUT_OF_MEMORY and exit code 0:125: squeue(1) of Slurm 23.11.
describe.each([7, 8, 9])('a leak in the loader workers of one node, seed %i', (seed) => {
  beforeEach(() => reopenWith(seed));

  it('takes the memory of that node alone over some minutes, and the workers are seen to grow', () => {
    const { node } = simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } }).target;
    const beforeKib = available(node);
    held.pass(minutes(4));
    const others = simulator.world.nodes.filter((one) => one.name !== node).map((one) => available(one.name));
    expect(available(node)).toBeLessThan(0.4 * beforeKib);
    expect(Math.min(...others)).toBeGreaterThan(0.95 * beforeKib);
    expect(metric('node_memory_MemAvailable_bytes', node)).toBeLessThan(0.4 * beforeKib * 1024);
    const processes = onNode(simulator, node, 'ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss').stdout.split('\n');
    const workers = processes.filter((line) => line.endsWith(' pt_data_worker')).map((line) => line.trim().split(/ +/));
    expect(workers).toHaveLength(64);
    for (const worker of workers) expect(Number(worker[3])).toBeGreaterThan(6_000_000);
    expect(segmentNow(simulator).phase.kind).toBe('running');
  });

  it('ends with the kernel killing a trainer, the rank dead by signal 9 and the job out of memory', () => {
    const { target, sinceMs } = simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } });
    const node = findNode(simulator.world, target.node)?.index ?? -1;
    const { atMs, gpu } = death();
    expect((atMs - sinceMs) / 1000).toBeGreaterThan(240);
    expect((atMs - sinceMs) / 1000).toBeLessThan(400);
    passTo(atMs + 30_000);
    const pid = death().node === node ? Number(/Killed process (\d+) /.exec(kernel(target.node))?.[1]) : 0;
    expect(kernel(target.node)).toMatch(
      new RegExp(
        `oom-kill:constraint=CONSTRAINT_NONE,nodemask=\\(null\\),cpuset=task_${node},mems_allowed=0-1,global_oom,task_memcg=/system\\.slice/slurmstepd\\.scope/job_${jobId()}/step_0/user/task_0,task=pt_main_thread,pid=${pid},uid=10042`,
      ),
    );
    expect(kernel(target.node)).toMatch(
      /Out of memory: Killed process \d+ \(pt_main_thread\) total-vm:\d+kB, anon-rss:\d+kB, file-rss:\d+kB, shmem-rss:\d+kB, UID:10042 pgtables:\d+kB oom_score_adj:0/,
    );
    const others = simulator.world.nodes.filter((one) => one.index !== node);
    for (const other of others) expect(kernel(other.name)).not.toContain('oom-kill');

    const logs = logsBetween(simulator, sinceMs, simulator.time.nowMs());
    const agent = slotLog(simulator, logs, node, 0);
    expect(agent).toContain('torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ');
    expect(agent).toContain(`failed (exitcode: -9) local_rank: ${gpu} (pid: ${pid}) of binary: /usr/bin/python3`);
    expect(agent).toContain(`  traceback : Signal 9 (SIGKILL) received by PID ${pid}`);
    const neighbour = slotLog(simulator, logs, (node + 1) % 4, gpu);
    expect(neighbour).toContain(`Connection closed by remote peer ${target.node}<`);
    const batch = slotLog(simulator, logs, 0, 0);
    expect(batch).toContain(`slurmstepd: error: Detected 1 oom_kill event in StepId=${jobId()}.0.`);
    expect(batch).toContain(`srun: error: ${target.node}: task ${node}: Out Of Memory`);

    expect(onNode(simulator, 'node-01', 'scontrol -o show job').stdout).toMatch(
      / JobState=OUT_OF_MEMORY Reason=OutOfMemory .* ExitCode=0:125 /,
    );
    expect(metric('node_vmstat_oom_kill', target.node)).toBe(1);
    for (const other of simulator.world.nodes) expect(readingOf(simulator, other.name, 3).utilizationPercent).toBe(0);
    const stopped = iterationNow(simulator);
    held.pass(minutes(10));
    expect(iterationNow(simulator)).toBe(stopped);
  });

  it('comes back after a requeue without a limit, from the last checkpoint', () => {
    simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } });
    passTo(death().atMs + 60_000);
    const stopped = iterationNow(simulator);
    expect(onNode(simulator, 'node-01', `scontrol requeue ${jobId()}`)).toMatchObject({ exitCode: 0 });
    held.pass(minutes(2));
    expect(segmentNow(simulator).phase.kind).toBe('running');
    expect(iterationNow(simulator)).toBeLessThan(stopped);
    expect(iterationNow(simulator)).toBeGreaterThan(stopped - 40);
    held.pass(minutes(10));
    expect(segmentNow(simulator).phase.kind).toBe('ended');
    expect(onNode(simulator, 'node-01', 'scontrol -o show job').stdout).toMatch(
      / JobState=OUT_OF_MEMORY .* Restarts=1 /,
    );
    expect(simulator.activeFaults()).toHaveLength(1);
  });

  it('is contained by a limit below the memory of the node', () => {
    const { node } = simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } }).target;
    passTo(death().atMs + 60_000);
    for (const line of [
      `scontrol requeuehold ${jobId()}`,
      `scontrol update JobId=${jobId()} MinMemoryNode=870000`,
      `scontrol release ${jobId()}`,
    ])
      expect(onNode(simulator, 'node-01', line)).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const beginMs = simulator.time.nowMs();
    held.pass(minutes(60));
    expect(segmentNow(simulator).phase.kind).toBe('running');
    expect(segmentNow(simulator).meanStepMs).toBe(8_000);
    expect(metric('node_vmstat_oom_kill', node)).toBe(1);
    const index = findNode(simulator.world, node)?.index ?? -1;
    const log = slotLog(simulator, logsBetween(simulator, beginMs, simulator.time.nowMs()), index, 2);
    expect(
      log.match(/memory\.current is above 90 % of memory\.max: restarted 8 loader workers/g)?.length,
    ).toBeGreaterThan(5);
    expect(onNode(simulator, 'node-01', 'scontrol -o show job').stdout).toContain(' MinMemoryNode=870000M ');
  });
});

describe('a limit that does not hold the trainers', () => {
  it('lets the kernel kill one of them inside the cgroup of the job, though nothing leaks', () => {
    onNode(simulator, 'node-01', `scontrol requeuehold ${jobId()}`);
    onNode(simulator, 'node-01', `scontrol update JobId=${jobId()} MinMemoryNode=200000`);
    onNode(simulator, 'node-01', `scontrol release ${jobId()}`);
    held.pass(minutes(5));
    expect(segmentNow(simulator).phase.kind).toBe('ended');
    expect(kernel('node-01')).toMatch(/oom-kill:constraint=CONSTRAINT_MEMCG,.*oom_memcg=\/system\.slice\/slurmstepd/);
    expect(kernel('node-01')).toMatch(/Memory cgroup out of memory: Killed process \d+ \(pt_main_thread\)/);
  });
});

describe('a restart of the simulator', () => {
  it.each([100_000, 350_000, 600_000])('%i ms into the fault changes nothing that was or will be', (ms) => {
    const { sinceMs } = simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } });
    held.pass(ms);
    const state = () => ({
      readings: allReadings(simulator),
      phase: segmentNow(simulator).phase.kind,
      death: death().atMs,
      iteration: iterationNow(simulator),
      logs: [...logsBetween(simulator, sinceMs, simulator.time.nowMs())],
    });
    const before = state();
    simulator.close();
    simulator = held.open();
    expect(state()).toEqual(before);
  });
});

describe('healing', () => {
  it('before the memory is full leaves the job as it runs, and afterwards starts it again', () => {
    simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } });
    held.pass(minutes(3));
    simulator.heal('host-oom');
    held.pass(minutes(20));
    expect(segmentNow(simulator).phase).toMatchObject({ kind: 'running', attempt: { number: 0 } });

    simulator.inject('host-oom', { values: { gbPerSecond: 2.1 } });
    passTo(death().atMs + 60_000);
    simulator.heal('host-oom');
    held.pass(minutes(30));
    expect(segmentNow(simulator).phase).toMatchObject({ kind: 'running', attempt: { number: 1 } });
  });
});
