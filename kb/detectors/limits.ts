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
    id: 'limit.locked-memory.shown-low',
    summary: 'a process is shown to run with the default limit of locked memory, too low for RDMA',
    role: 'cause',
    weighs: { 'ulimit-too-low': 2.6 },
    source: 'https://github.com/openucx/ucx/wiki/UCX-environment-parameters',
    literals: ['max locked memory', 'memlock '],
    // Defaults of kernels: 64 KiB, since 5.16 8 MiB. Programs that want to lock nothing run well with them.
    pattern:
      /^\s{0,8}Max locked memory {1,20}(?:32768|65536|67108864|8388608) {1,30}(?:32768|65536|67108864|8388608) {1,30}bytes\b|^MEMLOCK\s{1,8}max locked-in-memory address space\s{1,8}(?:65536|67108864|8388608)\b/,
    sees: [
      'Max locked memory         65536                65536                bytes     ',
      'MEMLOCK    max locked-in-memory address space     8388608   8388608 bytes',
    ],
    ignores: [
      'Max locked memory         unlimited            unlimited            bytes     ',
      'max locked memory       (kbytes, -l) 64',
      'Max open files            1024                 524288               files     ',
    ],
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
    literals: ['error setting rlimit', 'could not set limit for', 'prlimit: failed', 'setrlimit(rlimit_'],
    pattern:
      /error setting rlimit(?:s for ready process: error setting rlimit)? type \d{1,2}: operation not permitted|Could not set limit for '(?:memlock|nofile|nproc)'|prlimit: failed to set the (?:MEMLOCK|NOFILE|NPROC)|setrlimit\(RLIMIT_(?:MEMLOCK|NOFILE|NPROC)\): Operation not permitted/,
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
    weighs: { 'ulimit-too-low': 5.5, 'host-oom': 0.4 },
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
      'thread: resource temporarily unavailable',
      'threadpoolbuilderror',
      'failed to spawn thread',
      "os can't spawn worker thread",
      'posix_spawn: resource',
      'via pthread_create() failed',
      'runtime/cgo: pthread_create failed',
      "can't create thread",
      'cannot fork',
      "can't fork",
      'rlimit_nproc ',
      'term_processlimit',
      'term_threadlimit',
    ],
    pattern:
      /fork rejected by pids controller|\bfork: retry: (?:No child processes|Resource temporarily unavailable)|unable to allocate necessary resources for OMP thread|unable to create (?:new )?native thread|failed to create new OS thread|may need to increase max user processes|condition: \[PIDPressure\]|what\(\):  Resource temporarily unavailable|\bthread: Resource temporarily unavailable \[system:11\b|ThreadPoolBuildError \{[^\n]{0,60}(?:code: 11\b|WouldBlock)|failed to spawn thread: Os ?\{ ?code: 11\b|OS can't spawn worker thread: ?Resource temporarily unavailable|posix_spawn: Resource temporarily unavailable|creation via pthread_create\(\) failed|runtime\/cgo: pthread_create failed: Resource temporarily unavailable|[Cc]an(?:'t|not) (?:create [Tt]hread|fork): Resource temporarily unavailable|RLIMIT_NPROC \d{1,9} current|TERM_(?:PROCESS|THREAD)LIMIT/,
    sees: [
      'kernel: cgroup: fork rejected by pids controller in /docker/6f1a',
      '-bash: fork: retry: No child processes',
      'OMP: Error #34: System unable to allocate necessary resources for OMP thread:',
      'OpenBLAS blas_thread_init: RLIMIT_NPROC 4096 current, 4096 max',
      '(pid=5623) [2023-08-25 00:42:40,265 E 5623 7733] logging.cc:97: Unhandled exception: N5boost10wrapexceptINS_6system12system_errorEEE. what(): thread: Resource temporarily unavailable [system:11]',
      'could not spawn threads: ThreadPoolBuildError { kind: IOError(Os { code: 11, kind: WouldBlock, message: "Resource temporarily unavailable" }) }',
      "thread 'main' panicked at 'OS can't spawn worker thread: Resource temporarily unavailable (os error 11)'",
      'F tensorflow/core/platform/default/env.cc:73] Check failed: ret == 0 (11 vs. 0)Thread tf_data_private_threadpool creation via pthread_create() failed.',
    ],
    ignores: [
      'max user processes              (-u) 4096',
      'recv failed: Resource temporarily unavailable',
      'ThreadPoolBuildError { kind: GlobalPoolAlreadyInitialized }',
    ],
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
