import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { diagnose } from '../../../kb/reasoning/diagnose.ts';
import { placeStatements } from '../../../kb/reasoning/job-statements.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import {
  alertAtMs,
  diagnoseWorld,
  dmesg,
  kernelLog,
  nodes,
  power,
  rankLog,
  steps,
  type Answer,
  type Source,
  type World,
} from './incident-world.ts';

/** What launchers and managers say of a job as a whole, in the log of its first rank or of its batch host. */

const stopped = [steps(-300), ...power(-300)];
const oomKill = {
  name: 'node_vmstat_oom_kill',
  labels: { instance: 'node-03:9100' },
  points: (power()[0]?.points ?? []).map(([atMs]) => [atMs, atMs > alertAtMs - 300_000 ? 4 : 3] as const),
};
const kernelKill = (node: string, at = -302): Source =>
  kernelLog(node, [
    [at, 'python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0'],
    [
      at,
      'Memory cgroup out of memory: Killed process 14447 (python3) total-vm:123456kB, anon-rss:98765432kB, file-rss:0kB, shmem-rss:0kB, UID:1000',
    ],
  ]);
const jobOf = (...asked: readonly string[]): readonly Answer[] =>
  asked.map((node) => ({ probeId: 'scheduler.jobs', node, says: [{ kind: 'scheduler.job.out-of-memory' }] }));
const chatter: Source = rankLog(0, [
  [-1200, 'saving checkpoint at iteration 11000 to /data/ckpt'],
  [-900, 'iteration 11100/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 |'],
  [-299, 'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.'],
  [-298, 'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.'],
]);

const statements: readonly (readonly [name: string, line: string])[] = [
  [
    'slurmstepd',
    'slurmstepd: error: Detected 1 oom_kill event in StepId=608.0. Some of the step tasks have been OOM Killed.',
  ],
  [
    'an older slurmstepd',
    'slurmstepd: error: Detected 1 oom-kill event(s) in StepId=608.0. Some of your processes may have been killed by the cgroup out-of-memory handler.',
  ],
  ['srun without a host', 'srun: error: task 17: Killed'],
  ['a task without a launcher', 'task 17: Out Of Memory'],
  ['mpirun, which names no host', 'mpirun: process rank 17 with PID 4242 exited on signal 9 (Killed).'],
  ['an exit code of another host', 'srun: error: task 17: Exited with exit code 137'],
  ['the controller', 'JobState=OUT_OF_MEMORY Reason=OutOfMemory BatchHost=node-01 NodeList=node-[01-04]'],
  ['Kubernetes', '      Reason:       OOMKilled'],
  ['Ray', '(raylet) node_manager.cc:3084: 4 Workers (tasks / actors) killed due to memory pressure (OOM)'],
];

describe('a statement about the whole job', () => {
  it.each(statements)('is no second place beside kernel lines elsewhere: %s', (_name, line) => {
    for (const node of ['node-03', 'node-02']) {
      const world: World = {
        sources: [kernelKill(node), rankLog(0, [[-297, line]]), chatter],
        metrics: [...stopped, { ...oomKill, labels: { instance: `${node}:9100` } }],
        answers: jobOf(...nodes),
      };
      const verdict = diagnoseWorld(world).last.verdict;
      expect(verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom', node }] });
      expect(verdict?.kind === 'attributed' && verdict.causes.length).toBe(1);
    }
  });

  it.each(statements)('never localises by itself: %s', (_name, line) => {
    const { last } = diagnoseWorld({
      sources: [rankLog(0, [[-297, line]]), chatter],
      metrics: stopped,
      answers: jobOf(...nodes),
    });
    const named = last.verdict?.kind === 'attributed' ? last.verdict.causes : (last.hypotheses ?? []);
    expect(named.filter(({ category, node }) => category === 'host-oom' && node !== undefined)).toEqual([]);
  });

  it('finds its place in what the kernel says when it is asked', () => {
    const { last } = diagnoseWorld({
      sources: [rankLog(0, [[-297, statements[0]?.[1] ?? '']])],
      metrics: stopped,
      answers: [
        {
          probeId: 'kernel.log',
          node: 'node-04',
          stdout: dmesg([[-301, 'Out of memory: Killed process 4242 (python) total-vm:1kB, anon-rss:1kB']]),
        },
        { probeId: 'memory.host', node: 'node-04', says: [{ kind: 'host.memory.low' }] },
      ],
    });
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom', node: 'node-04' }] });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes.length).toBe(1);
  });

  it('leaves two hosts of which each has its own evidence', () => {
    const { last } = diagnoseWorld({
      sources: [kernelKill('node-02'), kernelKill('node-04', -301), rankLog(0, [[-297, statements[0]?.[1] ?? '']])],
      metrics: stopped,
      answers: jobOf(...nodes),
    });
    const named = last.verdict?.kind === 'attributed' ? last.verdict.causes.map(({ node }) => node) : [];
    expect(new Set(named)).toEqual(new Set(['node-02', 'node-04']));
    expect(named.length).toBe(2);
  });

  it('leaves the place to a GPU that the kernel names, and the memory to no host', () => {
    const { last } = diagnoseWorld({
      sources: [
        kernelLog('node-03', [
          [-302, 'NVRM: Xid (PCI:0000:2f:00): 79, pid=4242, name=python, GPU has fallen off the bus.'],
        ]),
        rankLog(0, [[-297, 'srun: error: task 21: Killed']]),
      ],
      metrics: stopped,
      answers: [
        {
          probeId: 'gpu.presence',
          node: 'node-03',
          says: [{ kind: 'gpu.presence.missing', device: { kind: 'gpu', index: 5 } }],
        },
      ],
    });
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-fell-off-bus', node: 'node-03', device: { index: 5 } }],
    });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes.length).toBe(1);
  });
});

describe('the place of a statement', () => {
  const told = (text: string, node = 'node-01'): Finding => ({
    id: 'f1',
    kind: 'slurm.oom.killed',
    role: 'cause',
    node,
    count: 1,
    range: { evidenceId: 'ev', source: 'rank-0.log', line: 3 },
    text,
  });
  it.each([
    ['node-03: [2026-11-21 03:35:00] [launch.py:434:sigkill_handler] exits with return code = -9', 'node-03'],
    ['[launch.py:434:sigkill_handler] exits with return code = -9', 'node-01'],
    ['[2026-11-21 03:35:00,123] node-02.site:815:864 [0] NCCL WARN Cuda failure 719', 'node-02'],
    ['[node-04:12345] *** Process received signal ***', 'node-04'],
    ['node-99: Killed', 'node-01'],
    ['srun: error: node-03: task 17: Out Of Memory', 'node-03'],
    ['srun: error: node-01: task 3: Killed', 'node-01'],
    ['srun: error: node-[02]: tasks 16-23: Killed', 'node-02'],
    ['srun: error: node-[02-03]: tasks 8-23: Killed', undefined],
    ['slurmstepd-node-04: error: Detected 1 oom-kill event(s) in StepId=9411285.0.', 'node-04'],
    ['mpirun noticed that process rank 17 with PID 4242 on node node-03 exited on signal 9 (Killed).', 'node-03'],
    ['mpirun noticed that process rank 17 on node node-03.site.example exited on signal 9 (Killed).', 'node-03'],
    ['slurmstepd: error: *** STEP 608.0 ON node-01 CANCELLED AT 2026-11-21T03:35:00 ***', undefined],
    ['slurmstepd: error: Detected 1 oom_kill event in StepId=node-012', undefined],
    ['failed (exitcode: -9) local_rank: 3 (pid: 4242) of binary: /usr/bin/python3', 'node-01'],
    ['systemd-oomd[840]: Killed /job.slice/job_4242 due to memory pressure for /job.slice', 'node-01'],
    ['Out of memory: Killed process 4242 (python)', 'node-01'],
  ])('%s', (text, node) => {
    expect(placeStatements([told(text)], [...nodes])[0]?.node).toBe(node);
  });

  it('a scheduler gives every node the same answer about a job, and a clean one stays with its node', () => {
    const probed = (kind: string, role: Finding['role']): Finding => ({
      ...told('job 608: OUT_OF_MEMORY, restarted 0 times', 'node-03'),
      kind,
      role,
      range: { evidenceId: 'ev', source: 'probe scheduler.jobs on node-03' },
    });
    expect(placeStatements([probed('scheduler.job.out-of-memory', 'symptom')], nodes)[0]?.node).toBeUndefined();
    expect(placeStatements([probed('scheduler.job.running', 'clean')], nodes)[0]?.node).toBe('node-03');
  });

  it('holds for a folder of logs without a server', () => {
    const { verdict } = diagnose([told(statements[0]?.[1] ?? '')], knowledge);
    expect(verdict.kind === 'attributed' && verdict.causes[0]?.node).toBeUndefined();
    expect(verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'host-oom' }] });
  });
});
