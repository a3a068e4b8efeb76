import { printed, type ProbeCases } from '../probe-case.ts';
import { eightGpus, instead, notSmi, smiLog, smiTroubles } from './gpu-node.ts';

const pages = (single: string, double: string, pending: string, last = 'Pending Page Blacklist') =>
  [
    '    Retired Pages',
    `        Single Bit ECC                    : ${single}`,
    `        Double Bit ECC                    : ${double}`,
    `        ${last.padEnd(34)}: ${pending}`,
    '',
  ].join('\n');
const retirement = 'https://docs.nvidia.com/deploy/dynamic-page-retirement/index.html';
const notOffered = smiLog('550.90.07', () => pages('N/A', 'N/A', 'N/A'));

export const gpuRetiredPagesCases: ProbeCases = {
  faulty: [
    {
      name: 'pages that wait for a reload of the driver',
      source: retirement,
      output: smiLog('450.51.06', (index) => (index === 4 ? pages('0', '2', 'Yes') : pages('0', '0', 'No'))),
      node: eightGpus,
      means: ['gpu.retired-pages.pending gpu 4'],
    },
    {
      name: 'more than a board may have',
      source: 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h',
      output: smiLog('450.51.06', (index) => (index === 1 ? pages('60', '4', 'No') : pages('0', '0', 'No'))),
      means: ['gpu.retired-pages.many gpu 1'],
    },
    {
      name: 'the older word for waiting',
      source: 'nvidia-smi manual of driver 384 (Pending)',
      output: smiLog('384.59', (index) =>
        index === 0 ? pages('1', '0', 'Yes', 'Pending') : pages('0', '0', 'No', 'Pending'),
      ),
      means: ['gpu.retired-pages.pending gpu 0'],
    },
    {
      name: 'a lost GPU',
      source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/69',
      output: smiTroubles.lost,
      means: ['gpu.device.unreachable gpu 00000000:47:00.0'],
    },
  ],
  healthy: [
    {
      name: 'boards that remap rows',
      source: 'nvidia-smi -q of A100-SXM4-40GB, driver 535.129.03',
      output: notOffered,
      means: ['gpu.retired-pages.none'],
    },
    {
      name: 'a few of long ago',
      source: retirement,
      output: smiLog('450.51.06', (index) => (index === 6 ? pages('1', '2', 'No') : pages('0', '0', 'No'))),
      means: ['gpu.retired-pages.some gpu 6', 'gpu.retired-pages.none'],
    },
  ],
  garbage: [
    ...notSmi,
    printed(notOffered.stdout.replaceAll('Retired Pages', 'Something Else')),
    printed(
      notOffered.stdout.replace(
        'Attached GPUs                             : 8',
        'Attached GPUs                             : 9',
      ),
    ),
    printed(notOffered.stdout.replace('N/A', 'many')),
  ],
};

const mhz = (value: number | null) => (value === null ? 'N/A' : `${value} MHz`);
/** Sections of `-d CLOCK`, with the statistics that follow since driver 455. */
const clocks = (application: number | null, standard: number | null, max: number | null) =>
  [
    '    Clocks',
    '        Graphics                          : 210 MHz',
    '        SM                                : 210 MHz',
    '        Memory                            : 1593 MHz',
    '        Video                             : 585 MHz',
    '    Applications Clocks',
    `        Graphics                          : ${mhz(application)}`,
    `        Memory                            : ${mhz(application === null ? null : 1593)}`,
    '    Default Applications Clocks',
    `        Graphics                          : ${mhz(standard)}`,
    `        Memory                            : ${mhz(standard === null ? null : 1593)}`,
    '    Deferred Clocks',
    '        Memory                            : N/A',
    '    Max Clocks',
    `        Graphics                          : ${mhz(max)}`,
    `        SM                                : ${mhz(max)}`,
    `        Memory                            : ${mhz(max === null ? null : 1593)}`,
    `        Video                             : ${mhz(max === null ? null : 1290)}`,
    '    Max Customer Boost Clocks',
    `        Graphics                          : ${mhz(max)}`,
    '    SM Clock Samples',
    '        Duration                          : Not Found',
    '        Number of Samples                 : Not Found',
    '        Max                               : Not Found',
    '        Min                               : Not Found',
    '        Avg                               : Not Found',
    '    Clock Policy',
    '        Auto Boost                        : N/A',
    '        Auto Boost Default                : N/A',
    '',
  ].join('\n');
const dgx = 'nvidia-smi -q of a DGX A100, driver 535.129.03; -d CLOCK of driver 455.45.01';
const standard = smiLog('550.90.07', () => clocks(1155, 1155, 1410));

export const gpuApplicationClocksCases: ProbeCases = {
  faulty: [
    {
      name: 'one GPU set lower',
      source: dgx,
      output: smiLog('550.90.07', (index) => (index === 3 ? clocks(900, 1155, 1410) : clocks(1155, 1155, 1410))),
      node: eightGpus,
      means: ['gpu.application-clock.below-default gpu 3'],
    },
    {
      name: 'one board that can do less',
      source: dgx,
      output: smiLog('550.90.07', (index) => clocks(1155, 1155, Number(instead(index, 7, '1275', '1410')))),
      means: ['gpu.application-clock.below-siblings gpu 7'],
    },
    {
      name: 'a driver of another release',
      source: 'https://github.com/NVIDIA/nvidia-docker/issues/1648',
      output: smiTroubles.mismatch,
      means: ['gpu.driver.version-mismatch'],
    },
  ],
  healthy: [
    { name: 'all at their default', source: dgx, output: standard, means: ['gpu.application-clock.default'] },
    {
      name: 'set higher than the default',
      source: dgx,
      output: smiLog('550.90.07', () => clocks(1410, 1155, 1410)),
      means: ['gpu.application-clock.default'],
    },
    {
      name: 'boards without the setting',
      source: 'https://github.com/RainbowMiner/RainbowMiner/issues/36',
      output: smiLog('398.82', () => clocks(null, null, 1974)),
      means: ['gpu.application-clock.default'],
    },
    {
      name: 'a driver that has given the setting up',
      source: 'nvidia-smi of driver 580 ("Requested functionality has been deprecated")',
      output: printed(
        standard.stdout.replaceAll(
          /(Applications Clocks\n {8}Graphics +: )1155 MHz/g,
          '$1Requested functionality has been deprecated',
        ),
      ),
      means: ['gpu.application-clock.default'],
    },
  ],
  garbage: [
    ...notSmi,
    printed(standard.stdout.replace('1155 MHz', 'fast')),
    printed(standard.stdout.replaceAll('Max Clocks', 'Other Clocks')),
    printed(standard.stdout.slice(0, standard.stdout.indexOf('GPU 00000000:C7'))),
  ],
};
