import { lineDetector } from './line-patterns.ts';

const gres = 'https://github.com/SchedMD/slurm/blob/master/src/interfaces/gres.c';
const nodes = 'https://github.com/SchedMD/slurm/blob/master/src/slurmctld/node_mgr.c';
const stepd = 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/mgr.c';
const errnos = 'https://github.com/SchedMD/slurm/blob/master/src/common/slurm_errno.c';
const nhc = 'https://github.com/mej/nhc';

/** What Slurm's daemons say of a node that cannot start, hold or end jobs as it should. */
export const slurmNode = lineDetector('slurm-node', [
  {
    id: 'slurm.gres.none-reported',
    summary: 'a node reports no GPU at all to the scheduler',
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 3,
      'launcher-rank-misconfig': 2,
      'gpu-fell-off-bus': 1.4,
      'container-toolkit-misconfig': 1,
    },
    source: gres,
    literals: ['count reported lower than configured', 'count too low'],
    pattern:
      /gres\/gpu(?::\w{1,40})? count (?:reported lower than configured|too low) \((?<seen>0) ?< ?(?<wanted>\d{1,3})\)/,
    sees: ['Reason=gres/gpu count reported lower than configured (0 < 8) [slurm@2026-11-21T03:12:59]'],
    ignores: ['Reason=gres/gpu count reported lower than configured (7 < 8) [slurm@2026-11-21T03:12:59]'],
  },
  {
    id: 'slurm.gres.count-low',
    summary: 'a node reports fewer GPUs than the scheduler was told',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 4.2,
      'host-hardware-fault': 1.2,
      'driver-version-mismatch': 1.2,
      'gpu-ecc-uncorrectable': 0.5,
    },
    source: gres,
    literals: ['count reported lower than configured', 'count too low'],
    pattern:
      /gres\/gpu(?::\w{1,40})? count (?:reported lower than configured|too low) \((?<seen>[1-9]\d{0,2}) ?< ?(?<wanted>\d{1,3})\)/,
    sees: [
      'error: _slurm_rpc_node_registration node=node-03: Invalid argument: gres/gpu count reported lower than configured (7 < 8)',
      'Reason=gres/gpu count reported lower than configured (6 < 8) [slurm@2026-11-21T03:12:59]',
      'error: gres/gpu count too low (6 < 8)',
    ],
    ignores: ['gres/gpu count changed on node node-03 to 8'],
  },
  {
    id: 'slurm.gres.config-wrong',
    summary: 'the list of GPUs that slurmd was given does not fit the node or itself',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 3.6, 'driver-version-mismatch': 1 },
    source: gres,
    literals: ['gres.conf duplicate records', 'configured to autodetect nvml', 'has mismatching cores or links'],
    pattern:
      /gres\.conf duplicate records|configured to autodetect nvml functionality, but|has mismatching Cores or Links/,
    sees: [
      'slurmd[57977]: fatal: gres.conf duplicate records for gpu',
      "fatal: We were configured to autodetect nvml functionality, but we weren't able to find that lib when Slurm was configured",
    ],
    ignores: ['AutoDetect=nvml'],
  },
  {
    id: 'slurm.gres.device-file-missing',
    summary: 'slurmd does not find the device files of the GPUs that it should hand out',
    role: 'cause',
    weighs: {
      'driver-version-mismatch': 3.6,
      'gpu-fell-off-bus': 1.8,
      'launcher-rank-misconfig': 1.2,
      'container-toolkit-misconfig': 0.5,
    },
    source: gres,
    literals: ["can't stat gres.conf file", 'waiting for gres.conf file', 'gres.conf file name'],
    pattern: /(?:can't stat|[Ww]aiting for) gres\.conf file (?:name )?"?\/dev\/nvidia/,
    sees: [
      "slurmd: fatal: can't stat gres.conf file /dev/nvidia3: No such file or directory",
      'slurmd: error: Waiting for gres.conf file /dev/nvidia0',
    ],
    ignores: ['slurmd: debug: gres/gpu: init: loaded'],
  },
  {
    id: 'slurm.node.rebooted',
    summary: 'a node started anew under its jobs',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.4, 'facility-fault': 1.6, 'gpu-driver-bug': 0.6, 'scheduler-action': 0.5 },
    source: nodes,
    literals: ['unexpectedly rebooted', 'has been rebooted, boot id'],
    pattern: /Node(?: (?<node>[\w.-]{1,63}))? unexpectedly rebooted|Node \S{1,80} has been rebooted, boot id/,
    sees: [
      'error: Node node-03 unexpectedly rebooted boot_time=1605312345 last response=1605312001',
      'Reason=Node unexpectedly rebooted [slurm@2026-11-21T03:12:59]',
      'Warning  Rebooted  kubelet  Node node-03 has been rebooted, boot id: 6f1a',
    ],
    ignores: ['node node-03 rebooted as requested'],
  },
  {
    id: 'slurm.node.shrunk',
    summary: 'a node has less memory or fewer cores than the scheduler was told',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.8, 'cpu-affinity-misconfig': 0.8, 'launcher-rank-misconfig': 0.6 },
    source: nodes,
    literals: ['low cpu', 'low real_memory', 'low realmemory', 'low socket*core', 'low core count'],
    pattern:
      /\bLow (?:RealMemory|socket\*core|CPUs|core count)\b|\bhas low (?:real_memory size|socket\*core\*thread count|cpu count) \(/,
    sees: [
      'Reason=Low RealMemory [slurm@2026-11-21T03:12:59]',
      'error: Setting node node-03 state to INVAL with reason:Low RealMemory (reported:903512 < 100.00% of configured:1031512)',
      'Reason=Low socket*core*thread count, Low CPUs [slurm@2026-11-21T03:12:59]',
    ],
    ignores: ['RealMemory=1031512 AllocMem=0'],
  },
  {
    id: 'slurm.node.not-responding',
    summary: 'the controller hears nothing more from a node',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 2.6,
      'facility-fault': 1.2,
      'scheduler-action': 0.4,
      'host-oom': 0.6,
      'firewall-blocked': 0.4,
    },
    source: nodes,
    literals: [
      'not responding, setting down',
      'resumetimeout reached',
      'reboot timed out',
      'reason=not responding',
      'kubelet stopped posting node status',
      'missing from batch node',
      'on failed node',
      'due to failure of node',
    ],
    pattern:
      /\b[Nn]odes? (?<node>[\w.-]{1,63})[^\n]{0,400} not responding, setting DOWN|ResumeTimeout reached|reboot timed out|Reason=Not responding|Kubelet stopped posting node status|missing from batch node|[Kk]illing JobId=\S{1,40}[^\n]{0,40} on failed node|due to failure of node/,
    sees: [
      'slurmctld: error: Nodes node-03 not responding, setting DOWN',
      'State=DOWN* Reason=Not responding [slurm@2026-11-21T03:12:59]',
      'Killing JobId=4242 on failed node node-03',
      'Ready  Unknown  NodeStatusUnknown  Kubelet stopped posting node status.',
      'requeue job JobId=4242 due to failure of node node-03',
    ],
    ignores: ['error: Nodes node-03 not responding'],
  },
  {
    id: 'slurm.task.unkillable',
    summary: 'processes of a job did not end when killed: they hang in the kernel, or are left behind',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 1.8, 'shared-fs-problem': 1.8, 'gpu-driver-bug': 1.6, 'host-hardware-fault': 0.8 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/step_terminate_monitor.c',
    literals: [
      'job not ending with signals',
      'kill task failed',
      'processes, giving up after',
      'unable to destroy container',
    ],
    pattern:
      /STEPD TERMINATED ON (?<node>[\w.-]{1,63}) AT \S{1,30} DUE TO JOB NOT ENDING WITH SIGNALS|Kill task failed|Container \d{1,20} in \w{1,12} plugin has \d{1,6} processes, giving up after|[Uu]nable to destroy container \d{1,20} in \w{1,12} plugin, giving up/,
    sees: [
      'slurmstepd: error: *** STEP 63532.0 STEPD TERMINATED ON node-03 AT 2020-12-14T09:44:56 DUE TO JOB NOT ENDING WITH SIGNALS ***',
      'Reason=Kill task failed [root@2026-11-21T03:12:59]',
      'slurmstepd: error: Container 104857 in cgroup plugin has 9 processes, giving up after 128 sec',
    ],
    ignores: ['UnkillableStepTimeout = 60 sec'],
  },
  {
    id: 'slurm.health-check.gpu',
    summary: "the site's node check finds fault with a GPU",
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 1.8,
      'gpu-ecc-uncorrectable': 1.8,
      'nvlink-fabric-error': 0.8,
      'host-hardware-fault': 0.6,
      'gpu-clock-throttle': 0.4,
    },
    source: nhc,
    literals: ['nhc', 'health check failed'],
    pattern:
      /\bNHC\b[^\n]{0,80}\bcheck_(?:nv|gpu|hw_gpu|xid)\w{0,40}\b[^\n]{0,200}|Health check failed:[^\n]{0,40}check_(?:nv|gpu|hw_gpu|xid)\w{0,40}/,
    sees: [
      'ERROR:  nhc:  Health check failed:  check_nvsmi_healthmon:  GPU 3: double bit ECC errors found',
      'Reason=NHC: check_gpu_count: expected 8 GPUs, found 7 [root@2026-11-21T03:12:59]',
    ],
    ignores: ['nhc: * || check_nvsmi_healthmon', '* || check_gpu_count 8'],
  },
  {
    id: 'slurm.health-check.network',
    summary: "the site's node check finds a fast network port down",
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.2 },
    source: nhc,
    literals: ['nhc', 'health check failed'],
    pattern: /(?:\bNHC\b|Health check failed)[^\n]{0,80}\bcheck_(?:hw_(?:ib|eth|opa)|ib)\w{0,30}/,
    sees: [
      'Reason=NHC: check_hw_ib:  No IB port is ACTIVE (LinkUp 200 Gb/sec). [root@2026-11-21T03:12:59]',
      'ERROR:  nhc:  Health check failed:  check_hw_eth:  Ethernet device ens1f0 not detected.',
    ],
    ignores: ['* || check_hw_ib 200'],
  },
  {
    id: 'slurm.health-check.storage',
    summary: "the site's node check finds a file system missing or full",
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.4, 'disk-full': 1.4, 'host-hardware-fault': 0.5 },
    source: nhc,
    literals: ['check_fs_', 'check_file_'],
    pattern: /(?:\bNHC\b|Health check failed)[^\n]{0,80}\bcheck_f(?:s|ile)_\w{1,30}/,
    sees: ['ERROR:  nhc:  Health check failed:  check_fs_mount:  /scratch not mounted'],
    ignores: ['* || check_fs_mount_rw -f /scratch'],
  },
  {
    id: 'slurm.health-check.memory',
    summary: "the site's node check finds memory or processors missing",
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.6 },
    source: nhc,
    literals: ['nhc', 'health check failed'],
    pattern: /(?:\bNHC\b|Health check failed)[^\n]{0,80}\bcheck_(?:hw_(?:physmem|mem|mcelog|cpuinfo|swap)|dmi)\w{0,30}/,
    sees: [
      'Reason=NHC: check_hw_physmem:  Actual RAM size (966367641 kB) less than minimum allowed (1056964608 kB). [root@2026-11-21T03:12:59]',
    ],
    ignores: ['* || check_hw_physmem 1007g 1007g 3%'],
  },
  {
    id: 'slurm.prolog.failed',
    summary: 'a script that the site runs before or after jobs failed',
    role: 'cause',
    weighs: {
      'permission-misconfig': 1,
      'host-hardware-fault': 1,
      'foreign-gpu-process': 0.8,
      'scheduler-action': 0.6,
      'shared-fs-problem': 0.6,
    },
    source: stepd,
    literals: [
      'prolog failed',
      'epilog failed',
      'prolog failure',
      'prolog error',
      'epilog error',
      'prolog/epilog failure',
    ],
    pattern:
      /(?:[Pp]ro|[Ee]pi)log failed (?:status|rc)? ?= ?-?[1-9]|\bJob (?:pro|epi)log failed|\bProlog failure on node (?<node>[\w.-]{1,63})|\b(?:Prolog|Epilog) error\b|Prolog\/Epilog failure/,
    sees: [
      'error: [job 4242] prolog failed status=1:0',
      'salloc: Prolog failure on node node-03',
      'Reason=Epilog error [slurm@2026-11-21T03:12:59]',
      'srun: error: task 0 launch failed: Job prolog failed',
      'slurmstepd: error: TaskProlog failed status=256',
    ],
    ignores: ['epilog for job 4242 ran for 3 seconds'],
  },
  {
    id: 'scheduler.authentication',
    summary: 'the scheduler cannot authenticate its own messages: key or clock differ, or the key service is down',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.4, unlisted: 0.5 },
    source: 'https://github.com/dun/munge',
    literals: ['munge', 'job credential', 'authentication credential', 'protocol authentication error'],
    pattern:
      /[Mm]unge (?:decode|encode) failed|[Mm]unge[^\n]{0,60}(?:Expired|Rewound|Invalid|Replayed) credential|[Ff]ailed to access "[^"\n]{1,80}munge\.socket|munged: Error: |(?:Invalid|expired|revoked) job credential|Job credential (?:expired|revoked|replayed)|(?:Invalid a|A)uthentication credential(?: expired)?\b|Protocol authentication error/,
    sees: [
      'slurmd: error: Munge decode failed: Expired credential',
      'srun: error: Task launch for StepId=4242.0 failed on node node-03: Invalid job credential',
      'slurmctld: error: slurm_unpack_received_msg: [node-03:41234] Protocol authentication error',
      'munged: Error: Keyfile is insecure: "/etc/munge/munge.key" should be owned by UID 995',
    ],
    ignores: ['munge: started'],
  },
  {
    id: 'slurm.io.unreachable',
    summary: "a step's tasks cannot reach the launching host",
    role: 'cause',
    weighs: { 'firewall-blocked': 3.6, 'socket-interface-mismatch': 1.8, 'rendezvous-resolution': 1 },
    source: 'https://slurm.schedmd.com/faq.html#connect_io',
    literals: ['connect io:', 'could not connect io'],
    pattern:
      /connect io: (?:No route to host|Connection (?:timed out|refused)|Network is unreachable)|Slurmd could not connect IO/,
    sees: [
      'slurmstepd: error: connect io: No route to host',
      'srun: error: task 0 launch failed: Slurmd could not connect IO',
    ],
    ignores: ['slurmstepd: debug: connect io ok'],
  },
  {
    id: 'slurm.address.unknown',
    summary: 'a daemon of the scheduler does not know the address of a node',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.6 },
    source: errnos,
    literals: ["can't find an address, check slurm.conf", 'unable to resolve "', 'lookup failure for node'],
    pattern:
      /Can't find an address, check slurm\.conf|slurm[\w-]{0,8}: error:[^\n]{0,80}Unable to resolve "[^"\n]{1,80}"|lookup failure for node "/,
    sees: [
      "srun: error: fwd_tree_thread: can't find address for host node-03, check slurm.conf: Can't find an address, check slurm.conf",
      'slurmctld: error: get_addr_info: Unable to resolve "node-03"',
    ],
    ignores: ['Unable to resolve dependency job 4242'],
  },
  {
    id: 'slurm.node.held',
    summary: 'jobs are held because their launch failed on a node',
    role: 'context',
    weighs: { 'host-hardware-fault': 0.6, 'permission-misconfig': 0.6, 'shared-fs-problem': 0.6 },
    source: 'https://slurm.schedmd.com/job_reason_codes.html',
    literals: ['requeued held', 'requeued_held', 'batch job complete failure'],
    pattern: /launch[_ ]failed[_ ]requeued[_ ]held|batch job complete failure/,
    sees: [
      'JobState=PENDING Reason=launch_failed_requeued_held Dependency=(null)',
      '80520 n2 train PENDING 0:00 1 (launch failed requeued held)',
    ],
    ignores: ['JobState=PENDING Reason=Priority'],
  },
]);
