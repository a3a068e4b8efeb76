import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iterationOf, stepEndMs } from '../../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, onNode, segmentNow } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const run = (line: string, root = true) => onNode(simulator, 'node-02', line, root);
const job = () => run('scontrol -o show job').stdout;
const jobId = () => String(simulator.world.job.slurmId);
const ok = { stdout: '', stderr: '', exitCode: 0 };

describe('scontrol show', () => {
  // One line of `scontrol -o show job` of Slurm 23.11: `Key=Value` pairs in the order of slurm_sprint_job_info.
  it('tells of the job in one line of pairs', () => {
    const line = job();
    expect(line.endsWith(' \n')).toBe(true);
    expect(line.trimEnd().split('\n')).toHaveLength(1);
    const pairs = line
      .trimEnd()
      .split(' ')
      .map((pair) => pair.split('=')[0]);
    expect(pairs.slice(0, 9)).toEqual([
      'JobId',
      'JobName',
      'UserId',
      'GroupId',
      'MCS_label',
      'Priority',
      'Nice',
      'Account',
      'QOS',
    ]);
    expect(line).toMatch(/ JobState=RUNNING Reason=None .* NodeList=node-\[01-04\] BatchHost=node-01 NumNodes=4 /);
    expect(line).toContain(` RunTime=00:29:58 `);
    expect(run('scontrol show job').stdout).toMatch(/^JobId=\d+ JobName=pretrain-13b\n {3}UserId=llmtrain\(10042\)/);
    expect(run('scontrol show job 1')).toMatchObject({
      exitCode: 1,
      stderr: 'slurm_load_jobs error: Invalid job id specified\n',
    });
  });

  it('tells of nodes one by one and all together, and that nothing is reserved', () => {
    expect(run('scontrol -o show node').stdout.match(/^NodeName=node-0\d .* State=ALLOCATED /gm)).toHaveLength(4);
    expect(run('scontrol -o show reservation').stdout).toBe('No reservations in the system\n');
    expect(run('scontrol show partition').exitCode).toBe(1);
  });
});

describe('a drained node', () => {
  it('keeps its job, shows its reason, and is left out by the next attempt', () => {
    expect(run('scontrol update NodeName=node-03 State=DRAIN Reason=wardround')).toEqual(ok);
    const node = run('scontrol show node node-03').stdout;
    expect(node).toContain('   State=ALLOCATED+DRAIN ');
    expect(node).toContain('   Reason=wardround [root@2026-11-21T03:00:00]\n');
    expect(stepSeconds(simulator)).toBe(8);
    expect(run(`scontrol requeue ${jobId()}`)).toEqual(ok);
    expect(job()).toMatch(/ JobState=PENDING Reason=BeginTime .* Restarts=1 /);
    held.pass(minutes(2));
    expect(job()).toMatch(/ JobState=RUNNING .* NodeList=node-\[01-02,04\] BatchHost=node-01 NumNodes=3 /);
    expect(stepSeconds(simulator)).toBeCloseTo((8 * 4) / 3);
    expect(run('scontrol show node node-03').stdout).toContain('   State=IDLE+DRAIN ');
    expect(run('scontrol update NodeName=node-03 State=RESUME')).toEqual(ok);
    expect(run('scontrol show node node-03').stdout).toContain('   State=IDLE ');
    expect(run(`scontrol requeue ${jobId()}`)).toEqual(ok);
    held.pass(minutes(2));
    expect(stepSeconds(simulator)).toBe(8);
  });

  it.each([
    ['NodeName=node-03 State=DRAIN', 'You must specify a reason when DOWNING or DRAINING a node. Request denied\n'],
    ['NodeName=node-77 State=DRAIN Reason=x', 'slurm_update error: Invalid node name specified\n'],
    ['NodeName=node-03 State=RESUME', 'slurm_update error: Invalid node state specified\n'],
    ['NodeName=node-03 Weight=7 State=RESUME', 'Update of this parameter is not supported: weight\nRequest aborted\n'],
  ])('is refused: %s', (change, stderr) => {
    expect(run(`scontrol update ${change}`)).toEqual({ stdout: '', stderr, exitCode: 1 });
    expect(simulator.timeline.actions).toEqual([]);
  });
});

describe('the queue', () => {
  it('holds a requeued job until it is released, and starts it from its last checkpoint', () => {
    const before = iterationNow(simulator);
    expect(run(`scontrol requeuehold ${jobId()}`)).toEqual(ok);
    held.pass(minutes(30));
    expect(job()).toMatch(/ Priority=0 .* JobState=PENDING Reason=job_requeued_in_held_state .* NodeList= NumNodes=/);
    expect(segmentNow(simulator).meanStepMs).toBeNull();
    expect(run(`scontrol update JobId=${jobId()} MinMemoryNode=921600`)).toEqual(ok);
    expect(job()).toContain(' MinMemoryNode=900G ');
    expect(run(`scontrol release ${jobId()}`)).toEqual(ok);
    held.pass(minutes(2));
    expect(job()).toMatch(/ JobState=RUNNING .* Restarts=1 /);
    expect(iterationNow(simulator)).toBeLessThan(before + 10);
    expect(iterationNow(simulator)).toBeGreaterThan(before - 40);
  });

  it('refuses as Slurm does', () => {
    const refusal = (line: string, root = true) => {
      const { stdout, stderr, exitCode } = run(line, root);
      expect([stdout, exitCode]).toEqual(['', 1]);
      return stderr;
    };
    const id = jobId();
    expect(refusal('scontrol requeue 17')).toBe('Invalid job id specified for job 17\n');
    expect(refusal(`scontrol release ${id}`)).toBe(`Job is no longer pending execution for job ${id}\n`);
    expect(refusal(`scontrol update JobId=${id} MinMemoryNode=5000`)).toBe(
      `Job is no longer pending execution for job ${id}\nslurm_update error: Job is no longer pending execution\n`,
    );
    expect(refusal('scontrol update JobId=17 MinMemoryNode=5000')).toContain(
      'slurm_update error: Invalid job id specified\n',
    );
    expect(refusal(`scontrol requeue ${id}`, false)).toBe(`Access/permission denied for job ${id}\n`);
    expect(refusal('scontrol update NodeName=node-01 State=DRAIN Reason=x', false)).toBe(
      'slurm_update error: Invalid user id\n',
    );
    run(`scontrol requeuehold ${id}`);
    expect(refusal(`scontrol requeue ${id}`)).toBe(`Job is pending execution for job ${id}\n`);
    expect(refusal(`scontrol update JobId=${id} MinMemoryNode=2000000`)).toContain(
      'slurm_update error: Requested node configuration is not available\n',
    );
    expect(refusal(`scontrol update JobId=${id} MinMemoryNode=much`)).toContain('Invalid MinMemoryNode value: much');
  });

  it('lets the first step of an attempt take its warm-up and no more', () => {
    run(`scontrol requeue ${jobId()}`);
    held.pass(minutes(4));
    const life = simulator.timeline.lives(Infinity).at(-1);
    if (life === undefined) throw new Error('the job was started again');
    const first = life.attempt.stepBase + 1;
    expect(stepEndMs(simulator.timeline, first) - life.attempt.runMs).toBeGreaterThan(1.6 * 7_500);
    expect(stepEndMs(simulator.timeline, first) - life.attempt.runMs).toBeLessThan(1.6 * 8_500);
    expect(iterationOf(simulator.timeline, first)).toBe(life.attempt.fromIteration + 1);
  });

  it('survives requeues one after the other with every step counted once', () => {
    for (let time = 0; time < 12; time += 1) {
      run(`scontrol requeue ${jobId()}`);
      held.pass(70_000 + 1_000 * time);
    }
    held.pass(minutes(2));
    const first = iterationNow(simulator);
    held.pass(minutes(4));
    const gained = iterationNow(simulator) - first;
    expect(gained).toBeGreaterThanOrEqual(29);
    expect(gained).toBeLessThanOrEqual(31);
    expect(job()).toContain(' Restarts=12 ');
  });
});

describe('the past', () => {
  it('is not changed by what is done to the job', () => {
    held.pass(minutes(5));
    const nowMs = simulator.time.nowMs();
    const before = iterationNow(simulator);
    run(`scontrol requeue ${jobId()}`);
    held.pass(minutes(10));
    const at = simulator.timeline.segmentAt(nowMs - 1);
    expect(at).toMatchObject({ meanStepMs: 8_000, phase: { kind: 'running', attempt: { number: 0 } } });
    simulator.close();
    simulator = held.open();
    expect(simulator.timeline.segmentAt(nowMs - 1).meanStepMs).toBe(8_000);
    expect(iterationNow(simulator)).toBeGreaterThan(before);
  });
});
