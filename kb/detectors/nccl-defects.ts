import { lineDetector } from './line-patterns.ts';

/** Checks inside NCCL and RCCL that only a defect of the release, or hardware newer than it, can break. */
export const ncclDefects = lineDetector('nccl-defects', [
  {
    id: 'nccl.graph.search-broken',
    summary: "NCCL's search of the topology contradicts itself",
    role: 'cause',
    weighs: {
      // Of a machine that is newer than the release as well.
      'nccl-bug': 2.6,
      'nccl-version-mismatch': 2,
      'gpu-driver-bug': 1,
      'nvlink-fabric-error': 0.8,
      'nccl-env-misconfig': 0.5,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/paths.cc',
    literals: ['reverse path from remnode', 'rev link for'],
    pattern: /(?:Failed to find reverse path from remNode|Could not find rev link for)/,
    sees: ['[rank2]: Failed to find reverse path from remNode 0/200000 nlinks 3 to node 0/700000'],
    ignores: ['reverse path filter: 1'],
  },
  {
    id: 'nccl.allocator.remote',
    summary: 'the remote allocator of an older NCCL fails',
    role: 'cause',
    weighs: { 'nccl-bug': 3.4, 'shm-too-small': 0.8, 'framework-bug': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/issues/847',
    literals: ['[rem allocator]', 'missing comm->proxystate'],
    pattern: /\[Rem Allocator\] Allocation failed|Missing comm->proxyState in proxy thread/,
    sees: [
      'bootstrap.cc:279 NCCL WARN [Rem Allocator] Allocation failed (segment 0, fd 130)',
      'NCCL WARN Missing comm->proxyState in proxy thread, internal error',
    ],
    ignores: ['allocator: 12 segments'],
  },
  {
    id: 'nccl.crash.inside',
    summary: 'a process crashed inside the collective library',
    role: 'cause',
    weighs: {
      'nccl-bug': 2.6,
      'nccl-version-mismatch': 1,
      'framework-bug': 0.6,
      'net-plugin-mismatch': 0.6,
      'shm-too-small': 0.4,
    },
    source: 'https://man7.org/linux/man-pages/man3/backtrace.3.html',
    literals: ['libnccl.so', 'librccl.so'],
    pattern:
      /^(?:\[\S{1,60}\] ?)?(?:\[ {0,2}\d{1,2}\] )?\S{0,200}lib[nr]ccl\.so[\d.]{0,12}\((?:\w{0,60})?\+0x[\da-f]{1,10}\) ?\[0x|(?:[Ff]loating point exception|SIGFPE|SIGSEGV|SIGABRT|[Ss]egmentation fault|core dumped)[^\n]{0,120}lib[nr]ccl\.so|^ {0,4}#\d{1,2} {1,2}0x[\da-f]{4,16} in (?!pncclCommInitRank|ncclGroupEnd)\w{3,60} \([^)\n]{0,200}\) from \S{1,200}lib[nr]ccl\.so/,
    sees: [
      '[node-00:78142] [ 1] /usr/local/cuda/lib/libnccl.so.2(+0x3533c)[0x7f8eab35933c]',
      'floating point exception in ncclTopoTuneModel libnccl.so.2',
      '#3  0x00007f12ab in ncclProxyProgress () from /usr/lib/libnccl.so.2',
    ],
    ignores: ['Found nccl from library libnccl.so.2', 'libnccl.so.2 => /usr/lib/libnccl.so.2 (0x00007f)'],
  },
]);
