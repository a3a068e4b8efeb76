import { lineDetector } from './line-patterns.ts';

/** Calls that bind a process to cores which it does not have, as tracebacks and node daemons show them. */
export const affinityCalls = lineDetector('affinity-calls', [
  {
    // Such calls fail on a core that is offline, absent, or outside the set that the scheduler gave.
    id: 'cpu.binding.call-failed',
    summary: 'a program failed where it binds itself to cores: some of them do not exist or are not its own',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.6, 'permission-misconfig': 0.6, 'user-code-error': 0.6 },
    source: 'https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html',
    literals: ['sched_setaffinity(', 'cpu_affinity_set(', '.cpu_affinity(', 'setcpuaffinity('],
    pattern:
      /^\s{2,12}(?:[\w.]{1,60} = |return )?(?:os\.sched_setaffinity|(?:\w{1,20}\.){0,3}(?:proc_)?cpu_affinity_set|(?:[\w.()]{1,40}\.)cpu_affinity|(?:py)?(?:nvml|pynvml)\.nvmlDeviceSetCpuAffinity|nvmlDeviceSetCpuAffinity)\(.{1,160}$/,
    sees: [
      '    os.sched_setaffinity(0, self.cores)',
      '    cext.proc_cpu_affinity_set(self.pid, cpus)',
      '    psutil.Process().cpu_affinity(cores)',
      '    pynvml.nvmlDeviceSetCpuAffinity(handle)',
    ],
    ignores: ['os.sched_getaffinity(0)', 'worker 3: os.sched_setaffinity(0, {0, 1}) done'],
  },
  {
    id: 'cpu.binding.core-unknown',
    summary: 'a core to bind to does not exist on the host, or is not one of those that the job has',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 5, 'user-code-error': 0.6 },
    source: 'https://github.com/giampaolo/psutil/blob/master/psutil/_pslinux.py',
    literals: [
      'is not eligible; choose between',
      'invalid cpu number',
      'invalid cpu id',
      'invalid core id',
      'xcpuinfo_abs_to_mac',
      'xcpuinfo_mac_to_abs',
      'invalid gres data for',
      'hwloc_set_cpubind() error',
      'expect at least one core per rank',
      'requested cpus are not available',
      'requested cpus not available',
    ],
    pattern:
      /CPU number \d{1,5} is not eligible; choose between|[Ii]nvalid CPU (?:number|id)\b.{0,40}\d|[Ii]nvalid core id\b|xcpuinfo_(?:abs_to_mac|mac_to_abs)[^\n]{0,60}(?:failed|error)|[Ii]nvalid GRES data for \w{1,20}, (?:CPU|Core)s=|hwloc_set_cpubind\(\) error|Expect at least one core per rank|[Rr]equested cpus (?:are )?not available/i,
    sees: [
      'ValueError: CPU number 44 is not eligible; choose between [0, 1]',
      'ValueError: invalid CPU number 64; choose between (0, 1, 2, 3)',
      'slurmd: error: xcpuinfo_abs_to_mac: failed',
      'slurmctld: error: _node_config_validate: gres/gpu: Invalid GRES data for gpu, Cores=48-63',
      'AssertionError: Expect at least one core per rank. ',
      'docker: Error response from daemon: Requested CPUs are not available - requested 0-63, available: 0-31.',
    ],
    ignores: ['CPU number 4 is eligible', 'xcpuinfo_abs_to_mac: 0-15'],
  },
  {
    id: 'cpu.binding.shared-core',
    summary: 'several processes or workers are on the same core',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4, 'dataloader-stall': 0.6 },
    source: 'https://man7.org/linux/man-pages/man1/taskset.1.html',
    literals: [' one core', ' same core', ' single core', ' cpu core', 'pinned to core'],
    pattern:
      /\b(?:workers|processes|ranks|threads|tasks)\b[^\n]{0,40}\b(?:share|run|are|sit)\b[^\n]{0,20}\b(?:one|the same|a single) (?:CPU )?core\b|\ball\b[^\n]{0,30}\b(?:workers|processes|ranks|threads|tasks)\b[^\n]{0,20}\bpinned to core \d/i,
    sees: [
      'CPU affinity of process 4242 is {0}; all 8 dataloader workers share one core',
      'all ranks are on the same core',
    ],
    ignores: ['worker 3 pinned to core 12', 'one process on one core'],
  },
]);
