import type { ProbeCase, ProbeCases } from './probe-case.ts';
import { printed } from './probe-case.ts';

// `scontrol show job` as printed on two clusters, on one line as `-o` prints it. Fields in Slurm's order.
// Ended out of memory: a university's page on memory limits (job 569966, Reason=OutOfMemory, ExitCode=0:125); queued
// again: the documentation of the cluster Trixie (job 403641, Restarts=1, NodeList=(null), BatchHost of before).
const source = 'scontrol show job of Slurm 23.02 and 23.11, as published in the documentation of two clusters';

interface Job {
  readonly id: number;
  readonly state: string;
  readonly reason?: string;
  readonly requeue?: 0 | 1;
  readonly restarts?: number;
  readonly batch?: 0 | 1;
  readonly start?: string;
  readonly end?: string;
  readonly nodes?: string;
  readonly memory?: string;
  readonly name?: string;
  readonly comment?: string;
}

const jobLine = (job: Job) =>
  [
    `JobId=${job.id} JobName=${job.name ?? 'pretrain-70b'} UserId=train(2001) GroupId=train(2001) MCS_label=N/A`,
    'Priority=4294340955 Nice=0 Account=llm QOS=normal',
    `JobState=${job.state} Reason=${job.reason ?? 'None'} Dependency=(null)`,
    `Requeue=${job.requeue ?? 1} Restarts=${job.restarts ?? 0} BatchFlag=${job.batch ?? 1} Reboot=0 ExitCode=0:0`,
    'RunTime=1-02:00:05 TimeLimit=7-00:00:00 TimeMin=N/A',
    'SubmitTime=2026-11-19T15:54:36 EligibleTime=2026-11-19T15:54:36 AccrueTime=2026-11-19T15:54:36',
    `StartTime=${job.start ?? '2026-11-19T15:54:37'} EndTime=${job.end ?? '2026-11-26T15:54:37'} Deadline=N/A`,
    'SuspendTime=None SecsPreSuspend=0 LastSchedEval=2026-11-19T15:54:37 Scheduler=Main',
    'Partition=a800 AllocNode:Sid=login01:692486 ReqNodeList=(null) ExcNodeList=(null)',
    `NodeList=${job.nodes ?? 'node-[01-08]'} BatchHost=node-01`,
    'NumNodes=8 NumCPUs=1024 NumTasks=64 CPUs/Task=16 ReqB:S:C:T=0:0:*:*',
    'ReqTRES=cpu=1024,mem=7680G,node=8,billing=1024,gres/gpu=64 AllocTRES=cpu=1024,node=8,gres/gpu=64',
    'Socks/Node=* NtasksPerN:B:S:C=8:0:*:* CoreSpec=*',
    `MinCPUsNode=128 ${job.memory ?? 'MinMemoryNode=960G'} MinTmpDiskNode=0`,
    'Features=(null) DelayBoot=00:00:00 OverSubscribe=NO Contiguous=0 Licenses=(null) Network=(null)',
    'Command=/shared/jobs/pretrain.sbatch WorkDir=/shared/jobs',
    ...(job.comment === undefined ? [] : [`Comment=${job.comment}`]),
    'StdErr=/shared/jobs/4242.err StdIn=/dev/null StdOut=/shared/jobs/4242.out TresPerNode=gres/gpu:8',
    '',
  ].join(' ');
const jobs = (...list: readonly Job[]) => printed(list.map((job) => `${jobLine(job)}\n`).join(''));
const node = { name: 'node-07', gpus: [] };
const one = (name: string, means: readonly string[], ...list: readonly Job[]): ProbeCase => ({
  name,
  source,
  output: jobs(...list),
  node,
  means,
});

const ended = { end: '2026-11-20T17:54:42' };

export const schedulerJobsCases: ProbeCases = {
  faulty: [
    one('failed', ['scheduler.job.failed'], { id: 4242, state: 'FAILED', reason: 'NonZeroExitCode', ...ended }),
    one('out of memory', ['scheduler.job.out-of-memory'], {
      id: 4242,
      state: 'OUT_OF_MEMORY',
      reason: 'OutOfMemory',
      ...ended,
    }),
    one('lost a node', ['scheduler.job.node-failed'], { id: 4242, state: 'NODE_FAIL', reason: 'NodeDown', ...ended }),
    one(
      'failed on this node, and another job runs elsewhere',
      ['scheduler.job.failed'],
      { id: 4242, state: 'FAILED', nodes: 'node-[01-03,07]', ...ended },
      { id: 4250, state: 'RUNNING', nodes: 'node-[10-12]', start: '2026-11-20T18:00:00' },
    ),
  ],
  healthy: [
    one('runs here', ['scheduler.job.running'], { id: 4242, state: 'RUNNING' }),
    one('was queued again and runs elsewhere', ['scheduler.job.running'], {
      id: 4242,
      state: 'RUNNING',
      restarts: 1,
      nodes: 'node-[01-06,08-09]',
    }),
    one('was queued again and waits', ['scheduler.job.pending'], {
      id: 4242,
      state: 'PENDING',
      reason: 'Resources',
      restarts: 1,
      nodes: '(null)',
      end: 'Unknown',
    }),
    one('was queued again and is held', ['scheduler.job.pending-held'], {
      id: 4242,
      state: 'REQUEUE_HOLD',
      reason: 'job_requeued_in_held_state',
      restarts: 1,
      nodes: '(null)',
    }),
    one('waits elsewhere, held by an administrator', ['scheduler.job.pending-held'], {
      id: 4242,
      state: 'PENDING',
      reason: 'JobHeldAdmin',
      restarts: 2,
      nodes: '(null)',
    }),
    one('was cancelled', ['scheduler.job.cancelled'], { id: 4242, state: 'CANCELLED', ...ended }),
    one('reached its limit', ['scheduler.job.timed-out'], { id: 4242, state: 'TIMEOUT', ...ended }),
    one('was preempted', ['scheduler.job.preempted'], { id: 4242, state: 'PREEMPTED', ...ended }),
    one(
      'failed, and the node has had another job since',
      ['scheduler.job.running'],
      { id: 4242, state: 'FAILED', ...ended },
      { id: 4250, state: 'RUNNING', nodes: 'node-07', start: '2026-11-20T18:00:00' },
    ),
    one('failed on other nodes', ['scheduler.job.none'], { id: 4242, state: 'FAILED', nodes: 'node-[10-12]' }),
    one('new in the queue', ['scheduler.job.none'], { id: 4243, state: 'PENDING', nodes: '(null)' }),
    one('a comment that imitates a state is not believed', ['scheduler.job.none'], {
      id: 4242,
      state: 'RUNNING',
      comment: 'see JobState=FAILED NodeList=node-07',
    }),
    one('a name that imitates one neither', ['scheduler.job.none'], {
      id: 4242,
      state: 'RUNNING',
      name: 'x UserId=root(0) JobState=FAILED Reason=None',
    }),
    { name: 'no jobs', source, output: printed('No jobs in the system\n'), node, means: ['scheduler.job.none'] },
  ],
  garbage: [
    printed('', 1, 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'),
    printed('Welcome to node-01\n'),
    printed('JobId=4242 JobName=x UserId=a(1)\n'),
    printed(jobLine({ id: 4242, state: 'RUNNING' }).replace('Restarts=0', 'Restarts=many')),
  ],
};

const reservationSource =
  'https://docs.aws.amazon.com/pcs (scontrol show res), Slurm 24.05; on one line as -o prints it';
const reservation = (nodes: string, flags: string, state: string, name = 'node-maint') =>
  `ReservationName=${name} StartTime=2026-11-21T02:00:00 EndTime=2026-11-21T10:00:00 Duration=08:00:00 Nodes=${nodes} NodeCnt=4 CoreCnt=512 Features=(null) PartitionName=(null) Flags=${flags} TRES=cpu=512 Users=root Groups=(null) Accounts=(null) Licenses=(null) State=${state} BurstBuffer=(null) MaxStartDelay=(null) Comment=Flags=MAINT State=ACTIVE\n`;
const reserved = (name: string, text: string, kind: string): ProbeCase => ({
  name,
  source: reservationSource,
  output: printed(text),
  node,
  means: [kind],
});
const active = 'scheduler.maintenance.active';
const noneNow = 'scheduler.maintenance.none';

export const schedulerReservationsCases: ProbeCases = {
  faulty: [],
  healthy: [
    reserved('maintenance now', reservation('node-[05-08]', 'MAINT,SPEC_NODES', 'ACTIVE'), active),
    reserved('of the whole machine', reservation('ALL', 'MAINT,IGNORE_JOBS,SPEC_NODES,ALL_NODES', 'ACTIVE'), active),
    reserved('announced', reservation('node-[05-08]', 'MAINT,SPEC_NODES', 'INACTIVE'), noneNow),
    reserved('of other nodes', reservation('node-[01-06]', 'MAINT,SPEC_NODES', 'ACTIVE'), noneNow),
    reserved('no maintenance', reservation('node-[05-08]', 'SPEC_NODES', 'ACTIVE'), noneNow),
    reserved('none', 'No reservations in the system\n', noneNow),
  ],
  garbage: [
    printed('', 1, 'slurm_load_reservations error: Unable to contact slurm controller'),
    printed('Welcome to node-01\n'),
    printed('ReservationName=node-maint StartTime=2026-11-21T02:00:00\n'),
  ],
};
