import { lineDetector } from './line-patterns.ts';

/** Limits of the shell as the communication libraries run into them. */
export const libraryLimits = lineDetector('library-limits', [
  {
    id: 'library.open-files-exhausted',
    summary: 'a communication library ran out of file descriptors',
    role: 'cause',
    weighs: { 'ulimit-too-low': 6, 'framework-bug': 0.6 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc',
    literals: ['too many open files'],
    pattern:
      /(?:NCCL WARN|NCCL INFO Call to|\bUCX\b|libfabric|NET\/OFI|\[c10d\]|TCPStore|gloo\/transport|ibv_|btl_|ORTE|PRTE)[^\n]{0,300}Too many open files/i,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:458 NCCL WARN socketTryAccept: Accept failed: Too many open files',
      '[E socket.cpp:500] [c10d] The client socket cannot be initialized to connect to [node-00]:29500 (errno: 24 - Too many open files).',
    ],
    ignores: ['OSError: [Errno 24] Too many open files'],
  },
  {
    id: 'library.threads-exhausted',
    summary: 'a communication library may not start another thread',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5, 'host-oom': 1, 'cgroup-device-loss': 0.1 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/include/checks.h',
    literals: ['pthread_create', 'thread creation failed'],
    pattern:
      /(?:NCCL|UCX|NET\/)[^\n]{0,200}(?:pthread_create (?:failed|returned)|Thread creation failed)[^\n]{0,60}(?:Resource temporarily unavailable|EAGAIN|11\b)/i,
    sees: ['node-03:1:2 [0] init.cc:900 NCCL WARN Call to pthread_create failed: Resource temporarily unavailable'],
    ignores: ['pthread_create succeeded'],
  },
  {
    id: 'library.memlock-too-low',
    summary: 'a communication library asks for a higher limit of locked memory',
    role: 'cause',
    weighs: { 'ulimit-too-low': 6 },
    source: 'https://github.com/openucx/ucx/blob/master/src/uct/ib/base/ib_iface.c',
    literals: ['please set max locked memory', 'this will severely limit memory registrations', 'ulimit -l'],
    pattern:
      /[Pp]lease set max locked memory|This will severely limit memory registrations|(?:set|increase|raise|check)[^\n]{0,40}ulimit -l[^\n]{0,60}(?:unlimited|larger|higher)/,
    sees: [
      "[node-03:4242] ib_iface.c:1037 UCX  ERROR ibv_create_cq(cqe=4096) failed: Cannot allocate memory : Please set max locked memory (ulimit -l) to 'unlimited' (current: 64 kbytes)",
    ],
    ignores: ['max locked memory       (kbytes, -l) unlimited', '+ ulimit -l unlimited'],
  },
]);
