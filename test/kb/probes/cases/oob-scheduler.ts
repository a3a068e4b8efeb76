import { printed, type ProbeCases } from '../probe-case.ts';

const node = { name: 'node-07', gpus: [] };
const args = { node: 'node-07' };
const slurmGarbage = [
  printed('', 127, 'bash: scontrol: command not found'),
  printed('', 1, 'slurm_load_node error: Unable to contact slurm controller (connect failure)'),
  printed('Welcome to node-01\n'),
];

const nodesSource =
  'scontrol -o show node of Slurm 23.02 and 23.11, as published in the documentation of several clusters';
const nodeLine = (at: number, state = 'ALLOCATED', reason = '') =>
  `NodeName=node-${String(at).padStart(2, '0')} Arch=x86_64 CoresPerSocket=32 CPUAlloc=128 CPUEfctv=128 CPUTot=128 CPULoad=${(11 + at / 10).toFixed(2)} AvailableFeatures=a800 ActiveFeatures=a800 Gres=gpu:a800:8(S:0-1) NodeAddr=node-${String(at).padStart(2, '0')} NodeHostName=node-${String(at).padStart(2, '0')} Version=23.11.4 OS=Linux 5.15.0-122-generic #132-Ubuntu SMP RealMemory=1031000 AllocMem=983040 FreeMem=${620_000 + at} Sockets=2 Boards=1 State=${state} ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A Partitions=a800 BootTime=2026-11-02T08:00:31 SlurmdStartTime=2026-11-02T08:02:03 LastBusyTime=2026-11-21T03:12:59 CfgTRES=cpu=128,mem=1031000M,billing=128,gres/gpu=8 AllocTRES=cpu=128,mem=960G,gres/gpu=8 CapWatts=n/a CurrentWatts=0 AveWatts=0${reason === '' ? '' : ` Reason=${reason}`} \n`;
const nodes = (states: Readonly<Record<number, string>>, reason = '') =>
  printed(
    Array.from({ length: 16 }, (_one, at) =>
      nodeLine(at + 1, states[at + 1], states[at + 1] === undefined ? '' : reason),
    ).join(''),
  );

export const schedulerNodesCases: ProbeCases = {
  faulty: [
    {
      name: 'a rack is silent',
      source: nodesSource,
      output: nodes(
        { 5: 'DOWN+NOT_RESPONDING', 6: 'DOWN+NOT_RESPONDING', 7: 'ALLOCATED+NOT_RESPONDING', 8: 'DOWN+NOT_RESPONDING' },
        'Not responding [slurm@2026-11-21T03:20:00]',
      ),
      node,
      args,
      means: ['scheduler.nodes.many-silent'],
    },
    {
      name: 'as older versions mark it',
      source: nodesSource,
      output: nodes({ 5: 'DOWN*', 6: 'IDLE*', 7: 'DOWN*' }),
      node,
      args,
      means: ['scheduler.nodes.many-silent'],
    },
  ],
  healthy: [
    { name: 'all answer', source: nodesSource, output: nodes({}), node, args, means: ['scheduler.nodes.all-answer'] },
    {
      name: 'one is silent',
      source: nodesSource,
      output: nodes({ 7: 'DOWN+NOT_RESPONDING' }),
      node,
      args,
      means: ['scheduler.nodes.few-silent'],
    },
    {
      name: 'some are drained, with a reason that imitates a state',
      source: nodesSource,
      output: nodes(
        { 3: 'IDLE+DRAIN', 4: 'IDLE+DRAIN', 9: 'MIXED+DRAIN' },
        'see State=DOWN [root@2026-11-21T03:20:00]',
      ),
      node,
      args,
      means: ['scheduler.nodes.taken-out', 'scheduler.nodes.all-answer'],
    },
  ],
  garbage: [...slurmGarbage, printed('NodeName=node-01 Arch=x86_64\n')],
};

const sacctSource = 'https://slurm.schedmd.com/sacct.html (-P -X -n); states and codes of Slurm 23.11';
const job = (id: number, state: string, hour: number, nodeList = 'node-[01-08]', code = '1:0', name = 'pretrain-70b') =>
  `${id}|${name}|${state}|${code}|0:0|2026-11-20T${String(hour).padStart(2, '0')}:00:00|${state === 'RUNNING' ? 'Unknown' : `2026-11-20T${String(hour).padStart(2, '0')}:50:00`}|${nodeList}\n`;

export const schedulerAccountingCases: ProbeCases = {
  faulty: [
    {
      name: 'failed',
      source: sacctSource,
      output: printed(job(4240, 'COMPLETED', 1, 'node-07', '0:0') + job(4242, 'FAILED', 3)),
      node,
      args,
      means: ['scheduler.job.failed'],
    },
    {
      name: 'out of memory',
      source: sacctSource,
      output: printed(job(4242, 'OUT_OF_MEMORY', 3, 'node-[01-08]', '0:125')),
      node,
      args,
      means: ['scheduler.job.out-of-memory'],
    },
    {
      name: 'again and again',
      source: sacctSource,
      output: printed(
        job(4242, 'NODE_FAIL', 3, 'node-[01-08]', '0:0') +
          job(4243, 'FAILED', 4) +
          job(4244, 'CANCELLED by 2001', 5) +
          job(4245, 'FAILED', 6, 'node-07'),
      ),
      node,
      args,
      means: [
        'scheduler.job.node-failed',
        'scheduler.job.failed',
        'scheduler.job.cancelled',
        'scheduler.job.failed',
        'scheduler.accounting.fails-repeatedly',
      ],
    },
    {
      name: 'a name with bars',
      source: sacctSource,
      output: printed(job(4242, 'FAILED', 3, 'node-07', '1:0', 'a|COMPLETED|0:0')),
      node,
      args,
      means: ['scheduler.job.failed'],
    },
  ],
  healthy: [
    {
      name: 'runs',
      source: sacctSource,
      output: printed(job(4240, 'FAILED', 1) + job(4242, 'RUNNING', 3, 'node-[01-08]', '0:0')),
      node,
      args,
      means: ['scheduler.accounting.well'],
    },
    {
      name: 'failed elsewhere',
      source: sacctSource,
      output: printed(job(4242, 'FAILED', 3, 'node-[10-12]')),
      node,
      args,
      means: ['scheduler.accounting.none'],
    },
    {
      name: 'never started',
      source: sacctSource,
      output: printed('4250|queued|PENDING|0:0|0:0|Unknown|Unknown|None assigned\n'),
      node,
      args,
      means: ['scheduler.accounting.none'],
    },
    { name: 'no jobs', source: sacctSource, output: printed(''), node, args, means: ['scheduler.accounting.none'] },
    {
      name: 'an array that was cancelled',
      source: sacctSource,
      output: printed(job(4242, 'CANCELLED+', 3).replace('4242|', '4242_[1-3]|')),
      node,
      args,
      means: ['scheduler.job.cancelled'],
    },
  ],
  garbage: [
    printed('', 1, 'sacct: error: slurm_persist_conn_open: failed to connect to slurmdbd'),
    printed('Welcome to node-01\n'),
    printed('4242|x|FAILED\n'),
  ],
};

const quantity = (number: number) => ({ set: true, infinite: false, number });
const queueSource = 'squeue --json of Slurm 22.05, 23.11 and 24.05 (data_parser v0.0.38 to v0.0.41), fields left out';
const queue = (...jobs: readonly Readonly<Record<string, unknown>>[]) =>
  printed(
    `${JSON.stringify({ meta: { plugin: { type: 'openapi/slurmctld' }, Slurm: { release: '23.11.4' } }, jobs, errors: [], warnings: [] }, null, 2)}\n`,
  );
const running = (id: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  job_id: id,
  name: 'pretrain-70b',
  job_state: ['RUNNING'],
  nodes: 'node-[01-08]',
  node_count: quantity(8),
  cpus: quantity(1_024),
  tasks: quantity(64),
  tres_alloc_str: 'cpu=1024,mem=7680G,node=8,billing=1024,gres/gpu=64,gres/gpu:a800=64',
  job_resources: {
    nodes: 'node-[01-08]',
    allocated_cores: 1_024,
    allocated_nodes: [
      { nodename: 'node-07', memory_allocated: 983_040, sockets: { 0: { cores: { 0: 'allocated', 1: 'allocated' } } } },
    ],
  },
  ...changes,
});

export const schedulerPlacementCases: ProbeCases = {
  faulty: [
    {
      name: 'one core a GPU',
      source: queueSource,
      output: queue(running(4_242, { tres_alloc_str: 'cpu=64,mem=7680G,node=8,billing=64,gres/gpu=64' })),
      node,
      args,
      means: ['scheduler.placement.few-cores'],
    },
    {
      name: 'two jobs at once',
      source: queueSource,
      output: queue(running(4_242), running(4_250, { nodes: 'node-07' })),
      node,
      args,
      means: ['scheduler.placement.shared'],
    },
  ],
  healthy: [
    {
      name: 'one job',
      source: queueSource,
      output: queue(running(4_242)),
      node,
      args,
      means: ['scheduler.placement.alone'],
    },
    {
      name: 'an older version',
      source: queueSource,
      output: queue(
        running(4_242, {
          job_state: 'RUNNING',
          node_count: 8,
          cpus: 1_024,
          tasks: 64,
          job_resources: { nodes: 'node-[01-08]', allocated_nodes: { 0: { sockets: {} } } },
        }),
      ),
      node,
      args,
      means: ['scheduler.placement.alone'],
    },
    {
      name: 'a newer version',
      source: queueSource,
      output: queue(
        running(4_242, {
          job_resources: {
            select_type: [],
            nodes: {
              count: 8,
              list: 'node-[01-08]',
              allocation: [
                { name: 'node-07', cpus: { count: 128, used: 128 }, memory: { used: 0, allocated: 983_040 } },
              ],
            },
          },
        }),
      ),
      node,
      args,
      means: ['scheduler.placement.alone'],
    },
    {
      name: 'tasks of another number',
      source: queueSource,
      output: queue(running(4_242, { tasks: quantity(16) })),
      node,
      args,
      means: ['scheduler.placement.tasks-unlike-gpus', 'scheduler.placement.alone'],
    },
    {
      name: 'elsewhere, and one that waits',
      source: queueSource,
      output: queue(
        running(4_242, { nodes: 'node-[10-12]' }),
        running(4_250, { job_state: ['PENDING'], nodes: '', job_resources: {} }),
      ),
      node,
      args,
      means: ['scheduler.placement.none'],
    },
    { name: 'an empty queue', source: queueSource, output: queue(), node, args, means: ['scheduler.placement.none'] },
  ],
  garbage: [
    printed('', 1, 'slurm_load_jobs error: Unable to contact slurm controller'),
    printed('JOBID PARTITION NAME USER ST TIME NODES NODELIST(REASON)\n'),
    printed('{"jobs": [{"job_id": "x"}]}\n'),
    printed('{"jobs": ['),
  ],
};

const configSource = 'https://slurm.schedmd.com/scontrol.html (show config), Slurm 23.11, settings left out';
const config = (changes: Readonly<Record<string, string>> = {}) => {
  const { ConstrainDevices = 'yes', ...rest } = changes;
  return printed(`Configuration data as of 2026-11-21T03:20:00
AccountingStorageType   = accounting_storage/slurmdbd
${Object.entries({
  ProctrackType: 'proctrack/cgroup',
  PropagatePrioProcess: '0',
  PropagateResourceLimits: 'ALL',
  PropagateResourceLimitsExcept: 'MEMLOCK',
  SLURM_VERSION: '23.11.4',
  TaskPlugin: 'task/cgroup,task/affinity',
  ...rest,
})
  .map(([name, value]) => `${name.padEnd(23)} = ${value}`)
  .join('\n')}

Cgroup Support Configuration:
AllowedRAMSpace         = 100.0%
ConstrainCores          = yes
ConstrainDevices        = ${ConstrainDevices}
ConstrainRAMSpace       = yes

Slurmctld(primary) at mgmt-01 is UP
`);
};

export const schedulerConfigCases: ProbeCases = {
  faulty: [
    {
      name: 'processes escape',
      source: configSource,
      output: config({ ProctrackType: 'proctrack/linuxproc' }),
      means: ['scheduler.config.processes-escape'],
    },
    {
      name: 'devices are free to all',
      source: configSource,
      output: config({ ConstrainDevices: 'no' }),
      means: ['scheduler.config.devices-unconstrained'],
    },
  ],
  healthy: [
    { name: 'by control groups', source: configSource, output: config(), means: ['scheduler.config.sound'] },
    {
      name: 'limits of the shell, tasks unbound',
      source: 'https://slurm.schedmd.com/faq.html#memlock',
      output: config({ PropagateResourceLimitsExcept: '(null)', TaskPlugin: 'task/none' }),
      means: ['scheduler.config.tasks-unbound', 'scheduler.config.limits-from-login', 'scheduler.config.sound'],
    },
    {
      name: 'limits of the daemon',
      source: configSource,
      output: config({ PropagateResourceLimits: 'NONE' }),
      means: ['scheduler.config.limits-from-daemon', 'scheduler.config.sound'],
    },
  ],
  garbage: [...slurmGarbage, printed('Configuration data as of 2026-11-21T03:20:00\nAccountingStorageType = x\n')],
};

const k8sSource =
  'https://kubernetes.io/docs/reference/node/node-status/ and https://github.com/NVIDIA/k8s-device-plugin (capacity of nvidia.com/gpu)';
const conditions = (changes: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    NetworkUnavailable: 'False',
    MemoryPressure: 'False',
    DiskPressure: 'False',
    PIDPressure: 'False',
    Ready: 'True',
    ...changes,
  }).map(([type, value]) => ({
    type,
    status: value,
    reason: type === 'Ready' ? (value === 'True' ? 'KubeletReady' : 'NodeStatusUnknown') : `Kubelet${type}`,
    message: 'as the kubelet posts it',
    lastHeartbeatTime: '2026-11-21T03:20:00Z',
    lastTransitionTime: '2026-11-21T03:12:59Z',
  }));
const kubernetes = (
  changes: {
    readonly conditions?: Readonly<Record<string, string>>;
    readonly gpus?: readonly [string, string] | null;
    readonly cordoned?: boolean;
  } = {},
) => {
  const [capacity, allocatable] = changes.gpus ?? ['8', '8'];
  const gpu = (count: string) => (changes.gpus === null ? {} : { 'nvidia.com/gpu': count });
  return printed(
    `${JSON.stringify(
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node-07', labels: { 'nvidia.com/gpu.product': 'NVIDIA-A800-SXM4-80GB' } },
        spec: {
          podCIDR: '10.42.7.0/24',
          ...(changes.cordoned === true
            ? { unschedulable: true, taints: [{ effect: 'NoSchedule', key: 'node.kubernetes.io/unschedulable' }] }
            : {}),
        },
        status: {
          capacity: { cpu: '128', memory: '1056000000Ki', ...gpu(capacity) },
          allocatable: { cpu: '127', memory: '1055000000Ki', ...gpu(allocatable) },
          conditions: conditions(changes.conditions),
          nodeInfo: { kubeletVersion: 'v1.29.4', osImage: 'Ubuntu 22.04.4 LTS' },
        },
      },
      null,
      4,
    )}\n`,
  );
};
const withGpus = {
  name: 'node-07',
  gpus: Array.from({ length: 8 }, (_one, index) => ({
    index,
    uuid: `GPU-${index}`,
    pciBusId: `00000000:0${index}:00.0`,
  })),
};

export const kubernetesNodeCases: ProbeCases = {
  faulty: [
    {
      name: 'does not report',
      source: k8sSource,
      output: kubernetes({ conditions: { Ready: 'Unknown', DiskPressure: 'Unknown' } }),
      node: withGpus,
      args,
      means: ['kubernetes.node.not-ready'],
    },
    {
      name: 'little disk',
      source: k8sSource,
      output: kubernetes({ conditions: { DiskPressure: 'True' } }),
      node: withGpus,
      args,
      means: ['kubernetes.node.disk-pressure'],
    },
    {
      name: 'little memory',
      source: k8sSource,
      output: kubernetes({ conditions: { MemoryPressure: 'True' } }),
      node: withGpus,
      args,
      means: ['kubernetes.node.memory-pressure'],
    },
    {
      name: 'no network',
      source: k8sSource,
      output: kubernetes({ conditions: { NetworkUnavailable: 'True' } }),
      node: withGpus,
      args,
      means: ['kubernetes.node.network-unavailable'],
    },
    {
      name: 'an unhealthy GPU',
      source: k8sSource,
      output: kubernetes({ gpus: ['8', '7'] }),
      node: withGpus,
      args,
      means: ['kubernetes.node.gpus-unhealthy'],
    },
    {
      name: 'no device plugin',
      source: k8sSource,
      output: kubernetes({ gpus: null }),
      node: withGpus,
      args,
      means: ['kubernetes.node.gpus-missing'],
    },
  ],
  healthy: [
    { name: 'ready', source: k8sSource, output: kubernetes(), node: withGpus, args, means: ['kubernetes.node.ready'] },
    {
      name: 'cordoned',
      source: k8sSource,
      output: kubernetes({ cordoned: true }),
      node: withGpus,
      args,
      means: ['kubernetes.node.closed-to-pods', 'kubernetes.node.ready'],
    },
  ],
  garbage: [
    printed('', 1, 'Error from server (NotFound): nodes "node-07" not found'),
    printed('', 1, 'The connection to the server localhost:8080 was refused - did you specify the right host or port?'),
    printed('NAME      STATUS   ROLES    AGE   VERSION\n'),
    printed('{"kind": "Status", "status": "Failure"}\n'),
  ],
};
