import { lineDetector } from './line-patterns.ts';

const slurm = 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/req.c';
const kubernetes = 'https://kubernetes.io/docs/concepts/scheduling-eviction/';

/** How schedulers and people end, suspend or lose jobs. */
export const scheduling = lineDetector('scheduling', [
  {
    id: 'scheduler.maintenance.reserved',
    summary: 'the scheduler keeps the nodes for maintenance',
    role: 'context',
    weighs: { 'scheduler-action': 2 },
    source: 'https://hpc-docs.cubi.bihealth.org/slurm/reservations',
    literals: ['reserved for maintenance', 'reserved_for_maintenance'],
    pattern: /Reserved[_ ]for[_ ]maintenance/i,
    sees: [
      'JobState=PENDING Reason=ReqNodeNotAvail,_Reserved_for_maintenance Dependency=(null)',
      'srun: Required node not available (ReqNodeNotAvail, Reserved for maintenance)',
    ],
    ignores: ['node-03 is reserved for project 12'],
  },
  {
    id: 'scheduler.time-limit',
    summary: 'the job reached its time limit',
    role: 'cause',
    weighs: { 'scheduler-action': 6.8 },
    source: slurm,
    literals: [
      'timelimit',
      'due to time limit',
      'walltime',
      'term_runlimit',
      'time limit',
      'deadlineexceeded',
      'state=timeout',
      'exiting program after',
      'max wall clock limit',
      'time limit exhausted',
      'than the specified deadline',
      'than specified deadline',
      ' timeout ',
    ],
    pattern:
      /DUE TO TIME LIMIT|walltime \d+ exceeded limit|(?:job )?killed: walltime|TERM_RUNLIMIT|job (?:has )?(?:reached|exceeded|hit) (?:its |the )?time ?limit|DeadlineExceeded[^\n]{0,60}Job was active|exiting program after [\d.]{1,12} minutes|JobState=TIMEOUT|hitting max wall clock limit|Time limit exhausted for|was active (?:on the node )?longer than (?:the )?specified deadline|^\s{0,4}[\d_.+a-z]{1,40} [^\n]{0,160} TIMEOUT {1,12}\d{1,3}:\d{1,3}\b|\bTime limit reached\. Elapsed time is/i,
    sees: [
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO TIME LIMIT ***',
      '=>> PBS: job killed: walltime 3602 exceeded limit 3600',
      '4242             train        gpu       team         64    TIMEOUT      0:0',
      'slurmctld: Time limit exhausted for JobId=4242',
      'message: Job was active longer than specified deadline',
    ],
    ignores: ['TimeLimit=1-00:00:00', 'srun: launch timeout 60:00'],
  },
  {
    id: 'scheduler.preempted',
    summary: 'the job was preempted, evicted, suspended or its machine taken back',
    role: 'cause',
    weighs: { 'scheduler-action': 6.5 },
    source: kubernetes,
    literals: ['preempt', 'evicted', 'reclaim', 'suspended'],
    pattern:
      /DUE TO PREEMPTION|this job is preempted|TERM_PREEMPT|\b(?:[Jj]ob|[Pp]od|[Ww]orkload|[Tt]ask|[Ii]nstance)\b[^\n]{0,80}\b(?:was|been|is being|were|got)\b[^\n]{0,20}\b(?:preempted|evicted|reclaimed|suspended)\b|^(?:[^\n]{0,60}\s)?Preempted\b|JobState=(?:PREEMPTED|SUSPENDED)|[Pp]reempted JobId=|\bto reclaim resources for JobId|^\s{0,4}[\d_.+a-z]{1,40} [^\n]{0,160} PREEMPTED {1,12}\d{1,3}:\d{1,3}\b/,
    sees: [
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO PREEMPTION ***',
      'Warning  Preempted  pod/train-0  removed',
      'slurmctld: preempted JobId=4242 has been requeued to reclaim resources for JobId=4300',
      'job 4242 was suspended by the administrator',
    ],
    ignores: ['PreemptMode=OFF', 'requeue=1', 'Job preempted: false', 'if the job is large, it can be preempted'],
  },
  {
    // A requeue ends one run on somebody's order, or on a lost node's account, so that another can begin: what ends that
    // one is another matter. Who preempts says so in a line of its own (slurm.conf, PreemptMode=REQUEUE).
    id: 'scheduler.requeued',
    summary: 'the job was put back into the queue, to start again',
    role: 'symptom',
    weighs: { 'scheduler-action': 1.2 },
    source: slurm,
    literals: ['due to job requeue'],
    pattern: /\*\*\* (?:JOB|STEP) [\d.]{1,24} ON (?<node>[\w.-]{1,63}) CANCELLED AT \S{10,30} DUE TO JOB REQUEUE/,
    sees: ['slurmstepd: error: *** JOB 608 ON node-03 CANCELLED AT 2022-08-12T02:06:12 DUE TO JOB REQUEUE ***'],
    ignores: ['Requeue=1 Restarts=0 BatchFlag=1'],
  },
  {
    // slurmctld says so of a node that stopped answering, and of one that an administrator set down: whatever it was.
    id: 'scheduler.node-failure',
    summary: 'the scheduler lost a node',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 1.2, 'scheduler-action': 1.2, 'facility-fault': 0.8, 'gpu-driver-bug': 0.7 },
    source: slurm,
    literals: ['node failure', 'node_fail', 'nodelost', 'node is not ready', 'nodenotready'],
    pattern:
      /DUE TO NODE FAILURE|Node failure on (?<node>[\w.-]{1,63})|killed due node failure|\bNODE_FAIL\b|\bNodeLost\b|\bNodeNotReady\b|[Nn]ode is not ready/,
    sees: [
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***',
      'srun: error: Node failure on node-03',
    ],
    ignores: ['node_failures=0'],
  },
  {
    id: 'scheduler.cancelled',
    summary: 'the job or step was cancelled, by a person or because a part of it ended',
    role: 'cause',
    weighs: { 'scheduler-action': 3.6 },
    source: slurm,
    literals: [
      'cancelled at',
      'keyboardinterrupt',
      'scancel',
      'cancelled by',
      'cancelled+',
      'killing job...',
      'ctrl-c caught',
      'state=cancelled',
      'has been revoked',
    ],
    pattern:
      /\*\*\* JOB \d+ ON (?<node>[\w.-]{1,63}) CANCELLED AT (?!\S{10,30} DUE TO)|KeyboardInterrupt|(?:scancel|CANCELLED)[^\n]{0,20} by (?:user |uid )?\w{1,30}|CANCELLED\+ {1,12}\d{1,3}:\d|JobState=CANCELLED|(?:mpirun|mpiexec|prterun): killing job\.\.\.|Ctrl-C caught\.\.\. cleaning up|Job allocation \d{1,12} has been revoked/,
    sees: [
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 ***',
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE to SIGNAL Terminated ***',
      'KeyboardInterrupt',
      'State: CANCELLED by 1000',
      'mpirun: killing job...',
    ],
    ignores: [
      'slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO TIME LIMIT ***',
      'JobState=RUNNING',
    ],
  },
  {
    id: 'scheduler.step-ended',
    summary: 'a step ended because one of its tasks did',
    role: 'symptom',
    weighs: { 'scheduler-action': 0.2 },
    source: slurm,
    literals: [
      'force terminated job',
      'job step aborted',
      '*** step',
      '*** job',
      'terminating job step',
      'srun: error',
      'mpirun noticed',
      'mpirun detected',
      'timed out waiting for job step',
      'srun: force terminated stepid',
      'srun: terminating stepid',
      'exited abnormally',
    ],
    pattern:
      /Job step aborted|[Ff]orce [Tt]erminated [Jj]ob|\*\*\* STEP [\w.+-]{1,40} ON (?<node>[\w.-]{1,63}) CANCELLED|\*\*\* (?:STEP|JOB) [\w.+-]{1,40} ON [\w.-]{1,63} (?:FAILED \(non-zero|CANCELLED AT \S{10,30} DUE TO TASK FAILURE)|srun: error: [\w.,[\]-]{1,200}: tasks? [\d,-]{1,40}: (?:Exited with exit code|Terminated|Aborted|Segmentation|Bus error)|[Tt]erminating (?:Job|job) [Ss]tep|mpirun (?:noticed that|detected that one or more) process|[Tt]imed out waiting for job step|srun: (?:Force Terminated|Terminating) StepId=|srun: StepId=\S{1,40} tasks? [\d,-]{1,40}: exited abnormally/,
    sees: [
      'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.',
      'srun: error: node-03: task 3: Exited with exit code 1',
      'srun: error: node-[03-04]: tasks 8-15: Terminated',
      'slurmstepd: error: *** JOB 4242 ON node-03 FAILED (non-zero exit code or other failure mode) ***',
      'srun: Force Terminated StepId=4242.0',
    ],
    ignores: ['srun: job 4242 has been allocated resources'],
  },
]);
