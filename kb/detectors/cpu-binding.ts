import { lineDetector } from './line-patterns.ts';

/** Processes, threads and GPUs that cannot be bound to cores, or were bound to few. */
export const cpuBinding = lineDetector('cpu-binding', [
  {
    id: 'cpu.binding.refused',
    summary: 'a process could not be bound to the cores that were asked for',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 5, 'user-code-error': 0.6 },
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/orte/mca/rtc/hwloc/rtc_hwloc.c',
    literals: [
      'hwloc_set_cpubind',
      'hwloc_set_membind',
      'tried to bind',
      'setaffinity',
      'set_affinity',
      'cpu_affinity',
      'cpuset_setaffinity',
      'cpu affinity',
      'cpu mask',
      'core binding',
      'bind request ',
    ],
    pattern:
      /hwloc_set_(?:cpu|mem)bind returned|Open MPI tried to bind|(?:sched_setaffinity|pthread_setaffinity\w{0,4}|SetCpuAffinity|cpuset_setaffinity)\b[^\n]{0,120}(?:[Ii]nvalid argument|[Ff]ailed|\b[Ee]rror\b|EINVAL)|[Ii]nvalid argument[^\n]{0,60}(?:sched_setaffinity|cpu_affinity)|(?:[Ff]ailed|[Cc]annot|[Cc]ould not|[Uu]nable) (?:to )?(?:set|apply|get)[^\n]{0,20}(?:CPU affinity|cpu[_ ]affinity|CPU mask|core binding)|Bind request (?:gpu|cpu)\S{0,60} does not specify any/,
    sees: [
      'hwloc_set_cpubind returned "Error" for bitmap "0"   (orte/mca/rtc/hwloc/rtc_hwloc.c:382)',
      'Open MPI tried to bind a new process, but something went wrong.  The process was killed without launching the target application.',
      'sched_setaffinity(4242): Invalid argument',
      'slurmstepd: error: Bind request gpu:verbose,single:1 does not specify any devices within the allocation for task 0. Binding to the first device in the allocation instead.',
      'RuntimeError: failed to set CPU affinity of worker 3',
    ],
    ignores: ['setting CPU affinity of worker 3 to 0-15', 'NCCL INFO Setting affinity for GPU 0 to ffff'],
  },
  {
    id: 'cpu.binding.one-core',
    summary: 'a process may run on one core only',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 3.2 },
    source: 'https://man7.org/linux/man-pages/man1/taskset.1.html',
    literals: ['affinity list: ', 'affinity mask: ', 'cpus_allowed_list:'],
    pattern:
      /current affinity list: \d{1,4}\s*$|current affinity mask: (?:0*[1248]0*)\s*$|Cpus_allowed_list:\s{1,8}\d{1,4}\s*$/,
    sees: ["pid 4242's current affinity list: 0", "pid 4242's current affinity mask: 1", 'Cpus_allowed_list:\t12'],
    ignores: ["pid 4242's current affinity list: 0-63", 'Cpus_allowed_list:\t0-15'],
  },
  {
    id: 'cpu.binding.settings-clash',
    summary: 'two settings for the binding of threads contradict each other',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 2.6 },
    source: 'https://www.openmp.org/spec-html/5.0/openmpse52.html',
    literals: ['omp_proc_bind: ignored', 'kmp_affinity: ', 'omp_places', 'gomp_cpu_affinity'],
    pattern:
      /OMP_PROC_BIND: ignored|KMP_AFFINITY: (?:ignored|Affinity not capable|invalid)|(?:GOMP_CPU_AFFINITY|OMP_PLACES)[^\n]{0,60}(?:ignored|invalid|not supported)/i,
    sees: ['OMP: Warning #181: OMP_PROC_BIND: ignored because KMP_AFFINITY has been defined'],
    ignores: ['OMP_PROC_BIND = spread', 'KMP_AFFINITY: 16 available OS procs'],
  },
]);
