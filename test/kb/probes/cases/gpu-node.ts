import type { ProbedNode, ProbeOutput } from '../../../../kb/schemas/probe.ts';
import { printed } from '../probe-case.ts';

export const uuid = (index: number): string => `GPU-94da3560-9d64-1e21-4009-21c37101b27${index}`;
const buses = ['07', '0A', '47', '4D', '87', '8D', 'C7', 'CA'] as const;
export const bus = (index: number): string => `00000000:${buses[index] ?? ''}:00.0`;

export const eightGpus: ProbedNode = {
  gpus: Array.from({ length: 8 }, (_one, index) => ({ index, uuid: uuid(index), pciBusId: bus(index) })),
};

export const eight = (text: (index: number) => string): string =>
  Array.from({ length: 8 }, (_one, index) => text(index)).join('');

/** `--query-gpu` of eight GPUs. */
export const csv = (row: (index: number) => string): ProbeOutput =>
  printed(eight((index) => `${index}, ${uuid(index)}, ${bus(index)}, ${row(index)}\n`));

export const instead = (index: number, at: number, special: string, usual: string): string =>
  index === at ? special : usual;

/** `nvidia-smi -q -d …` of eight GPUs. */
export const smiLog = (driver: string, section: (index: number) => string): ProbeOutput =>
  printed(
    [
      '',
      '==============NVSMI LOG==============',
      '',
      'Timestamp                                 : Mon Aug  5 12:57:09 2024',
      `Driver Version                            : ${driver}`,
      'CUDA Version                              : 12.4',
      '',
      'Attached GPUs                             : 8',
      eight((index) => `GPU ${bus(index)}\n${section(index)}\n`),
    ].join('\n'),
  );

/** What every probe that runs nvidia-smi must tell from a reading. */
export const smiTroubles = {
  // https://github.com/NVIDIA/nvidia-container-toolkit/issues/69
  lost: printed('Unable to determine the device handle for GPU0000:47:00.0: Unknown Error\n', 255),
  // https://github.com/NVIDIA/nvidia-docker/issues/1648
  mismatch: printed('Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.129\n', 18),
  none: printed('No devices were found\n', 6),
};

export const notSmi: readonly ProbeOutput[] = [
  printed('', 127, 'bash: line 1: nvidia-smi: command not found'),
  printed('', null),
  printed('Welcome to node-01\n'),
  printed('{"error": "no such command"}\n'),
];
