import type { ProbeCases } from '../probe-case.ts';
import { busyCases, notReports, ran } from './measure-output.ts';

const dcgm = 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html (dcgmproftester11)';
const operator =
  'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/getting-started.html (dcgmproftester 2.0.10)';
// A log of an OpenShift cluster with A100 PCIe boards, of a public repository of notes.
const openShift =
  'dcgmproftester12 of DCGM 3.3 on an A100-PCIE-40GB, pod log in a public notebook on MIG with OpenShift';

const skipping = ['CreateDcgmGroups', 'CreateDcgmGroups', 'WatchFields', 'CreateDcgmGroups']
  .map((what) => `Skipping ${what}() since DCGM validation is disabled\n`)
  .join('');
const a100 = [250362.2, 252917, 253971.7, 253700.2, 252599, 253134.6, 252676.7, 252861.4, 252764.1, 253109.4];
const samples = (factor: number) =>
  a100
    .map(
      (at) => `Worker 0:0[1004]: TensorEngineActive: generated ???, dcgm 0.000 (${(at * factor).toFixed(1)} gflops)\n`,
    )
    .join('');
const context = `Worker 0:0[1004]: Message: Bus ID 00000000:4D:00.0 mapped to cuda device ID 0
DCGM CudaContext Init completed successfully.

CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: 2048
CUDA_VISIBLE_DEVICES: 3
CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: 108
CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: 167936
CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: 8
CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: 0
CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: 5120
CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: 1215
Max Memory bandwidth: 1555200000000 bytes (1555.2 GiB)
CU_DEVICE_ATTRIBUTE_ECC_SUPPORT: true

Skipping UnwatchFields() since DCGM validation is disabled
`;
const gemm = (text: string, exit = 0) => ran('gemm 3', 'dcgmproftester12', 'gpu3', text, exit);
const gemmGood = gemm(`${skipping}${samples(1)}${context}`);

export const measureGemmCases: ProbeCases = {
  faulty: [
    {
      name: 'at 210 of 1410 MHz',
      source: `${dcgm}, figures scaled by the clock`,
      output: gemm(`${skipping}${samples(210 / 1410)}${context}`),
      means: ['measure.gemm.slow gpu 3'],
    },
    {
      name: 'the fabric manager does not run',
      source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html (error 802)',
      output: gemm('cuInit failed: system not yet initialized\n', 1),
      means: ['measure.cuda.not-initialized'],
    },
  ],
  healthy: [
    { name: 'an A100 SXM4', source: dcgm, output: gemmGood, means: ['measure.gemm.normal gpu 3'] },
    {
      name: 'figures in exponents, and a stop behind them',
      source: openShift,
      output: gemm(
        [1.78, 1.96, 1.97, 1.89, 1.92, 1.94]
          .map((at) => `Worker 0:0 [1004]: TensorEngineActive: generated ???, dcgm 0 (${at}e+05 gflops).\n`)
          .join(''),
      ),
      means: ['measure.gemm.normal gpu 3'],
    },
    {
      name: 'another board, in the words of version 2.0',
      source: operator,
      output: gemm(`Skipping CreateDcgmGroups() since DCGM validation is disabled
CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: 1024
CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: 40
CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: 7
Max Memory bandwidth: 320064000000 bytes (320.06 GiB)
CudaInit completed successfully.

Skipping WatchFields() since DCGM validation is disabled
TensorEngineActive: generated ???, dcgm 0.000 (27334.5 gflops)
TensorEngineActive: generated ???, dcgm 0.000 (27795.5 gflops)
TensorEngineActive: generated ???, dcgm 0.000 (27846.0 gflops)
`),
      means: ['measure.gemm.normal gpu 3'],
    },
    {
      name: 'the tool lacks rights',
      source: 'https://github.com/NVIDIA/DCGM/issues/102',
      output: gemm('CacheManager Init Failed. Error: -29\n', 1),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 3 is used by 1 process'),
  ],
  garbage: notReports('gemm 3', 'dcgmproftester12', gemmGood),
};

/** Head lines of versions 0.2 to 0.10. */
const nvbandwidth = (version: string, device: string) => `nvbandwidth Version: ${version}
Built from Git version: ${version}

${version < 'v0.6' ? 'NOTE: This tool reports current measured bandwidth on your system.\nAdditional system-specific tuning may be required to achieve maximal peak bandwidth.\n\n' : ''}CUDA Runtime Version: 12040
CUDA Driver Version: 12040
Driver Version: 550.90.07

${device}

`;
const note = `
NOTE: The reported results may not reflect the full capabilities of the platform.
Performance can vary with software drivers, hardware clocks, and system topology.
`;
const h20 = 'https://github.com/NVIDIA/nvbandwidth/issues/48';
const a100Sxm = 'https://github.com/NVIDIA/nvbandwidth/issues/42';
const readme = 'https://github.com/NVIDIA/nvbandwidth/blob/main/README.md';

const localCopy = (value: string, device: string) =>
  ran(
    'hbm 3',
    'nvbandwidth',
    'gpu3',
    `${nvbandwidth('v0.8', device)}Running device_local_copy.
memcpy local GPU(column) bandwidth (GB/s)
           0
 0 ${value.padStart(9)}

SUM device_local_copy ${value}
${note}`,
  );
const a800 = 'Device 0: NVIDIA A800-SXM4-80GB (00000000:4d:00)';

export const measureHbmCases: ProbeCases = {
  faulty: [
    {
      name: 'a third of what its siblings reach',
      source: `${h20}, format; another figure`,
      output: localCopy('301.20', a800),
      means: ['measure.hbm.slow gpu 3'],
    },
  ],
  healthy: [
    {
      name: 'an H20, limited by its copy engines',
      source: h20,
      output: localCopy('1116.30', 'Device 0: NVIDIA H20-3e (00000000:18:00)'),
      means: ['measure.hbm.normal gpu 3'],
    },
    {
      name: 'waived: the board cannot be measured',
      source: readme,
      output: ran('hbm 3', 'nvbandwidth', 'gpu3', `${nvbandwidth('v0.5', a800)}Waived: \n`),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 3 is used by 2 processes'),
  ],
  garbage: notReports('hbm 3', 'nvbandwidth', localCopy('1116.30', a800)),
};

const hostToDevice = (value: string, version: string, device: string) =>
  ran(
    'pcie 3',
    'nvbandwidth',
    'gpu3',
    `${nvbandwidth(version, device)}Running host_to_device_memcpy_ce.
memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)
${version < 'v0.3' ? '          0\n0' : '           0\n 0'} ${value.padStart(9)}

SUM host_to_device_memcpy_ce ${value}
${version === 'v0.10.0' ? 'COEFFICIENT_OF_VARIATION host_to_device_memcpy_ce 0.00\n' : ''}${version > 'v0.5' ? note : ''}`,
  );
const a10 = 'https://github.com/NVIDIA/nvbandwidth with v0.5 on an A10, 25.17 GB/s in a public post on PCIe throughput';

export const measurePcieCases: ProbeCases = {
  faulty: [
    {
      name: 'an A800 on eight lanes',
      source: `${a100Sxm}, format; half of the figure`,
      output: hostToDevice('12.98', 'v0.7', a800),
      means: ['measure.pcie.slow gpu 3'],
    },
    {
      name: 'an H100 at the speed of PCIe 4',
      source: 'https://github.com/NVIDIA/nvbandwidth/issues/24, format',
      output: hostToDevice('25.10', 'v0.10.0', 'Device 0: NVIDIA H100 80GB HBM3 (00000000:19:00)'),
      means: ['measure.pcie.slow gpu 3'],
    },
  ],
  healthy: [
    {
      name: 'an A100 SXM4',
      source: a100Sxm,
      output: hostToDevice('25.13', 'v0.8', 'Device 0: NVIDIA A100-SXM4-40GB (00000000:99:00)'),
      means: ['measure.pcie.normal gpu 3'],
    },
    {
      name: 'version 0.5',
      source: a10,
      output: hostToDevice('25.17', 'v0.5', 'Device 0: NVIDIA A10'),
      means: ['measure.pcie.normal gpu 3'],
    },
    {
      name: 'version 0.2',
      source: 'nvbandwidth v0.2 on H800, in a public cookbook of a GPU cloud',
      output: hostToDevice('55.28', 'v0.2', 'Device 0: NVIDIA H800'),
      means: ['measure.pcie.normal gpu 3'],
    },
    ...busyCases('GPU 3 is used by 1 process'),
  ],
  garbage: notReports('pcie 3', 'nvbandwidth', hostToDevice('25.13', 'v0.8', a800)),
};
