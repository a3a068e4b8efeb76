import { lineDetector } from './line-patterns.ts';

/** Which cores a process was given, where each has its own by design: a comparison tells whether two share them. */
export const coresAnnounced = lineDetector('cores-announced', [
  {
    id: 'cpu.cores.of-process',
    summary: 'a launcher or server says to which cores it bound a process',
    role: 'context',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/issues/6288',
    literals: ['rank ', 'cpu-bind=mask', 'is running on cpus: ['],
    pattern:
      /\[[\w.-]{1,80}:\d{1,9}\] (?:MCW )?[Rr]ank \d{1,6} bound to (?:socket \d{1,3}\[core \d{1,4}\[hwt [\d-]{1,9}\]\]:|package\[\d{1,3}\]\[core:\d{1,4}\]\s{0,4}$)|cpu-bind=MASK - [\w.-]{1,63}, task {1,4}\d{1,6} {1,4}\d{1,6} \[\d{1,9}\]: mask 0x0{0,300}[1248]0{0,300} set|Process \d{1,9} gpu_id \d{1,3} is running on CPUs: \[\d/,
    sees: [
      '[node-00:50199] MCW rank 18 bound to socket 0[core 0[hwt 0]]: [B/./././././././.][./././././././.]',
      '[node-01:3333100] Rank 1 bound to package[0][core:3]',
      'cpu-bind=MASK - node-03, task  1  1 [4242]: mask 0x2 set',
      '[2025-10-09 15:49:38 TP4 PP0] Process 213 gpu_id 4 is running on CPUs: [0, 1, 2, 3, 96, 97]',
    ],
    ignores: [
      '[node-00:126661] MCW rank 0 bound to socket 0[core 0[hwt 0-1]], socket 0[core 1[hwt 0-1]]: [BB/BB][../..]',
      'cpu-bind=MASK - node-03, task  0  0 [4242]: mask 0xff set',
    ],
  },
  {
    // What the GPU's place in the machine would allow, less what the process was not given.
    id: 'cpu.cores.of-gpu',
    summary: 'NCCL says on which cores its threads for a GPU may run',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/topo.cc',
    literals: ['affinity for gpu'],
    pattern:
      /NCCL INFO Setting affinity for GPU \d{1,3} to [\da-f]|NCCL INFO (?:\w{4,40}: )?Affinity for GPU \d{1,3} is \d/,
    sees: [
      'node-03:4242:4250 [0] NCCL INFO ncclTopoGetCpuAffinity: Affinity for GPU 0 is 0-7. (GPU affinity = 0-31 ; CPU affinity = 0-7).',
      'node-03:4242:4250 [0] NCCL INFO Setting affinity for GPU 0 to ffff,0000ffff',
      'node-03:4242:4250 [0] NCCL INFO Setting affinity for GPU 0 to 0-31,64-95',
    ],
    ignores: ['Setting affinity of the worker to ff'],
  },
  {
    id: 'cpu.cores.none-near-gpu',
    summary: 'a process was given none of the cores that are near its GPU',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 3.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/topo.cc',
    literals: ['affinity for gpu'],
    pattern: /NCCL INFO (?:\w{4,40}: )?Affinity for GPU \d{1,3} is empty, ignoring/,
    sees: [
      'node-03:4242:4250 [0] NCCL INFO ncclTopoGetCpuAffinity: Affinity for GPU 0 is empty, ignoring. (GPU affinity = 0-31 ; CPU affinity = 32-39).',
    ],
    ignores: [
      'node-03:4242:4250 [0] NCCL INFO ncclTopoGetCpuAffinity: Affinity for GPU 0 is 0-7. (GPU affinity = 0-31 ; CPU affinity = 0-7).',
    ],
  },
]);
