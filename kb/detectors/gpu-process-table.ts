import { lineDetector } from './line-patterns.ts';

/** Rows of the process table at the foot of nvidia-smi. */
export const gpuProcessTable = lineDetector('gpu-process-table', [
  {
    id: 'gpu.process.nameless',
    summary: 'GPU memory is held by a process that has no name: it ended, or belongs to somebody else',
    role: 'cause',
    // A process of another container has no name either: that is no leftover, and as foreign to the job.
    weighs: { 'foreign-gpu-process': 3.4, 'gpu-driver-bug': 0.4, 'gpu-oom': 0.2 },
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    literals: ['mib |', 'mib|'],
    pattern:
      /^\s{0,8}\|\s{1,6}(?<gpu>\d{1,3})\s{1,8}(?:(?:N\/A|\d{1,3})\s{1,8}){0,2}\d{1,8}\s{1,8}[CGM+]{1,3}\s{1,8}(?:\[?(?:[Uu]nknown(?: Error)?|[Nn]ot [Ff]ound)\]?|-|<defunct>)\s{1,80}\d{1,7}MiB ?\|/,
    sees: [
      '|    0     31794    C   Unknown Error                                 5371MiB |',
      '|    0   N/A  N/A   1923817      C   [Not Found]                     7821MiB |',
    ],
    ignores: [
      '|    1      7653    C   python                                        5369MiB |',
      '| 24%   63C    P2    72W / 250W |  11409MiB / 12207MiB |      0%      Default |',
    ],
  },
]);
