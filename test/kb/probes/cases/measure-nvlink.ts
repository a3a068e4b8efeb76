import type { ProbeCases } from '../probe-case.ts';
import { busyCases, notReports, ran } from './measure-output.ts';

const h800 = 'nvbandwidth v0.2 on eight H800 (400 GB/s of NVLink, as A800 have), in a public cookbook of a GPU cloud';
const azure = 'https://github.com/Azure/azurehpc-health-checks (test data of nvbandwidth v0.10)';
const a6000 = 'https://github.com/NVIDIA/nvbandwidth/issues/50';

const devices = (name: string, count: number) =>
  Array.from({ length: count }, (_each, at) => `Device ${at}: ${name}\n`).join('');

/** `cell` of each ordered pair; as version 0.7 prints it, with a blank before the row's number. */
const matrix = (name: string, count: number, cell: (row: number, column: number) => string) => {
  const indexes = Array.from({ length: count }, (_each, at) => at);
  const rows = indexes.map(
    (row) => ` ${row}${indexes.map((column) => (row === column ? 'N/A' : cell(row, column)).padStart(10)).join('')}\n`,
  );
  return ran(
    'nvlink',
    'nvbandwidth',
    'gpus',
    `nvbandwidth Version: v0.7
Built from Git version: v0.7

CUDA Runtime Version: 12040
CUDA Driver Version: 12040
Driver Version: 550.90.07

node-07
${devices(name, count)}
Running device_to_device_memcpy_read_ce.
memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)
  ${indexes.map((at) => String(at).padStart(10)).join('')}
${rows.join('')}
SUM device_to_device_memcpy_read_ce 9643.22

NOTE: The reported results may not reflect the full capabilities of the platform.
Performance can vary with software drivers, hardware clocks, and system topology.
`,
  );
};
const a800 = 'NVIDIA A800-SXM4-80GB (00000000:07:00)';
const good = matrix(a800, 8, (row, column) => (172.16 + ((row * 3 + column) % 5) * 0.08).toFixed(2));

// Rows as printed, without a blank before the row's number and without PCI ids.
const versionTwo = ran(
  'nvlink',
  'nvbandwidth',
  'gpus',
  `nvbandwidth Version: v0.2
Built from Git version: 42e94d2

NOTE: This tool reports current measured bandwidth on your system.
Additional system-specific tuning may be required to achieve maximal peak bandwidth.

CUDA Runtime Version: 11080
CUDA Driver Version: 12000
Driver Version: 525.105.17

${devices('NVIDIA H800', 8)}
Running device_to_device_memcpy_read_ce.
memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)
          0         1         2         3         4         5         6         7
0       N/A    172.32    172.57    172.57    172.32    172.21    172.13    172.35
1    172.18       N/A    172.05    172.29    172.16    172.16    172.24    172.24
2    171.99    172.18       N/A    172.29    172.21    172.16    172.16    172.24
3    172.07    172.07    172.27       N/A    172.16    172.16    172.21    172.16
4    172.16    171.88    172.16    172.13       N/A    172.27    172.05    172.32
5    172.10    172.18    172.18    172.16    172.32       N/A    172.05    172.07
6    171.88    172.16    172.16    172.16    172.32    172.05       N/A    172.32
7    172.10    172.10    172.07    172.02    172.27    172.24    172.07       N/A

SUM device_to_device_memcpy_read_ce 9642.08
`,
);

export const measureNvlinkCases: ProbeCases = {
  faulty: [
    {
      name: 'one GPU with seven of eight links',
      source: `${h800}, the figures of one GPU times 7/8`,
      output: matrix(a800, 8, (row, column) => (row === 5 || column === 5 ? '150.64' : '172.16')),
      means: ['measure.nvlink.below-siblings gpu 5'],
    },
    {
      name: 'all pairs over PCIe',
      source: `${a6000}, figures`,
      output: matrix(a800, 8, () => '26.34'),
      means: ['measure.nvlink.slow'],
    },
    {
      name: 'a pair without peer access',
      source: `${azure}, format`,
      output: matrix(a800, 8, (row, column) => (row + column === 3 && row * column === 2 ? 'N/A' : '172.16')),
      means: ['measure.nvlink.no-peer-access'],
    },
    {
      name: 'an older version prints no access as nothing',
      source: 'https://github.com/NVIDIA/nvbandwidth/blob/main/testcases_ce.cpp (pairs without access are left out)',
      output: matrix(a800, 8, (row, column) => (row === 0 && column === 1 ? '0.00' : '172.16')),
      means: ['measure.nvlink.no-peer-access'],
    },
    {
      name: 'the fabric manager does not run',
      source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html (error 802)',
      output: ran(
        'nvlink',
        'nvbandwidth',
        'gpus',
        '[CUDA_ERROR_SYSTEM_NOT_READY] system not yet initialized in expression cuInit(0) in main() : nvbandwidth.cpp:206\n',
        1,
      ),
      means: ['measure.cuda.not-initialized'],
    },
  ],
  healthy: [
    { name: 'eight GPUs', source: h800, output: good, means: ['measure.nvlink.normal'] },
    { name: 'version 0.2', source: h800, output: versionTwo, means: ['measure.nvlink.normal'] },
    {
      name: 'two A100',
      source: azure,
      output: matrix('NVIDIA A100-SXM4-80GB (00000000:07:00)', 2, (row) => (row === 0 ? '276.07' : '276.19')),
      means: ['measure.nvlink.normal'],
    },
    {
      name: 'one GPU has nobody to copy to',
      source: 'https://github.com/NVIDIA/nvbandwidth/blob/main/README.md (waived)',
      output: ran('nvlink', 'nvbandwidth', 'gpus', `nvbandwidth Version: v0.7\n\nDevice 0: ${a800}\n\nWaived: \n`),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 0 is used by 1 process'),
  ],
  garbage: notReports('nvlink', 'nvbandwidth', good),
};
