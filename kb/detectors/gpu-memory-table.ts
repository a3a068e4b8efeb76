import { lineDetector } from './line-patterns.ts';

/** How much memory of each GPU is in use in the table of nvidia-smi; what it means is compared in `sequences`. */
export const gpuMemoryTable = lineDetector('gpu-memory-table', [
  {
    id: 'gpu.table.memory',
    summary: 'the table of nvidia-smi shows how much memory of a GPU is in use',
    role: 'context',
    weighs: {},
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    literals: ['mib |'],
    pattern: /\|\s{1,8}(?<used>\d{1,7})MiB ?\/\s{1,8}(?<total>\d{3,7})MiB \|/,
    sees: [
      '| 24%   63C    P2    72W / 250W |  11409MiB / 12207MiB |      0%      Default |',
      '| N/A   54C    P0   246W / 300W |  15514MiB / 16130MiB |    100%      Default |',
      '|  0%   33C    P8             32W /  550W |    1897MiB /  24564MiB |      4%      Default |',
    ],
    ignores: [
      '|    1      7653    C   python                                        5369MiB |',
      '|  FB Memory: 4MiB | 40960MiB |',
    ],
  },
]);
