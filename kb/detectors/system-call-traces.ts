import { lineDetector } from './line-patterns.ts';

const strace = 'https://man7.org/linux/man-pages/man1/strace.1.html';

/** Calls of the kernel that were refused, as strace writes them: name, arguments, `= -1` and the error. */
export const systemCallTraces = lineDetector('system-call-traces', [
  {
    id: 'strace.rdma.memory-refused',
    summary: 'the kernel locks no more memory for the process, or for its RDMA adapter',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.6, 'host-oom': 0.6, 'gdr-peermem-missing': 0.5 },
    source: 'https://man7.org/linux/man-pages/man2/mlock.2.html',
    literals: ['rdma_verbs_ioctl', 'ib_user_verbs', '/uverbs', 'mlock', 'map_locked', 'shm_lock'],
    pattern:
      /\b(?:ioctl\([^\n]{0,40}\bRDMA_VERBS_IOCTL\b[^\n]{0,400}\) {0,40}= -1 (?:ENOMEM|EAGAIN)|mlock(?:2|all)?\([^\n]{0,80}\) {0,40}= -1 (?:ENOMEM|EPERM|EAGAIN)|mmap\([^\n]{0,120}MAP_LOCKED[^\n]{0,80}\) {0,40}= -1 (?:EAGAIN|EPERM)|shmctl\([^\n]{0,40}SHM_LOCK[^\n]{0,40}\) {0,40}= -1 (?:ENOMEM|EPERM))/,
    sees: [
      'ioctl(28, RDMA_VERBS_IOCTL, 0x7ffd9a2871f0) = -1 ENOMEM (Cannot allocate memory)',
      '[pid  4242] mlock(0x7f2a40000000, 1048576) = -1 ENOMEM (Cannot allocate memory)',
    ],
    ignores: ['ioctl(28, RDMA_VERBS_IOCTL, 0x7ffd9a2871f0) = 0', 'mlock(0x7f2a40000000, 4096) = 0'],
  },
  {
    id: 'strace.memlock.limited',
    summary: 'a process has read its limit of locked memory, and it is finite',
    role: 'context',
    weighs: { 'ulimit-too-low': 1.8 },
    source: 'https://man7.org/linux/man-pages/man2/getrlimit.2.html',
    literals: ['rlimit_memlock'],
    pattern: /\b(?:prlimit(?:64)?|getrlimit|setrlimit)\([^\n]{0,40}RLIMIT_MEMLOCK[^\n]{0,40}\{rlim_cur=\d/,
    sees: ['prlimit64(0, RLIMIT_MEMLOCK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0'],
    ignores: ['prlimit64(0, RLIMIT_MEMLOCK, NULL, {rlim_cur=RLIM64_INFINITY, rlim_max=RLIM64_INFINITY}) = 0'],
  },
  {
    id: 'strace.limit.reached',
    summary: 'the kernel opens no more files or starts no more threads for the process',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.8, 'host-oom': 0.3 },
    source: strace,
    literals: ['= -1 emfile', 'clone', 'fork('],
    pattern: /\b\w{2,20}\([^\n]{0,400}\) {0,40}= -1 EMFILE\b|\b(?:clone3?|v?fork)\([^\n]{0,400}\) {0,40}= -1 EAGAIN\b/,
    sees: [
      'openat(AT_FDCWD, "/data/shard-000.tar", O_RDONLY|O_CLOEXEC) = -1 EMFILE (Too many open files)',
      '[pid  4242] clone3({flags=CLONE_VM|CLONE_FS}, 88) = -1 EAGAIN (Resource temporarily unavailable)',
    ],
    ignores: ['recvfrom(5, 0x7ffe, 1, MSG_PEEK, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)'],
  },
  {
    id: 'strace.rdma.device-refused',
    summary: 'a process cannot open the device files of RDMA',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 3.4, 'permission-misconfig': 1.4, 'rdma-link-fault': 0.6 },
    source: strace,
    literals: ['/dev/infiniband/'],
    pattern:
      /\bopen(?:at)?\([^\n]{0,20}"\/dev\/infiniband\/\w{2,20}"[^\n]{0,60}\) {0,40}= -1 (?:ENOENT|EPERM|EACCES|ENXIO|ENODEV)\b/,
    sees: ['openat(AT_FDCWD, "/dev/infiniband/uverbs1", O_RDWR|O_CLOEXEC) = -1 ENOENT (No such file or directory)'],
    ignores: ['openat(AT_FDCWD, "/dev/infiniband/uverbs0", O_RDWR|O_CLOEXEC) = 5'],
  },
]);
