import { lineDetector } from './line-patterns.ts';

const pyxis = 'https://github.com/NVIDIA/pyxis/blob/master/pyxis_slurmstepd.c';
const spank = 'https://github.com/SchedMD/slurm/blob/master/src/common/spank.c';
const pmix = 'https://github.com/SchedMD/slurm/tree/master/src/plugins/mpi/pmix';
const nodes = 'https://github.com/SchedMD/slurm/blob/master/src/slurmctld/node_mgr.c';
const gres = 'https://github.com/SchedMD/slurm/blob/master/src/interfaces/gres.c';
const slurmd = 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmd/req.c';

/** What stands between a batch step and its tasks: plugins, containers, PMIx, the daemons' own files, and nodes set aside. */
export const slurmLaunch = lineDetector('slurm-launch', [
  {
    id: 'slurm.pyxis.request-wrong',
    summary: 'a batch step asks for its container in a way that contradicts itself or its state',
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'shared-fs-problem': 0.4 },
    source: pyxis,
    literals: ['pyxis: '],
    pattern:
      /pyxis: (?:error: )?(?:--container-[\w-]{1,20}: (?:argument required|invalid format|empty name|flag must be|unknown namespace|target is a directory)|--container-[\w-]{1,20} specified multiple times|both --\S{1,40} and --|a container with name "[^"\n]{1,120}" does not exist|"(?:exec|create)" flag was passed|ignoring --\S{1,40} because neither|couldn't chdir to (?!container cwd)[^\n]{1,200}: No such file)/,
    sees: [
      'slurmstepd: error: pyxis: --container-mounts: invalid format: /data',
      'slurmstepd: error: pyxis: error: a container with name "train" does not exist, and --container-image is not set',
      "slurmstepd: error: pyxis: couldn't chdir to /workspace/train: No such file or directory",
    ],
    ignores: ['slurmstepd: error: pyxis: --container-mounts: source path does not exist: /data'],
  },
  {
    id: 'slurm.pyxis.enroot-not-run',
    summary: 'the container plugin of a batch step cannot run its container tool, or enter what that has made',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3, 'permission-misconfig': 1.4 },
    source: pyxis,
    literals: [
      "pyxis: couldn't execute enroot",
      "pyxis: couldn't join ",
      'pyxis: unable to open ',
      'pyxis: seccomp filter',
    ],
    pattern:
      /pyxis: (?:couldn't execute enroot command|couldn't join \w{1,10} namespace: |unable to open [\w ]{1,40} ?namespace file: |seccomp filter failed: )/,
    sees: [
      "slurmstepd: error: pyxis: couldn't execute enroot command",
      "slurmstepd: error: pyxis: couldn't join user namespace: Invalid argument",
    ],
    ignores: ['pyxis: completed container setup in 812 ms'],
  },
  {
    id: 'slurm.pyxis.other-task-failed',
    summary: 'the container of a task did not start because that of another did not',
    role: 'symptom',
    weighs: {},
    source: pyxis,
    literals: [
      'terminated unexpectedly during container setup',
      'not started successfully by another task',
      "pyxis: couldn't get container",
      'pyxis: could not wait for child',
      'image has an unusual entrypoint',
    ],
    pattern:
      /pyxis: (?:a previous task terminated unexpectedly during container setup|container was not started successfully by another task|couldn't get container|could not wait for child|if the image has an unusual entrypoint)/,
    sees: [
      'slurmstepd: error: pyxis: a previous task terminated unexpectedly during container setup',
      'slurmstepd: error: pyxis: container was not started successfully by another task',
    ],
    ignores: ['pyxis: importing docker image: nvcr.io#nvidia/pytorch:24.03-py3'],
  },
  {
    id: 'slurm.spank.failed',
    summary: "a site's plugin of the batch system failed, and with it the step",
    role: 'symptom',
    weighs: { 'container-toolkit-misconfig': 1, 'permission-misconfig': 0.5, 'user-code-error': 0.5 },
    source: spank,
    literals: ['spank', 'plugin stack'],
    pattern:
      /[Pp]lugin stack initialization failed|Failed to invoke spank plugin stack|spank: [^\n]{1,80}: Plugin file not found|spank: required plugin \S{1,80}: \w{1,40}\(\) failed with rc|Spank plugin failure, (?:node|job) failed/,
    sees: [
      'slurmstepd: error: spank: required plugin spank_pyxis.so: task_init() failed with rc=-1',
      'slurmstepd: error: Failed to invoke spank plugin stack',
    ],
    ignores: ['spank: option "container-image" provided by both pyxis and x'],
  },
  {
    id: 'slurm.mpi-plugin.missing',
    summary: 'the batch system has no plugin for the way in which the ranks are to be started',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 3, 'user-code-error': 1.8, 'net-plugin-mismatch': 0.6 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/interfaces/mpi.c',
    literals: ['plugin name for mpi/', 'cannot create mpi', 'cannot find mpi plugin', 'invalid mpi plugin name'],
    pattern:
      /Couldn't find the specified plugin name for mpi\/|cannot create (?:mpi\/\w{1,12}|mpi) (?:context|plugin)|cannot find mpi plugin|Invalid MPI plugin name/,
    sees: [
      "srun: error: Couldn't find the specified plugin name for mpi/pmix_v3 looking at all files",
      'srun: error: cannot create mpi context for mpi/pmix_v3',
    ],
    ignores: ['srun: mpi/pmix_v4: plugin loaded'],
  },
  {
    id: 'slurm.pmix.peer-unreachable',
    summary: "the batch system's helpers of the ranks cannot reach one another",
    role: 'cause',
    weighs: {
      'firewall-blocked': 2,
      'socket-interface-mismatch': 1.6,
      'host-hardware-fault': 0.6,
      'net-plugin-mismatch': 0.4,
    },
    source: pmix,
    literals: ['mpi/pmix'],
    pattern:
      /mpi\/pmix\w{0,4}: [^\n]{0,160}(?:exceeded the retry limit|Cannot establish (?:direct|the) connection|Connection (?:failed|reject) from|Cannot send (?:message|data|direct modex))/,
    sees: [
      'slurmstepd: error: mpi/pmix_v4: pmixp_p2p_send: node-03 [0]: pmixp_utils.c:479: send failed, rc=1001, exceeded the retry limit',
      'slurmstepd: error:  mpi/pmix_v4: pmixp_dconn_connect: node-03 [0]: pmixp_dconn.h:246: Cannot establish direct connection to node-04 (1)',
    ],
    ignores: ['slurmstepd: mpi/pmix_v4: setup: Setting PMIX_GDS'],
  },
  {
    id: 'slurm.pmix.waited-in-vain',
    summary: 'ranks did not meet in the exchange at the start; one of them is missing or has ended',
    role: 'symptom',
    weighs: { 'rendezvous-resolution': 0.3, 'firewall-blocked': 0.3 },
    source: pmix,
    literals: ['mpi/pmix'],
    pattern:
      /mpi\/pmix\w{0,4}: [^\n]{0,200}(?:collective timeout seq=|collective was reset|Error handler invoked: status = -?\d|Dumping collective state)/,
    sees: [
      'slurmstepd: error:  mpi/pmix_v3: pmixp_coll_ring_reset_if_to: node-03 [0]: pmixp_coll_ring.c:742: 0x1: collective timeout seq=0',
      'slurmstepd: error:  mpi/pmix_v4: _errhandler: node-03 [0]: pmixp_client_v2.c:211: Error handler invoked: status = -25, source = [slurm.pmix.4242.0:3]',
    ],
    ignores: ['slurmstepd: mpi/pmix_v4: fence done'],
  },
  {
    id: 'slurm.pmix.no-place',
    summary: "the batch system's helper of the ranks cannot make its directory or start",
    role: 'cause',
    weighs: { 'permission-misconfig': 2, 'disk-full': 1, 'net-plugin-mismatch': 0.8, unlisted: 0.6 },
    source: pmix,
    literals: ['mpi/pmix'],
    pattern:
      /mpi\/pmix\w{0,4}: [^\n]{0,160}(?:Cannot create (?:directory|server lib tmpdir|client cli tmpdir)|Could not open parent directory|PMIx_server_init failed|Fail to (?:init UCX|create UCX worker))/,
    sees: [
      'slurmstepd: error:  mpi/pmix_v4: pmixp_mkdir: node-03 [0]: pmixp_utils.c:800: Cannot create directory "/var/spool/slurmd/pmix.4242.0", errno = 13',
      'slurmstepd: error:  mpi/pmix_v4: pmixp_lib_init: node-03 [0]: PMIx_server_init failed with error -29',
    ],
    ignores: ['slurmstepd: mpi/pmix_v4: created directory'],
  },
  {
    id: 'slurm.daemons.differ',
    summary: "the batch system's daemons differ in release or settings",
    role: 'context',
    weighs: { unlisted: 1.4, 'launcher-rank-misconfig': 0.6 },
    source: nodes,
    literals: [
      'different slurm.conf',
      'appears to have a different version',
      'incompatible versions of client and server code',
      'header lengths are longer than data received',
      "unable to determine this slurmd's nodename",
      'different gres',
    ],
    pattern:
      /(?:has|have a) different slurm\.conf than|appears to have a different version|Incompatible versions of client and server code|Header lengths are longer than data received|Unable to determine this slurmd's NodeName/,
    sees: [
      'slurmctld: error: Node node-03 appears to have a different slurm.conf than the slurmctld.  This could cause issues with communication and functionality.',
      'srun: error: Incompatible versions of client and server code',
    ],
    ignores: ['slurmctld: Running as primary controller'],
  },
  {
    id: 'slurm.gres.detected-differ',
    summary: 'the GPUs that are found on a node are not those that the batch system was told of',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 2.2,
      'launcher-rank-misconfig': 2,
      'driver-version-mismatch': 1,
      'gpu-ecc-uncorrectable': 0.3,
    },
    source: gres,
    literals: ['does not match what was detected', 'autodetected gpus are being ignored', 'fix your gres.conf'],
    pattern:
      /amount of GPUs configured in slurm\.conf does not match what was detected|following autodetected GPUs are being ignored|is not a valid character or block device, fix your gres\.conf/,
    sees: [
      'slurmd: error: gres_node_config_load: If using AutoDetect the amount of GPUs configured in slurm.conf does not match what was detected. If this is intentional, please turn off AutoDetect and manually specify them in gres.conf.',
      'slurmd: fatal: /dev/nvidia3 is not a valid character or block device, fix your gres.conf',
    ],
    ignores: ['slurmd: AutoDetect=nvml'],
  },
  {
    id: 'slurm.node.set-aside',
    summary: 'a node is drained or down by order, with a reason that stands beside it',
    role: 'context',
    weighs: { 'scheduler-action': 1.2, 'host-hardware-fault': 0.8 },
    source: nodes,
    literals: ['state set to d', 'reason set to: ', 'state=', 'slurmctld: drain_nodes'],
    pattern:
      /\bnodes? (?<node>[\w.-]{1,63}) state set to (?:DRAIN|DOWN)|update_node: node [\w.-]{1,63} reason set to: \S|\bState=(?:IDLE|DOWN|MIXED|ALLOCATED|DRAIN)\*?\+[\w+]{0,60}(?:DRAIN|INVALID_REG|NOT_RESPONDING)|\bState=DRAIN\b/,
    sees: [
      'slurmctld: update_node: node node-03 state set to DRAINED',
      'slurmctld: update_node: node node-03 reason set to: gpu ecc',
      'State=IDLE+DRAIN Reason=check [root@2026-11-21T03:12:59]',
    ],
    ignores: ['State=IDLE ThreadsPerCore=2', 'State=MIXED+CLOUD'],
  },
  {
    id: 'slurm.node.spool-full',
    summary: 'the file system on which the batch system keeps the files of running jobs is full',
    role: 'cause',
    weighs: { 'disk-full': 4.4 },
    source: 'https://slurm.schedmd.com/slurm.conf.html#OPT_SlurmdSpoolDir',
    literals: ['slurmdspooldir is full', 'spool dir'],
    pattern: /\bSlurmdSpoolDir is full\b|\bslurmd spool dir(?:ectory)?(?: \S{1,120})? (?:is )?full\b/i,
    sees: [
      'hpc            node-03   up    drain   40     0.00     256000   126771   40:1:1  SlurmdSpoolDir is full',
      '   Reason=SlurmdSpoolDir is full [slurm@2026-11-21T03:12:59]',
    ],
    ignores: ['SlurmdSpoolDir=/var/spool/slurmd'],
  },
  {
    id: 'slurm.node.disk-low',
    summary: 'a node has less room for temporary files than the batch system was told',
    role: 'cause',
    weighs: { 'disk-full': 2, 'host-hardware-fault': 1.6 },
    source: nodes,
    literals: ['low tmpdisk', 'has low tmp_disk size'],
    // In `scontrol show node` after the equals sign, in the lists of sinfo a column of its own.
    pattern: /(?:\bReason=|^\s{0,8}|\s{2})Low TmpDisk\b|has low tmp_disk size \(/,
    sees: [
      'Reason=Low TmpDisk [slurm@2026-11-21T03:12:59]',
      'Low TmpDisk          slurm     2026-11-21T03:12:59 node-03',
      'error: Node node-03 has low tmp_disk size (100 < 200)',
    ],
    ignores: ['TmpDisk=1800000 Weight=1'],
  },
  {
    id: 'slurm.stepd.slow-start',
    summary: 'a step took long to start on its node: its files or its memory are short of breath',
    role: 'cause',
    weighs: { 'shared-fs-problem': 1.8, 'host-oom': 1 },
    source: slurmd,
    literals: ['possible file system problem or full memory'],
    pattern: /startup took \d{1,6} sec, possible file system problem or full memory/,
    sees: ['slurmd: warning: slurmstepd startup took 12 sec, possible file system problem or full memory'],
    ignores: ['slurmstepd startup took 1 sec'],
  },
  {
    id: 'slurm.slurmd.files-missing',
    summary: "the batch system's daemon has lost its own directory on a node",
    role: 'cause',
    weighs: { 'disk-full': 1.4, 'permission-misconfig': 1.4, 'host-hardware-fault': 0.8, 'shared-fs-problem': 0.6 },
    source: slurmd,
    literals: ['slurmdspooldir', 'domain socket directory', 'could not create a batch directory', 'initialize slurmd'],
    pattern:
      /SlurmdSpoolDir (?:open|stat) error|SlurmdSpoolDir is not a directory|Domain socket directory [^\n]{1,200}: No such|Slurmd could not create a batch directory or file|Unable to initialize slurmd (?:spooldir|conf-cache)/,
    sees: [
      'slurmd: error: SlurmdSpoolDir open error /var/spool/slurmd: No such file or directory',
      'srun: error: Slurmd could not create a batch directory or file',
    ],
    ignores: ['SlurmdSpoolDir=/var/spool/slurmd'],
  },
  {
    id: 'slurm.step.io-lost',
    summary: 'the launching host lost the connection to the helper of a step on a node',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.8, 'scheduler-action': 0.3, 'firewall-blocked': 0.2 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/api/step_launch.c',
    literals: [
      'step missing and io error',
      'io error with slurmstepd',
      'can not test connection to node',
      'io error and missing step',
    ],
    pattern:
      /[Aa]borting, (?:io error and missing step|step missing and io error|can not test connection to node|io error with slurmstepd)/,
    sees: [
      'srun: error: Aborting, io error and missing step on node 3',
      'srun: error: step_launch_notify_io_failure: aborting, io error with slurmstepd on node 3',
    ],
    ignores: ['srun: StepId=4242.0 aborted before step completely launched.'],
  },
  {
    id: 'slurm.private-tmp.failed',
    summary: 'the private temporary directory of a job could not be made or entered on its node',
    role: 'cause',
    weighs: { unlisted: 1.4, 'permission-misconfig': 1, 'disk-full': 0.8, 'shared-fs-problem': 0.6 },
    source: 'https://github.com/SchedMD/slurm/tree/master/src/plugins/namespace/tmpfs',
    literals: [
      'container_g_join',
      'container_p_join',
      'namespace_g_join',
      'namespace_p_join',
      '/dev/shm mount failed',
      'tmpfs mount failed',
    ],
    pattern:
      /(?:container|namespace)_[gp]_join(?:\([^)\n]{1,40}\) ?(?:failed)?: ?|: open failed for )|slurm\w{0,5}: error: [^\n]{0,60}(?:\/dev\/shm|tmpfs) mount failed/,
    sees: [
      'slurmstepd: error: container_p_join: open failed for /var/slurm/4242/.ns: No such file or directory',
      'slurmstepd: error: container_g_join(4242): No such file or directory',
    ],
    ignores: ['slurmstepd: debug: container_p_join: joined'],
  },
  {
    id: 'slurm.job.waits-for-right',
    summary: 'a job waits because a limit of its account or a dependency does not let it start',
    role: 'context',
    weighs: { 'user-code-error': 1.4, 'scheduler-action': 1 },
    source: 'https://slurm.schedmd.com/job_reason_codes.html',
    literals: ['reason=qos', 'reason=assoc', 'dependencyneversatisfied', '(qos', '(assoc'],
    pattern: /(?:Reason=|\()(?:(?:QOS|Assoc)(?:Max|Grp|Min)\w{2,40}|DependencyNeverSatisfied)\b/,
    sees: [
      'JobState=PENDING Reason=QOSMaxGRESPerUser Dependency=(null)',
      '4242 gpu train user PD 0:00 4 (AssocGrpGRES)',
    ],
    ignores: ['JobState=PENDING Reason=Priority'],
  },
  {
    id: 'slurm.job.deadline',
    summary: 'a job was ended, or not started, because its own deadline passed',
    role: 'cause',
    weighs: { 'scheduler-action': 5 },
    source: 'https://slurm.schedmd.com/job_state_codes.html',
    literals: ['state=deadline', ' deadline '],
    pattern: /JobState=DEADLINE\b|^\s{0,4}[\d_.+a-z]{1,40} [^\n]{0,160} DEADLINE {1,12}\d{1,3}:\d{1,3}\b/,
    sees: [
      '4242             train        gpu       team         64   DEADLINE      0:0',
      'JobState=DEADLINE Reason=DeadLine',
    ],
    ignores: ['context deadline exceeded'],
  },
  {
    id: 'slurm.job.killed-by-signal',
    summary: 'the batch system notes that a job ended by the signal that cannot be caught',
    role: 'cause',
    weighs: { 'host-oom': 2.2, 'scheduler-action': 1 },
    source: 'https://slurm.schedmd.com/job_reason_codes.html',
    literals: ['raisedsignal:9'],
    pattern: /Reason=RaisedSignal:9\(Killed\)/,
    sees: ['JobState=FAILED Reason=RaisedSignal:9(Killed) Dependency=(null)'],
    ignores: ['Reason=RaisedSignal:15(Terminated)'],
  },
  {
    id: 'slurm.node.boot-failed',
    summary: 'a job ended because its node did not start up',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.6, 'scheduler-action': 0.8, 'facility-fault': 0.4 },
    source: 'https://slurm.schedmd.com/job_state_codes.html',
    literals: ['boot_fail', 'node boot fail'],
    pattern: /\bBOOT_FAIL\b/,
    sees: ['JobState=BOOT_FAIL Reason=BootFailed', '4242 train gpu team 64 BOOT_FAIL 0:0'],
    ignores: ['boot_failures=0'],
  },
]);
