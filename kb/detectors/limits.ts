import { lineDetector } from './line-patterns.ts';

const getrlimit = 'https://man7.org/linux/man-pages/man2/getrlimit.2.html';

/** Limits on locked memory, files, processes and maps, as the shell, the launcher, the kernel and MPI report them. */
export const limits = lineDetector('limits', [
  {
    id: 'limit.locked-memory',
    summary: 'a transport cannot lock the memory that it needs: the limit is too low in the ranks',
    role: 'cause',
    weighs: { 'ulimit-too-low': 6, 'rdma-device-missing-in-container': 0.5 },
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/btl/openib/help-mpi-btl-openib.txt',
    literals: [
      'rlimit_memlock too small',
      'locked memory limit',
      'memlock limit:',
      'failed to lock memory',
      'to allocate some locked',
    ],
    pattern:
      /RLIMIT_MEMLOCK too small|(?:failed|trying) to allocate some locked\b|[Ll]ocked memory limit[^\n]{0,40}(?:too (?:low|small)|exceeded|reached)|Memlock limit: {1,12}\d{1,8}$|[Ff]ailed to lock memory/,
    sees: [
      'The OpenFabrics (openib) BTL failed to initialize while trying to allocate some locked memory.  This typically can indicate that the',
      '  Memlock limit:  65536',
    ],
    ignores: ['+ ulimit -l unlimited', '  Memlock limit:  unlimited', 'max locked memory       (kbytes, -l) 64'],
  },
  {
    id: 'limit.registered-memory',
    summary: 'the adapter may register only a part of the memory: a parameter of its driver is too low',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.6, 'net-plugin-mismatch': 0.8, 'rdma-link-fault': 0.2 },
    source: 'https://www.open-mpi.org/faq/?category=openfabrics#ib-low-reg-mem',
    literals: ['only allow registering part of your'],
    pattern: /only allow registering part of your/,
    sees: [
      'WARNING: It appears that your OpenFabrics subsystem is configured to only allow registering part of your physical memory.  This can cause MPI jobs to',
    ],
    ignores: ['registered 64 GB of physical memory'],
  },
  {
    id: 'limit.raise-refused',
    summary: 'a limit cannot be raised for the processes that are started',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.4, 'container-toolkit-misconfig': 1, 'permission-misconfig': 0.6 },
    source: 'https://github.com/opencontainers/runc/blob/main/libcontainer/init_linux.go',
    literals: ['error setting rlimit', 'could not set limit for', 'prlimit: failed'],
    pattern:
      /error setting rlimit(?:s for ready process: error setting rlimit)? type \d{1,2}: operation not permitted|Could not set limit for '(?:memlock|nofile|nproc)'|prlimit: failed to set the (?:MEMLOCK|NOFILE|NPROC)/,
    sees: [
      'OCI runtime create failed: runc create failed: unable to start container process: error during container init: error setting rlimits for ready process: error setting rlimit type 8: operation not permitted',
      "sshd[4242]: pam_limits(sshd:session): Could not set limit for 'memlock': Operation not permitted",
    ],
    ignores: ["pam_limits(sshd:session): Could not set limit for 'core': Operation not permitted"],
  },
  {
    id: 'limit.not-propagated',
    summary: 'the limits of the submitting host could not be carried to the job; often harmless',
    role: 'context',
    weighs: { 'ulimit-too-low': 1.6 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/ulimits.c',
    literals: ["can't propagate rlimit_", 'cannot modify limit'],
    pattern:
      /[Cc]an't propagate RLIMIT_(?:MEMLOCK|NOFILE|NPROC)|ulimit: (?:max locked memory|open files|max user processes): cannot modify limit/,
    sees: [
      "slurmstepd: error: Can't propagate RLIMIT_NOFILE of 1048576 from submit host: Operation not permitted",
      'run.sh: line 3: ulimit: max locked memory: cannot modify limit: Operation not permitted',
    ],
    ignores: [
      "slurmstepd: error: Can't propagate RLIMIT_CORE of 0 from submit host",
      'run.sh: line 4: ulimit: core file size: cannot modify limit: Operation not permitted',
    ],
  },
  {
    id: 'limit.process-ids',
    summary: 'the control group, the user or the node may have no more processes or threads',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5, 'host-oom': 0.5 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/cgroup/pids.c',
    literals: [
      'need to increase max user processes',
      'rejected by pids controller',
      'fork: retry:',
      'allocate necessary resources for omp thread',
      'unable to create new native thread',
      'unable to create native thread',
      'failed to create new os thread',

      'pidpressure]',
      'what():  resource temporarily unavailable',
      'rlimit_nproc ',
      'term_processlimit',
      'term_threadlimit',
    ],
    pattern:
      /fork rejected by pids controller|\bfork: retry: (?:No child processes|Resource temporarily unavailable)|unable to allocate necessary resources for OMP thread|unable to create (?:new )?native thread|failed to create new OS thread|may need to increase max user processes|condition: \[PIDPressure\]|what\(\):  Resource temporarily unavailable|RLIMIT_NPROC \d{1,9} current|TERM_(?:PROCESS|THREAD)LIMIT/,
    sees: [
      'kernel: cgroup: fork rejected by pids controller in /docker/6f1a',
      '-bash: fork: retry: No child processes',
      'OMP: Error #34: System unable to allocate necessary resources for OMP thread:',
      'OpenBLAS blas_thread_init: RLIMIT_NPROC 4096 current, 4096 max',
    ],
    ignores: ['max user processes              (-u) 4096'],
  },
  {
    id: 'limit.file-watches',
    summary: 'no more file watches may be set, though the message speaks of space',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.6, 'disk-full': 0.3 },
    source: 'https://man7.org/linux/man-pages/man7/inotify.7.html',
    literals: [
      'inotify watch',
      'inotify_add_watch',
      'inotify_init',
      'file watchers reached',

      'directory watch: too many',
    ],
    pattern:
      /inotify_(?:add_watch|init1?)[^\n]{0,80}(?:No space left on device|Too many open files)|number of file watchers reached|inotify watch(?:es)? (?:limit|was) reached|directory watch: Too many open files|limit on the total number of inotify watches was reached/,
    sees: [
      'Failed to watch /var/log: inotify_add_watch: No space left on device',
      "Error: ENOSPC: System limit for number of file watchers reached, watch '/data/run'",
      'OSError: [Errno 28] inotify watch limit reached',
    ],
    ignores: ['fs.inotify.max_user_watches = 524288'],
  },
  {
    id: 'limit.system-files',
    summary: 'the whole node may open no more files',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5.6 },
    source: 'https://github.com/torvalds/linux/blob/master/fs/file_table.c',
    literals: ['file-max limit', 'too many open files in system'],
    pattern: /VFS: file-max limit \d{1,12} reached|Too many open files in system/,
    sees: ['kernel: VFS: file-max limit 65536 reached', 'OSError: [Errno 23] Too many open files in system'],
    ignores: ['fs.file-max = 9223372036854775807'],
  },
  {
    id: 'limit.maps',
    summary: 'a process may have no more memory maps',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.4, 'host-oom': 0.6 },
    source: 'https://docs.kernel.org/admin-guide/sysctl/vm.html#max-map-count',
    literals: ['max_map_count'],
    pattern:
      /max_map_count[^\n]{0,60}(?:is too low|too small|exceeded|reached)|(?:increase|raise)[^\n]{0,40}max_map_count/i,
    sees: ['max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]'],
    ignores: ['vm.max_map_count = 1048576'],
  },
  {
    id: 'limit.file-size',
    summary: 'a process may not write so large a file, or compute so long',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.4, 'scheduler-action': 0.8 },
    source: getrlimit,
    literals: ['file size limit exceeded', 'sigxfsz', 'cpu time limit exceeded', 'sigxcpu', 'file too large'],
    pattern: /[Ff]ile size limit exceeded|SIGXFSZ|CPU time limit exceeded|SIGXCPU|\[Errno 27\] File too large/,
    sees: [
      'run.sh: line 7:  4242 File size limit exceeded(core dumped) python train.py',
      "OSError: [Errno 27] File too large: '/data/run/model.pt'",
    ],
    ignores: ['file size               (blocks, -f) unlimited'],
  },
  {
    id: 'limit.open-files-low',
    summary: 'a daemon warns that few files may be opened',
    role: 'context',
    weighs: { 'ulimit-too-low': 1 },
    source: 'https://github.com/ray-project/ray/blob/master/src/ray/util/filesystem.cc',
    literals: ['file descriptor', 'file descriptors limit'],
    pattern: /File descriptor(?:s)? limit (?:is )?too low|[Tt]oo (?:low|small)[^\n]{0,20}file descriptor/,
    sees: [
      '(raylet) File descriptor limit is too low for production servers and may result in connection errors: 1024. At least 8192 is recommended. --- Fix with ulimit -n 8192',
    ],
    ignores: ['file descriptors: 12 open'],
  },
]);
