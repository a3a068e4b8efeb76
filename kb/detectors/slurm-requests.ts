import { lineDetector } from './line-patterns.ts';

const errnos = 'https://github.com/SchedMD/slurm/blob/master/src/common/slurm_errno.c';
const options = 'https://github.com/SchedMD/slurm/blob/master/src/common/slurm_opt.c';
const stepd = 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/mgr.c';

/** Requests to Slurm that contradict themselves or the allocation, and steps that cannot start as they were asked to. */
export const slurmRequests = lineDetector('slurm-requests', [
  {
    id: 'slurm.request.gpus-wrong',
    summary: 'GPUs, tasks or nodes were asked for in a way that the allocation or the options do not allow',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.6, 'user-code-error': 1.6 },
    source: options,
    literals: [
      'step requested gres',
      'generic resource (gres) specification',
      'is mutually exclusive with',
      'are mutually exclusive',
      'insufficient gres available',
      'task count specification invalid',
      'node count specification invalid',
      'conflicts with allocated node count',
      'but hostlist specified',
      'too few nodenames in slurm hostfile',
      'invalid mpi type',
      'values set by environment variables slurm_',

      'invalid --gpu-bind',
      'requested gres option unsupported',
    ],
    pattern:
      /Step requested GRES \([^)\n]{1,60}\) not found|Invalid generic resource \(gres\) specification|(?:--gpus-per-\w{1,8}|--ntasks-per-\w{1,8}|--gres|SLURM_(?:NTASKS|GPUS|TRES)_PER_\w{1,8})\b[^\n]{0,80} (?:is mutually exclusive with|are mutually exclusive)|Insufficient GRES available|(?:Task|Node) count specification invalid|SLURM_JOB_NUM_NODES environment variable conflicts with allocated node count|You asked for \d{1,6} tasks but hostlist specified|Too few NodeNames in Slurm Hostfile|Invalid MPI type '[^'\n]{1,40}'|Inconsistent values set by environment variables SLURM_|Invalid --gpu-bind|Requested GRES option unsupported/,
    sees: [
      'sbatch: error: Batch job submission failed: Invalid generic resource (gres) specification',
      'srun: fatal: --gpus-per-task is mutually exclusive with --ntasks-per-gpu and SLURM_NTASKS_PER_GPU',
      'srun: error: Unable to create step for job 4242: Insufficient GRES available in allocation',
      "srun: error: Invalid MPI type 'pmix', --mpi=list for acceptable types",
    ],
    ignores: ['--gres=gpu:8 --ntasks-per-node=8', 'srun: error: --async and --pty are mutually exclusive.'],
  },
  {
    id: 'slurm.request.cpus-wrong',
    summary: 'processors or memory were asked for that the allocation or the partition cannot give',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 2.8, 'cpu-affinity-misconfig': 2.6, 'user-code-error': 1.4 },
    source: errnos,
    literals: [
      'more processors requested than permitted',
      'cpu count specification invalid',
      'set by two different environment variables',
      'cannot request more threads per core',
      'zero processors allocated to step',
      'can not be bigger than --threads-per-core',
    ],
    pattern:
      /More processors requested than permitted|CPU count specification invalid|set by two different environment variables SLURM_|Cannot request more threads per core|Zero processors allocated to step|can not be bigger than --threads-per-core/,
    sees: [
      'srun: error: Unable to create step for job 4242: More processors requested than permitted',
      'srun: fatal: cpus-per-task set by two different environment variables SLURM_CPUS_PER_TASK=12 != SLURM_TRES_PER_TASK=cpu=8',
    ],
    ignores: ['srun: job 4242 step creation temporarily disabled, retrying (Requested nodes are busy)'],
  },
  {
    id: 'slurm.request.not-available',
    summary: 'no node of the partition is configured as the request wants it',
    role: 'cause',
    // Nothing was started: what people change to get it started is no binding of a running process.
    weighs: {
      'user-code-error': 3.4,
      'launcher-rank-misconfig': 2.2,
      'scheduler-action': 0.6,
      'cpu-affinity-misconfig': -2.5,
    },
    source: errnos,
    literals: [
      'requested node configuration is not available',
      'requested nodes not in this partition',
      'requested topology configuration is not available',
      'memory required by task is not available',
      'memory specification can not be satisfied',
    ],
    pattern:
      /Requested (?:node|topology) configuration is not available|Requested nodes not in this partition|Memory required by task is not available|Memory specification can not be satisfied/,
    sees: [
      'sbatch: error: Batch job submission failed: Requested node configuration is not available',
      'srun: error: Unable to create step for job 4242: Memory required by task is not available',
    ],
    ignores: ['srun: Requested partition configuration not available now'],
  },
  {
    id: 'slurm.request.not-allowed',
    summary: 'account, quality of service or limit does not allow the request',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'permission-misconfig': 1.8, 'scheduler-action': 1 },
    source: errnos,
    literals: [
      'invalid account or account/partition',
      'invalid qos specification',
      'job violates accounting/qos policy',
      'requested time limit is invalid',
      'invalid partition name specified',
      "user's group not permitted",
      'access denied to requested reservation',
      'requested reservation is invalid',
    ],
    pattern:
      /Invalid account or account\/partition|Invalid qos specification|Job violates accounting\/QOS policy|Requested time limit is invalid|[Ii]nvalid partition name specified|User's group not permitted|Access denied to requested reservation|Requested reservation is invalid/,
    sees: [
      'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
      "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    ],
    ignores: ['Account=research QOS=normal'],
  },
  {
    id: 'slurm.nodes.out-of-service',
    summary: 'the nodes that a job wants are down, drained or reserved',
    role: 'cause',
    weighs: { 'scheduler-action': 3.2, 'host-hardware-fault': 1 },
    source: errnos,
    literals: [
      'required node not available',
      'required partition not available',
      'partition in down state',
      'reqnodenotavail',
      'nodes_required_for_job_are_down',
      'nodes required for job are down',
      'due to maintenance reservation',
    ],
    pattern:
      /^(?![^\n]{0,400}Reserved[_ ]for[_ ]maintenance)[^\n]{0,400}?(?:Required node not available|Required partition not available|Partition in DOWN state|ReqNodeNotAvail|Nodes[_ ]required[_ ]for[_ ]job[_ ]are[_ ]DOWN|due to maintenance reservation)/,
    sees: [
      'srun: error: Unable to allocate resources: Required node not available (down, drained or reserved)',
      'JobState=PENDING Reason=ReqNodeNotAvail,_UnavailableNodes:node-03 Dependency=(null)',
      '4242 gpu train PENDING 0:00 2 (Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions)',
    ],
    ignores: [
      'JobState=PENDING Reason=Resources Dependency=(null)',
      'JobState=PENDING Reason=ReqNodeNotAvail,_Reserved_for_maintenance Dependency=(null)',
    ],
  },
  {
    id: 'slurm.working-directory.missing',
    summary: "a task cannot enter the job's directory on its node",
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.6, 'permission-misconfig': 1.4, 'user-code-error': 1.4 },
    source: stepd,
    literals: ["couldn't chdir to", "can't chdir to", 'unable to get current working directory'],
    pattern:
      /couldn't chdir to [`'][^\n']{1,200}': (?:No such file or directory|Permission denied|Stale file handle|Not a directory|Transport endpoint)|can't chdir to \/\S{1,200}: (?:No such file|Permission denied|Stale)|slurmstepd: error: Unable to get current working directory/,
    sees: [
      "slurmstepd: error: couldn't chdir to `/data/user/run': No such file or directory: going to /tmp instead",
      "failed changing into working directory:2026 error: can't chdir to /opt/train: No such file or directory",
    ],
    ignores: ["bash: couldn't chdir to '/x'"],
  },
  {
    id: 'slurm.output.not-writable',
    summary: "the job's output file cannot be opened on its node",
    role: 'cause',
    weighs: { 'shared-fs-problem': 1.8, 'permission-misconfig': 2, 'user-code-error': 2.2 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/io.c',
    literals: [
      'could not open stdout file',
      'could not open stderr file',
      'could not open output file',
      'could not open error file',
      'could not open stdin file',
    ],
    pattern:
      /Could not open (?:stdout|stderr|output|error|stdin) file [^\n]{1,300}: (?:No such file or directory|Permission denied|Stale file handle|Read-only file system)/,
    sees: ['slurmstepd: error: Could not open stdout file /scratch/run/slurm-4242.out: No such file or directory'],
    ignores: ['Could not open stdout file descriptor 3'],
  },
  {
    id: 'slurm.program.not-started',
    summary: 'a task cannot start the program that it was given',
    role: 'cause',
    weighs: { 'user-code-error': 4, 'shared-fs-problem': 1.4, 'permission-misconfig': 0.8 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/task.c',
    literals: ['execve():'],
    pattern:
      /slurmstepd: error: execve\(\): [^\n]{1,300}: (?:No such file or directory|Exec format error|Not a directory)/,
    sees: ['slurmstepd: error: execve(): torchrun: No such file or directory'],
    ignores: ['slurmstepd: debug: execve(): done'],
  },
  {
    id: 'slurm.tmpdir.not-made',
    summary: 'the temporary directory of a job cannot be made; /tmp is used',
    role: 'context',
    weighs: { 'permission-misconfig': 1.4, 'disk-full': 0.3 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/task.c',
    literals: ['unable to create tmpdir', '] is not writeable', '] is not a directory'],
    pattern:
      /Unable to create TMPDIR \[[^\]\n]{1,200}\]: Permission denied|TMPDIR \[[^\]\n]{1,200}\] is not (?:writeable|a directory)/,
    sees: [
      'slurmstepd: error: Unable to create TMPDIR [/scratch/user]: Permission denied',
      'slurmstepd: error: TMPDIR [/scratch/4242] is not writeable',
    ],
    ignores: ['slurmstepd: error: Unable to create TMPDIR [/scratch/user]: File exists'],
  },
  {
    id: 'slurm.tasks.on-too-few-nodes',
    summary: 'fewer tasks than nodes were asked for, so that nodes stay unused',
    role: 'context',
    weighs: { 'launcher-rank-misconfig': 2.4 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/common/slurm_opt.c',
    literals: ["can't run", 'can not run', "can't honor --ntasks"],
    pattern:
      /[Cc]an(?:'t| not) run \d{1,6} processes on \d{1,6} nodes, setting nnodes to \d{1,6}|can't honor --ntasks-per-node set to \d/,
    sees: [
      "srun: Warning: can't run 1 processes on 2 nodes, setting nnodes to 1",
      "srun: warning: can't honor --ntasks-per-node set to 8 which doesn't match the requested tasks 16 with the maximum number of requested nodes 4. Ignoring --ntasks-per-node.",
    ],
    ignores: ["can't run this test"],
  },
  {
    id: 'slurm.step.launch-failed',
    summary: 'a step could not be started on a node',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.5, 'permission-misconfig': 0.5, 'firewall-blocked': 0.3 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/api/step_launch.c',
    literals: [
      'could not execve job',
      'application launch failed',
      'task launch for',
      'timeout waiting for task launch',
      'aborted before step completely launched',
      'unable to contact slurm controller',
      'socket timed out on send/recv',
    ],
    pattern:
      /Slurmd could not execve job|Application launch failed|Task launch for [^\n]{1,40} failed on node|timeout waiting for task launch|aborted before step completely launched|Unable to contact slurm controller|Socket timed out on send\/recv/,
    sees: [
      'srun: error: Application launch failed: Communication connection failure',
      'srun: error: timeout waiting for task launch, started 12 of 16 tasks',
    ],
    ignores: ['srun: launching StepId=4242.0 on host node-03, 8 tasks: [0-7]'],
  },
]);
