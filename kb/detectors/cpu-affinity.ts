import { lineDetector } from './line-patterns.ts';

const prrte = 'https://github.com/openpmix/prrte/blob/master/src/mca/rmaps/base/help-prte-rmaps-base.txt';
const libnuma = 'https://github.com/numactl/numactl/blob/master/libnuma.c';

/** Ranks and threads bound to processors or memory that are not there, not theirs, or shared. */
export const cpuAffinity = lineDetector('cpu-affinity', [
  {
    id: 'cpu.memory-policy.not-permitted',
    summary: 'a process may not set where its memory lies: the container or the kernel forbids the call',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.6, 'cpu-affinity-misconfig': 1.8, 'container-toolkit-misconfig': 0.8 },
    source: 'https://github.com/numactl/numactl/blob/master/numactl.c',
    literals: ['set_mempolicy', 'setting membind', 'setting cpubind', 'setting physcpubind', 'sched_setaffinity'],
    pattern:
      /(?:set_mempolicy|sched_setaffinity|setting (?:mem|cpu|physcpu)bind)(?:\(\))?(?: failed)?: Operation not permitted/,
    sees: ['set_mempolicy: Operation not permitted', 'setting membind: Operation not permitted'],
    ignores: ['set_mempolicy: Success', 'get_mempolicy: Operation not permitted'],
  },
  {
    id: 'cpu.binding.outside-allocation',
    summary: 'CPU masks do not fit what the scheduler allotted',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 6.2, 'launcher-rank-misconfig': 0.5 },
    source: 'https://slurm.schedmd.com/mc_support.html',
    literals: [
      'is invalid',
      'setting membind',
      'setting cpubind',
      'setting physcpubind',
      'cpu binding',
      'cpu argument',
      'affinity',
      'binding more processes than',
      'unable to satisfy cpu bind',
      'numactl:',
      'taskset:',
      'bound to ',
      'pinned to ',
      'node argument',
      'not enough unique cores per gpu',
      'missing core topology for gpus',
      'unable to layout tasks on given cpus',
      'cannot bind local task',
      'requested cpus are not available',
      'range of cpus is from',
      'requested memory nodes are not available',
      'unparseable cpu description',
      'unparseable node description',
    ],
    pattern:
      /CPU binding outside of job step allocation|libnuma: Warning: (?:cpu|node) argument [^\n]{0,40}(?:out of range|is invalid)|(?:failed to set|sched_setaffinity|pthread_setaffinity\w*|[Cc]annot set|[Cc]ould not set|[Uu]nable to set)[^\n]{0,60}(?:affinity|affinity[^\n]{0,60}Invalid argument)|(?:set|thread|process|cpu)[ _]?affinity[^\n]{0,60}(?:failed|invalid|error|Invalid argument)|binding more processes than cpus|[Uu]nable to satisfy cpu bind|numactl:[^\n]{0,80}(?:out of range|not allowed|failed|invalid)|taskset:[^\n]{0,60}failed|(?:all|both|\d{1,6}) (?:ranks|tasks|processes|threads)[^\n]{0,40}(?:pinned|bound) to (?:the same |one |a single |CPU |core )|Not enough unique cores per GPU|Missing core topology for GPUs|Unable to layout tasks on given cpus|NUMA node \d{1,4} does not exist; cannot bind local task|Requested (?:CPUs|memory nodes) are not available - requested|Range of CPUs is from 0\.00 to|unparseable (?:cpu|node) description `|^(?:[^\n]{0,60}[\s:])?<[\d,+!-]{1,200}> is invalid|setting (?:mem|cpu|physcpu)bind: Invalid argument/i,
    sees: [
      'srun: error: CPU binding outside of job step allocation, allocated CPUs are: 0x000000FF.',
      "taskset: failed to set pid 0's affinity: Invalid argument",
      'libnuma: Warning: cpu argument 64-127 is out of range',
      '<8-15,40-47> is invalid',
      'docker: Error response from daemon: Requested CPUs are not available - requested 0-127, available: 0-63.',
      'slurmstepd: error: NUMA node 4 does not exist; cannot bind local task 4 to it (--mem-bind=rank)',
    ],
    ignores: ['cpu-bind=MASK - node-03, task 0 0 [4242]: mask 0xff set', 'Setting affinity for GPU 0 to cores 0-31'],
  },
  {
    id: 'cpu.binding.mpi-refused',
    summary: 'the MPI launcher cannot bind the ranks as it was told, or was told to put more ranks on fewer processors',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 5, 'launcher-rank-misconfig': 1.8 },
    source: prrte,
    literals: [
      'more cpus than are available in your allocation',
      'would cause the process to be',
      'process, but something went wrong',
      'less cpus than requested',
      'failure binding process to core',
      'binding lies above the mapping',
    ],
    pattern:
      /processes to more cpus than are available in your allocation|would cause the process to be bound to CPUs in|tried to bind a (?:new )?process, but something went wrong|level that has less cpus than requested|HWLOC failure binding process to core|The specified binding lies above the mapping/i,
    sees: [
      'processes to more cpus than are available in your allocation:',
      'Open MPI tried to bind a new process, but something went wrong.  The',
    ],
    ignores: ['[node-03:4242] MCW rank 0 bound to socket 0[core 0[hwt 0-1]]: [BB/../..]'],
  },
  {
    id: 'cpu.binding.openmp-ignored',
    summary: 'the OpenMP runtime cannot bind its threads as it was told',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 3.8 },
    source: 'https://github.com/llvm/llvm-project/blob/main/openmp/runtime/src/i18n/en_US.txt',
    literals: [
      'omp_places: ignoring',
      'ignoring invalid os proc id',
      'no valid os proc ids',
      'gomp_cpu_affinity',
      'logical cpu number',

      'affinity not supported',
      'affinity places',
      'affinity parameter',
    ],
    pattern:
      /OMP: (?:Warning|Error) #\d{1,4}: (?:Ignoring invalid OS proc ID|No valid OS proc IDs|[^\n]{0,60}OMP_PLACES: ignoring invalid|[^\n]{0,40}affinity parameter[^\n]{0,40}(?:ignored|invalid))|libgomp: (?:Invalid value for environment variable GOMP_CPU_AFFINITY|Logical CPU number \d{1,6} out of range|Affinity not supported|Number of affinity places)/i,
    sees: [
      'OMP: Warning #123: Ignoring invalid OS proc ID 64.',
      'OMP: Warning #124: No valid OS proc IDs specified - not using affinity.',
      'libgomp: Invalid value for environment variable GOMP_CPU_AFFINITY: 0-',
    ],
    ignores: [
      'OMP: Info #155: KMP_AFFINITY: Initial OS proc set respected: 0-63',
      'OMP: Warning #181: OMP_PROC_BIND: ignored because KMP_AFFINITY has been defined',
    ],
  },
  {
    // One process alone may well begin there; where each of several does, they share one processor.
    id: 'cpu.binding.openmp-first-core',
    summary: 'the OpenMP runtime binds the first thread of a process to processor 0',
    role: 'symptom',
    weighs: { 'cpu-affinity-misconfig': 1.4 },
    source: 'https://github.com/llvm/llvm-project/blob/main/openmp/runtime/src/i18n/en_US.txt',
    literals: ['thread 0 bound to os proc set'],
    pattern:
      /OMP: Info #\d{1,4}: KMP_AFFINITY: pid (?<pid>\d{1,9}) tid \d{1,9} thread 0 bound to OS proc set (?:0|\{0\})$/,
    sees: ['OMP: Info #250: KMP_AFFINITY: pid 4242 tid 4242 thread 0 bound to OS proc set 0'],
    ignores: ['OMP: Info #250: KMP_AFFINITY: pid 4242 tid 4243 thread 1 bound to OS proc set 8'],
  },
  {
    // The first rank of a node may well get processor 0 alone; where several do, they share it.
    id: 'cpu.binding.mpi-first-core',
    summary: 'MPI pins a rank that is not the first to processor 0 alone',
    role: 'symptom',
    weighs: { 'cpu-affinity-misconfig': 1.5 },
    source: 'https://github.com/stackhpc/ansible-role-openhpc/issues/42',
    literals: ['mpi startup(): '],
    pattern: /MPI startup\(\): (?<rank>[1-9]\d{0,5})\s{1,12}\d{1,9}\s{1,12}(?<node>\S{1,80})\s{1,24}\{0\}/,
    sees: ['[0] MPI startup(): 3       597308   node-02    {0}'],
    ignores: [
      '[0] MPI startup(): 0       597305   node-02    {0}',
      '[0] MPI startup(): 3       597308   node-02    {3}',
    ],
  },
  {
    id: 'cpu.topology.not-aligned',
    summary: 'the node cannot give processors and GPUs that lie together, or its CPU manager is in disorder',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.6, 'container-toolkit-misconfig': 0.8, 'scheduler-action': 0.4 },
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/topology-manager/',
    literals: [
      'topologyaffinityerror',
      'cannot be allocated with topology locality',
      'differs from state checkpoint policy',
      'smtalignmenterror',
      'cpuset.cpus',
    ],
    pattern:
      /TopologyAffinityError|cannot be allocated with Topology locality|configured policy \\?"[^"\n]{1,30}" differs from state checkpoint policy|SMTAlignmentError|cpuset\.cpus[^\n]{0,60}(?:[Pp]ermission denied|[Ii]nvalid argument|numerical result out of range|[Dd]evice or resource busy)/,
    sees: [
      'Warning  TopologyAffinityError  kubelet  Resources cannot be allocated with Topology locality',
      'failed to initialize cpu manager: could not restore state from checkpoint: configured policy "static" differs from state checkpoint policy "none"',
    ],
    ignores: ['cpuset.cpus: 0-63'],
  },
  {
    id: 'cpu.binding.none',
    summary: 'memory or processors of the ranks are left unbound; slower, not wrong',
    role: 'context',
    weighs: { 'cpu-affinity-misconfig': 0.7 },
    source: libnuma,
    literals: [
      'get_mempolicy: operation',
      'mbind: operation',
      'process was left unbound',
      'support binding memory to the process location',
      'cannot read node cpumask',
      'does not support numa',
    ],
    pattern:
      /(?:get_mempolicy|\bmbind): Operation not permitted|process was left unbound|support binding memory to the process location|Cannot read node cpumask from sysfs|This system does not support NUMA (?:policy|functionality)/,
    sees: [
      'process was left unbound.  The job will continue, but performance may',
      'libnuma: Warning: Cannot read node cpumask from sysfs',
    ],
    ignores: ['available: 2 nodes (0-1)'],
  },
]);
