import { lineDetector } from './line-patterns.ts';

const enqueue = 'https://github.com/NVIDIA/nccl/blob/master/src/enqueue.cc';
const netIb = 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_ib/connect.cc';

/** Lines that a release of NCCL writes about itself: it does not fit the GPU or the container, or it crashed. */
export const ncclRelease = lineDetector('nccl-release', [
  {
    id: 'nccl.kernel.too-large',
    summary: "NCCL's kernels need more shared memory than this GPU grants: the release is older than the GPU",
    role: 'cause',
    weighs: { 'nccl-bug': 4.4, 'nccl-version-mismatch': 1.6 },
    source: enqueue,
    literals: ['maxsharedmem'],
    pattern: /(?:ncclMaxSharedMem|dynamic smem) \d{1,9} exceeds device\/fn maxSharedMem \d{1,9}/,
    sees: ['node-03:1:2 [0] NCCL INFO cudaArch 1200 ncclMaxSharedMem 82240 exceeds device/fn maxSharedMem 79856'],
    ignores: ['maxSharedMem 79856'],
  },
  {
    id: 'nccl.ib.roce-version-unread',
    summary: 'NCCL gave up over a GID entry that this container may not read',
    role: 'cause',
    weighs: { 'nccl-bug': 3, 'roce-gid-misconfig': 2, 'rdma-device-missing-in-container': 0.6 },
    source: netIb,
    literals: ['ncclibrocegetversionnum'],
    pattern: /(?:open|read) failed in ncclIbRoceGetVersionNum/,
    sees: [
      'node-03:1:2 [0] transport/net_ib.cc:400 NCCL WARN NET/IB: read failed in ncclIbRoceGetVersionNum: Invalid argument',
    ],
    ignores: ['ncclIbRoceGetVersionNum returned 2'],
  },
  {
    id: 'nccl.crash.frame',
    summary: 'a crash inside the NCCL library',
    role: 'cause',
    weighs: { 'nccl-bug': 3, 'nccl-version-mismatch': 1.2, 'framework-bug': 0.6, 'driver-version-mismatch': 0.4 },
    source: 'https://www.gnu.org/software/libc/manual/html_node/Backtraces.html',
    literals: ['libnccl'],
    pattern:
      /\[ ?\d{1,2}\] \S{0,160}libnccl\.so[\w.]{0,12}\((?:\w{0,80})\+0x[0-9a-f]{1,9}\)\s?\[0x[0-9a-f]{6,16}\]|segfault at [0-9a-f]{1,16} ip [0-9a-f]{6,16} sp [0-9a-f]{6,16} error \d{1,2} in libnccl\.so/,
    sees: [
      '[node-01:78142] [ 1] /usr/local/cuda/lib64/libnccl.so.2(+0x3533c)[0x7f8eab35933c]',
      'python3[71666]: segfault at 8 ip 00007f8fe3f21a73 sp 00007ffc62afe238 error 6 in libnccl.so.2.8.3[7f8fe3edd000+2b000]',
    ],
    ignores: ['found libnccl.so.2.18.5', 'libnccl.so.2 => /usr/lib/x86_64-linux-gnu/libnccl.so.2 (0x00007f7a62a00000)'],
  },
]);
