import { lineDetector } from './line-patterns.ts';

const ncclTests = 'https://github.com/NVIDIA/nccl-tests/blob/master/src/common.cu';

/** What a run of nccl-tests tells beside its verdict: the GPUs that it uses, and the sizes that came out wrong. */
export const ncclTestsRows = lineDetector('nccl-tests-rows', [
  {
    // Offsets of 32 bits wrap at 4 GiB; links and bridges do not know how large the whole is.
    id: 'nccl-tests.row.wrong-from-4-gib',
    summary: 'a collective of 4 GiB or more gave wrong values, where offsets of 32 bits are not enough',
    role: 'context',
    weighs: { 'nccl-bug': 2.9, 'acs-iommu-p2p-broken': -1.4, 'nvlink-fabric-error': -1.4, 'host-hardware-fault': -1 },
    source: 'https://github.com/NVIDIA/nccl/commit/c38f174bd436031dbc79dce19ff969f377976a8a',
    literals: [' float', ' half', ' double', ' bfloat16', ' int', ' uint', ' f8e', ' fp8'],
    pattern:
      /^(?:[^\n]{0,60}[>\]|:] ?)?#?\s{0,12}(?:4294967296|4[3-9]\d{8}|[5-9]\d{9}|[1-9]\d{10,12})\s{1,12}\d{1,13}\s{1,12}(?:u?int\d{1,2}|half|float|double|bfloat16|f8e\dm\d|fp8_e\dm\d)\s{1,12}(?:[a-z]{3,8}\s{1,12}(?:-?\d{1,4}\s{1,12})?)?(?:[\d.]{1,12}\s{1,12}[\d.]{1,9}\s{1,12}[\d.]{1,9}\s{1,12}(?:\S{1,9}\s{1,12}[\d.]{1,12}\s{1,12}[\d.]{1,9}\s{1,12}[\d.]{1,9}\s{1,12})?)(?:[1-9]e\+\d{2}|inf|nan|[1-9]\d{0,12})(?![\w.])(?:\s|$)/,
    sees: [
      '  8589934592     268435456   float    58011  129.55  129.55  1e+00    58102  129.35  129.35  1e+00',
      '  8589934592    2147483648     float     sum      -1    64213  133.77  250.82  12345    64120  133.97  251.19   N/A',
      '[1,0]<stdout>:  4294967296    1073741824      half     sum      -1    31012  138.49  259.67      0    31007  138.52  259.72  77',
    ],
    ignores: [
      '  8589934592    2147483648     float     sum      -1    64213  133.77  250.82      0    64120  133.97  251.19      0',
      '  8589934592    2147483648     float     sum    64213  133.77  250.82  4e-07    64120  133.97  251.19  4e-07',
      '  1073741824     268435456     float     sum      -1    8213  130.73  245.12  12345    8120  132.23  247.93    N/A',
      '  8589934592    2147483648     float     sum      -1    64213  133.77  250.82    N/A    64120  133.97  251.19    N/A',
    ],
  },
  {
    id: 'nccl-tests.row.wrong',
    summary: 'a collective of an ordinary size gave wrong values',
    role: 'context',
    // Takes back what a large row beside it says.
    weighs: { 'acs-iommu-p2p-broken': 1.4, 'host-hardware-fault': 1, 'nvlink-fabric-error': 1.4, 'nccl-bug': -2.4 },
    source: ncclTests,
    literals: [' float', ' half', ' double', ' bfloat16', ' int', ' uint', ' f8e', ' fp8'],
    pattern:
      /^(?:[^\n]{0,60}[>\]|:] ?)?#?\s{0,12}\d{1,9}\s{1,12}\d{1,13}\s{1,12}(?:u?int\d{1,2}|half|float|double|bfloat16|f8e\dm\d|fp8_e\dm\d)\s{1,12}(?:[a-z]{3,8}\s{1,12}(?:-?\d{1,4}\s{1,12})?)?(?:[\d.]{1,12}\s{1,12}[\d.]{1,9}\s{1,12}[\d.]{1,9}\s{1,12}(?:\S{1,9}\s{1,12}[\d.]{1,12}\s{1,12}[\d.]{1,9}\s{1,12}[\d.]{1,9}\s{1,12})?)(?:[1-9]e\+\d{2}|inf|nan|[1-9]\d{0,12})(?![\w.])(?:\s|$)/,
    sees: [
      '     1048576        262144     float     sum      -1    41.23   25.43   47.69     12    40.12   26.13   49.00    N/A',
      '   134217728      33554432   float     sum    1712.3   78.38  146.97  2e+00    1711.9   78.40  147.00  2e+00',
    ],
    ignores: [
      '     1048576        262144     float     sum      -1    41.23   25.43   47.69      0    40.12   26.13   49.00      0',
      '     1048576        262144     float     sum    41.23   25.43   47.69  4e-07    40.12   26.13   49.00  4e-07',
    ],
  },
  {
    // The benchmark needs no rendezvous of a framework; what is left on the way to its first row is /dev/shm and sockets.
    id: 'nccl-tests.system-error',
    summary: 'a benchmark of collectives ends with a system call that failed inside NCCL',
    role: 'symptom',
    weighs: { 'shm-too-small': 1.3, 'socket-interface-mismatch': 1, 'nccl-version-mismatch': -0.4 },
    echoes: ['nccl.unhandled-system-error'],
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
    literals: ['test nccl failure '],
    pattern: /: Test NCCL failure \S{1,80}:\d{1,5} '(?:\d{1,2} \/ )?unhandled system error/,
    sees: [
      "node-01: Test NCCL failure common.cu:892 'unhandled system error'",
      "node-01: Test NCCL failure common.cu:1005 'unhandled system error (run with NCCL_DEBUG=INFO for details) / '",
    ],
    ignores: ["node-01: Test NCCL failure common.cu:892 'unhandled cuda error'"],
  },
  {
    // Without peer access, and none of these cards has it over PCIe, the ranks of a machine meet in /dev/shm.
    id: 'nccl-tests.rank.without-peer-access',
    summary: 'the collective runs on cards that reach each other through the memory of the host only',
    role: 'context',
    weighs: {
      'shm-too-small': 0.9,
      'fabricmanager-not-running': -1.2,
      'gdr-peermem-missing': -0.6,
      'rdma-link-fault': -0.4,
    },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
    literals: ['geforce rtx'],
    pattern: /\bRank {1,6}\d{1,4} .{0,60}\bPid {1,8}\d{1,9} on .{1,80}\] (?:NVIDIA )?GeForce RTX [2-5]0[5-9]0/,
    sees: [
      '#   Rank  1 Pid   4242 on    node-01 device  1 [0x3b] GeForce RTX 2080 Ti',
      '#  Rank  3 Group  0 Pid    798 on    node-01 device  3 [0x34] NVIDIA GeForce RTX 4090',
    ],
    ignores: [
      '#   Rank  1 Pid   4242 on    node-01 device  1 [0x3b] GeForce GTX 1080 Ti',
      '#  Rank  3 Group  0 Pid    798 on    node-01 device  3 [0x34] NVIDIA H800',
    ],
  },
  {
    id: 'nccl-tests.rank.over-pcie',
    summary: 'the collective runs on cards that have no NVLink',
    role: 'context',
    weighs: { 'acs-iommu-p2p-broken': 0.8, 'nvlink-fabric-error': -1.4, 'fabricmanager-not-running': -1.4 },
    source:
      'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#pci-access-control-services-acs',
    literals: ['] tesla ', '] nvidia ', '] geforce ', '] titan '],
    pattern:
      /\bRank {1,6}\d{1,4} [^\n]{0,140}\] (?:(?:Tesla|NVIDIA(?: Tesla)?) (?:K[48]0\w?|M[46]0|M10|P40?|T4|L4|L40S?|A2|A10G?|A16)\b|(?:NVIDIA )?(?:GeForce (?:GTX|RTX 40)|TITAN X))/,
    sees: [
      '#   Rank  1 Pid   4242 on    node-01 device  1 [0x3b] Tesla T4',
      '   Rank  3 uses device  3 [0x13] Tesla K80',
      '#  Rank  3 Group  0 Pid    798 on    node-01 device  3 [0x34] NVIDIA L40S',
    ],
    ignores: [
      '#  Rank  3 Group  0 Pid    798 on    node-01 device  3 [0x34] NVIDIA H800',
      '#   Rank  1 Pid   4242 on    node-01 device  1 [0x3b] Tesla V100-SXM2-16GB',
    ],
  },
  {
    id: 'nccl-tests.process.of-several-gpus',
    summary: 'one process uses several GPUs by one copy of NCCL',
    role: 'context',
    weighs: { 'nccl-version-mismatch': -1, 'launcher-rank-misconfig': -0.4 },
    source: ncclTests,
    literals: ['# nthread '],
    pattern: /# nThread \d{1,4} nGpus (?:[2-9]|1\d) minBytes \d/,
    sees: ['# nThread 1 nGpus 8 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5 iters: 20 validation: 1'],
    ignores: ['# nThread 1 nGpus 1 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5 iters: 20'],
  },
  {
    id: 'nccl-tests.rank.listed',
    summary: 'a run of nccl-tests lists a process with its host and its GPU',
    role: 'context',
    weighs: {},
    source: ncclTests,
    literals: [' pid '],
    pattern: /# {2,4}Rank {1,6}\d{1,4} (?:Group {1,4}\d{1,4} )?Pid {1,8}\d{1,9} on {1,16}[\w.-]{1,63} device/,
    sees: ['#  Rank  1 Group  0 Pid    798 on    node-01 device  1 [0x34] NVIDIA H800'],
    ignores: ['Rank 1 Pid 798 is on the way'],
  },
]);
