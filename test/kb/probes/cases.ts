import type { ProbedNode } from '../../../kb/schemas/probe.ts';
import { hostCases } from './cases/host.ts';
import { networkCases } from './cases/network.ts';
import { jobCases } from './cases/job.ts';
import { measureCases } from './cases/measure.ts';
import { diskReclaimableCases, ibPortStateCases, memoryProcessesCases } from './device-cases.ts';
import { gpuCases } from './cases/gpu-cases.ts';
import { withSecondReads } from './cases/second-reads.ts';
import { ncclConfigFileCases } from './cases/nccl-config-file.ts';
import { printed, type ProbeCases } from './probe-case.ts';
import { schedulerJobsCases, schedulerReservationsCases } from './slurm-cases.ts';

const uuid = (index: number) => `GPU-94da3560-9d64-1e21-4009-21c37101b27${index}`;
const bus = (index: number) => `00000000:${['07', '0A', '47', '4D', '87', '8D', 'C7', 'CA'][index] ?? ''}:00.0`;
export const eightGpus: ProbedNode = {
  gpus: Array.from({ length: 8 }, (_one, index) => ({ index, uuid: uuid(index), pciBusId: bus(index) })),
};

const csv = (row: (index: number) => string) =>
  printed(
    Array.from({ length: 8 }, (_one, index) => `${index}, ${uuid(index)}, ${bus(index)}, ${row(index)}\n`).join(''),
  );
const instead = (index: number, at: number, special: string, usual: string) => (index === at ? special : usual);
const unspecific = [
  { ...csv(() => '1, 2, 3, 4, 5, 6, 7'), exitCode: null },
  printed('', 1, 'bash: line 1: nvidia-smi: command not found'),
  printed('Welcome to node-01\n'),
  printed('0, not a uuid, 00000000:07:00.0, 1\n'),
];

const smi = 'https://github.com/netdata/netdata/issues/10362';
const smiMask = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (clocks_event_reasons.active)';
const lostLine = 'Unable to determine the device handle for GPU0000:47:00.0: Unknown Error\n';
const lostSource = 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/69';

const busyClock = '1410, 1410, 0x0000000000000000, 100, 366.41, 400.00, 52';

const performance = (reasons: readonly (readonly [name: string, active: boolean])[], at: number) => {
  const section = (index: number) =>
    [
      `GPU ${bus(index)}`,
      '    Performance State                     : P0',
      '    Clocks Event Reasons',
      ...reasons.map(([name, active]) => {
        const indent = name.startsWith('HW ') && name !== 'HW Slowdown' ? 12 : 8;
        return `${' '.repeat(indent)}${name.padEnd(42 - indent)}: ${active && index === at ? 'Active' : 'Not Active'}`;
      }),
      '    Sparse Operation Mode                 : N/A',
      '',
    ].join('\n');
  return printed(
    [
      '',
      '==============NVSMI LOG==============',
      '',
      'Timestamp                                 : Mon Aug  5 12:57:09 2024',
      'Driver Version                            : 545.29.06',
      'CUDA Version                              : 12.3',
      '',
      'Attached GPUs                             : 8',
      ...Array.from({ length: 8 }, (_one, index) => section(index)),
    ].join('\n'),
  );
};
const reasonTable = (active: readonly string[]) =>
  [
    'Idle',
    'Applications Clocks Setting',
    'SW Power Cap',
    'HW Slowdown',
    'HW Thermal Slowdown',
    'HW Power Brake Slowdown',
    'Sync Boost',
    'SW Thermal Slowdown',
    'Display Clock Setting',
  ].map((name) => [name, active.includes(name)] as const);

const nvlink = (links: (index: number) => readonly string[]) =>
  printed(
    Array.from(
      { length: 8 },
      (_one, index) => `GPU ${index}: NVIDIA A800-SXM4-80GB (UUID: ${uuid(index)})\n${links(index).join('')}`,
    ).join(''),
  );
const eightLinks = (at: number, text: string) =>
  Array.from({ length: 8 }, (_one, link) => `\t Link ${link}: ${link === at ? text : '25 GB/s'}\n`);

const ibstat = (ports: readonly { hca: string; state: string; physical: string; rate: number; layer?: string }[]) =>
  printed(
    ports
      .map(({ hca, state, physical, rate, layer }) =>
        [
          `CA '${hca}'`,
          '\tCA type: MT4123',
          '\tNumber of ports: 1',
          '\tFirmware version: 20.31.1014',
          '\tHardware version: 0',
          '\tNode GUID: 0xb83fd203005682a2',
          '\tSystem image GUID: 0xb83fd203005682a2',
          '\tPort 1:',
          `\t\tState: ${state}`,
          `\t\tPhysical state: ${physical}`,
          `\t\tRate: ${rate}`,
          '\t\tBase lid: 12',
          '\t\tLMC: 0',
          '\t\tSM lid: 5',
          '\t\tCapability mask: 0x2651e848',
          '\t\tPort GUID: 0xb83fd203005682a2',
          `\t\tLink layer: ${layer ?? 'InfiniBand'}`,
          '',
        ].join('\n'),
      )
      .join(''),
  );
const upPort = (hca: string) => ({ hca, state: 'Active', physical: 'LinkUp', rate: 200 });

const perfquery = (downed: number) =>
  printed(`# Port extended counters: Lid 134 port 1 (CapMask: 0x5A00 CapMask2: 0x0000000)
PortSelect:......................1
CounterSelect:...................0x0000
PortXmitData:....................9049592493976
PortRcvData:.....................9752484588300
PortXmitPkts:....................28825338611
PortRcvPkts:.....................33038722564
PortUnicastXmitPkts:.............28824617123
PortUnicastRcvPkts:..............29306563974
PortMulticastXmitPkts:...........721488
PortMulticastRcvPkts:............3732158589
CounterSelect2:..................0x00000000
SymbolErrorCounter:..............0
LinkErrorRecoveryCounter:........0
LinkDownedCounter:...............${downed}
PortRcvErrors:...................0
PortRcvRemotePhysicalErrors:.....0
PortRcvSwitchRelayErrors:........0
PortXmitDiscards:................0
PortXmitConstraintErrors:........0
PortRcvConstraintErrors:.........0
LocalLinkIntegrityErrors:........0
ExcessiveBufferOverrunErrors:....0
VL15Dropped:.....................0
PortXmitWait:....................22730501
QP1Dropped:......................0
`);

const scontrol = (state: string, reason: string) =>
  printed(`NodeName=node-07 Arch=x86_64 CoresPerSocket=1${' '}
   CPUAlloc=0 CPUEfctv=8 CPUTot=8 CPULoad=0.99
   AvailableFeatures=(null)
   ActiveFeatures=(null)
   Gres=gpu:nvidia-rtx-3090:1
   NodeAddr=node-07 NodeHostName=node-07 Version=24.05.0-0rc1
   OS=Linux 5.10.0-153.12.0.92.oe2203sp2.x86_64 #1 SMP Wed Jun 28 23:04:48 CST 2023${' '}
   RealMemory=1 AllocMem=0 FreeMem=340 Sockets=8 Boards=1
   State=${state} ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A
   Partitions=compute100${' '}
   BootTime=2024-11-18T20:46:45 SlurmdStartTime=2024-12-19T11:41:49
   LastBusyTime=2024-12-19T11:41:49 ResumeAfterTime=None
   CfgTRES=cpu=8,mem=1M,billing=8,gres/gpu=1
   AllocTRES=
   CurrentWatts=0 AveWatts=0
${reason}`);

const ipLink = (mtuOfIb2: number, flagsOfIb2 = 'BROADCAST,MULTICAST,UP,LOWER_UP') =>
  printed(
    [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000\\    link/ether 02:c7:8e:f2:46:17 brd ff:ff:ff:ff:ff:ff',
      ...[0, 1, 2, 3].map(
        (port) =>
          `${port + 3}: ib${port}: <${port === 2 ? flagsOfIb2 : 'BROADCAST,MULTICAST,UP,LOWER_UP'}> mtu ${port === 2 ? mtuOfIb2 : 4092} qdisc mq state UP mode DEFAULT group default qlen 256\\    link/infiniband 00:00 brd 00:ff`,
      ),
      '',
    ].join('\n'),
  );

const lsmod = (without: string) =>
  printed(
    [
      'Module                  Size  Used by',
      'nvidia_peermem         16384  0',
      'nvidia_uvm           1437696  16',
      'nvidia_drm             57344  0',
      'nvidia_modeset       1200128  1 nvidia_drm',
      'nvidia              35315712  1 nvidia_modeset',
      'mlx5_ib               335872  0',
      'ib_core               356352  8 rdma_cm,ib_ipoib,iw_cm,ib_umad,rdma_ucm,ib_uverbs,mlx5_ib,ib_cm',
      'drm                    483328  4 drm_kms_helper,nvidia,nvidia_drm',
      '',
    ]
      .filter((line) => !line.startsWith(`${without} `))
      .join('\n'),
  );

const meminfo = (availableKib: number) =>
  printed(`MemTotal:       24684092 kB
MemFree:        23098672 kB
MemAvailable:   ${availableKib} kB
Buffers:          113264 kB
HugePages_Total:       0
Hugepagesize:       2048 kB
Active(anon):     262144 kB
`);

const dfBlocks = (available: number, shm = 24684092) =>
  printed(`Filesystem              1024-blocks     Used Available Capacity Mounted on
devtmpfs                   12334492        0  12334492       0% /dev
tmpfs                      24684092        0  ${shm}       0% /dev/shm
/dev/vda                  264212084 19154636  ${available}      21% /
/dev/loop3                    65536    65536         0     100% /snap/core20/2318
`);
const dfInodes = (free: number) =>
  printed(`Filesystem                Inodes  IUsed    IFree IUse% Mounted on
devtmpfs                 3083623    114  3083509    1% /dev
tmpfs                    3085511      1  3085510    1% /dev/shm
/dev/vda                16777216 556071 ${free}    4% /
/dev/nvme1n1                   0      0        0     - /mnt/btrfs
`);

const here = 'printed by the tool on Debian 12';

/** Every probe of the list has an entry; the conformance suite says so when one is missing. */
export const probeCases: Readonly<Record<string, ProbeCases>> = withSecondReads({
  ...gpuCases,
  ...hostCases,
  ...networkCases,
  ...measureCases,
  ...jobCases,
  'gpu.clocks': {
    faulty: [
      {
        name: 'one GPU locked at 210 MHz, no reason given, all at 100 % utilisation',
        source: smiMask,
        output: csv((index) => instead(index, 3, '210, 1410, 0x0000000000000000, 100, 92.13, 400.00, 38', busyClock)),
        means: ['gpu.clock.locked-low gpu 3'],
      },
      {
        name: 'one GPU limited by a clock setting that the driver names',
        source: smiMask,
        output: csv((index) => instead(index, 0, '1005, 1410, 0x0000000000000002, 99, 221.13, 400.00, 44', busyClock)),
        means: ['gpu.clock.locked-low gpu 0'],
      },
      {
        name: 'heat, by hardware and software bits',
        source: smiMask,
        output: csv((index) => instead(index, 5, '705, 1410, 0x0000000000000068, 100, 180.00, 400.00, 91', busyClock)),
        means: ['gpu.clock.thermal gpu 5'],
      },
      {
        name: 'the power brake wins over the general slow-down bit',
        source: smiMask,
        output: csv((index) => instead(index, 1, '345, 1410, 0x0000000000000088, 100, 120.00, 400.00, 45', busyClock)),
        means: ['gpu.clock.power-brake gpu 1'],
      },
      {
        name: 'a hardware slow-down without a closer reason',
        source: smiMask,
        output: csv((index) => instead(index, 1, '705, 1410, 0x0000000000000008, 100, 120.00, 400.00, 45', busyClock)),
        means: ['gpu.clock.hw-slowdown gpu 1'],
      },
      {
        name: 'one GPU held down by its power limit',
        source: smiMask,
        output: csv((index) => instead(index, 6, '640, 1410, 0x0000000000000004, 100, 150.02, 150.00, 41', busyClock)),
        means: ['gpu.clock.power-capped gpu 6'],
      },
      {
        name: 'a tenth slower than its siblings for no reason',
        source: smiMask,
        output: csv((index) => instead(index, 6, '1245, 1410, 0x0000000000000000, 100, 350.02, 400.00, 51', busyClock)),
        means: ['gpu.clock.below-siblings gpu 6'],
      },
      {
        name: 'the whole node locked low',
        source: smiMask,
        output: csv(() => '210, 1410, 0x0000000000000000, 100, 92.13, 400.00, 38'),
        means: Array.from({ length: 8 }, (_one, index) => `gpu.clock.locked-low gpu ${index}`),
      },
      {
        name: 'a lost GPU in the middle of the reading',
        source: lostSource,
        output: printed(lostLine, 255),
        node: eightGpus,
        means: ['gpu.device.unreachable gpu 2'],
      },
      {
        name: 'a driver that was exchanged under a running system',
        source: smi,
        output: printed(
          'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.129\n',
          18,
        ),
        means: ['gpu.driver.version-mismatch'],
      },
      {
        name: 'a driver that does not answer',
        source: smi,
        output: printed(
          "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
          9,
        ),
        means: ['gpu.driver.not-answering'],
      },
      {
        name: 'no GPU at all',
        source: smi,
        output: printed('No devices were found\n', 6),
        means: ['gpu.device.none-found'],
      },
    ],
    healthy: [
      {
        name: 'eight busy GPUs at their clock',
        source: smiMask,
        output: csv(() => busyClock),
        means: ['gpu.clock.normal'],
      },
      {
        name: 'the usual power cap of full load, all alike',
        source: smiMask,
        output: csv((index) => `${1290 + 15 * (index % 3)}, 1410, 0x0000000000000004, 100, 399.4, 400.00, 61`),
        means: ['gpu.clock.normal'],
      },
      {
        name: 'boards that do not tell their reasons',
        source: smi,
        output: csv(() => '1410, 1410, [N/A], 100, [N/A], [N/A], 52'),
        means: ['gpu.clock.normal'],
      },
      {
        name: 'an idle node says nothing about its clocks',
        source: 'https://github.com/leptonai/gpud (nvidia-smi -q of an idle A100-SXM4-40GB: SM 210 MHz, Idle active)',
        output: csv(() => '210, 1410, 0x0000000000000001, 0, 52.12, 400.00, 22'),
        means: ['gpu.clock.not-judged'],
      },
      {
        name: 'one idle GPU among busy ones is not slow',
        source: smiMask,
        output: csv((index) => instead(index, 2, '210, 1410, 0x0000000000000001, 0, 52.12, 400.00, 22', busyClock)),
        means: ['gpu.clock.normal'],
      },
    ],
    garbage: [
      ...unspecific,
      csv(() => '1410, 1410, 0x0, 100, 366.41, 400.00'),
      csv(() => 'fast, 1410, 0x0, 100, 366.41, 400.00, 52'),
    ],
  },
  'gpu.throttle-reasons': {
    faulty: [
      ...[
        ['HW Thermal Slowdown', 'HW Slowdown', 'gpu.throttle.thermal'],
        ['SW Thermal Slowdown', 'SW Thermal Slowdown', 'gpu.throttle.thermal'],
        ['HW Power Brake Slowdown', 'HW Slowdown', 'gpu.throttle.power-brake'],
        ['HW Slowdown', 'HW Slowdown', 'gpu.throttle.hw-slowdown'],
        ['Applications Clocks Setting', 'Applications Clocks Setting', 'gpu.throttle.clock-setting'],
      ].map(([one = '', other = '', kind = '']) => ({
        name: one,
        source: 'https://github.com/ollama/ollama/issues/6163',
        output: performance(reasonTable([one, other]), 4),
        node: eightGpus,
        means: [`${kind} gpu 4`],
      })),
      {
        name: 'a setting on one GPU stays beside what slows it down more',
        source: 'https://github.com/ollama/ollama/issues/6163',
        output: performance(reasonTable(['HW Power Brake Slowdown', 'Applications Clocks Setting']), 4),
        node: eightGpus,
        means: ['gpu.throttle.power-brake gpu 4', 'gpu.throttle.clock-setting gpu 4'],
      },
    ],
    healthy: [
      {
        name: 'no reason',
        source: 'https://github.com/ollama/ollama/issues/6163',
        output: performance(reasonTable([]), 0),
        means: ['gpu.throttle.none'],
      },
      {
        name: 'a power cap is context beside the clean answer',
        source: 'https://github.com/ollama/ollama/issues/6163',
        output: performance(reasonTable(['SW Power Cap']), 0),
        means: ['gpu.throttle.power-cap gpu 0', 'gpu.throttle.none'],
      },
      {
        name: 'the older heading',
        source: 'https://github.com/kubeflow/kubeflow/issues/68',
        output: printed(
          performance(reasonTable(['Idle']), 0).stdout.replaceAll('Clocks Event Reasons', 'Clocks Throttle Reasons'),
        ),
        means: ['gpu.throttle.none'],
      },
    ],
    garbage: [
      printed('', 1, 'nvidia-smi: command not found'),
      printed('Welcome to node-01\n'),
      printed(performance(reasonTable([]), 0).stdout.replaceAll('Clocks Event Reasons', 'Something Else')),
      printed(performance(reasonTable([]), 0).stdout.replace('Not Active', 'Perhaps')),
    ],
  },
  'gpu.power': {
    faulty: [
      {
        name: 'one limit below its default',
        source: smi,
        output: csv((index) =>
          instead(
            index,
            2,
            '149.80, 150.00, 150.00, 400.00, 400.00, 100',
            '362.13, 400.00, 400.00, 400.00, 400.00, 100',
          ),
        ),
        means: ['gpu.power.limit-below-default gpu 2', 'gpu.power.draw-below-siblings gpu 2'],
      },
      {
        name: 'one GPU that draws far less than its siblings',
        source: smi,
        output: csv((index) =>
          instead(
            index,
            7,
            '92.13, 400.00, 400.00, 400.00, 400.00, 100',
            '240.90, 400.00, 400.00, 400.00, 400.00, 100',
          ),
        ),
        means: ['gpu.power.draw-below-siblings gpu 7'],
      },
    ],
    healthy: [
      {
        name: 'all at their limits',
        source: smi,
        output: csv(() => '362.13, 400.00, 400.00, 400.00, 400.00, 100'),
        means: ['gpu.power.normal'],
      },
      {
        name: 'one policy for the whole node is context',
        source: smi,
        output: csv(() => '295.13, 300.00, 300.00, 400.00, 400.00, 100'),
        means: ['gpu.power.limit-below-default-everywhere', 'gpu.power.normal'],
      },
    ],
    garbage: unspecific,
  },
  'gpu.temperature': {
    faulty: [
      {
        name: 'a hot GPU',
        source: smi,
        output: csv((index) => instead(index, 1, '88, 90', '52, 60')),
        means: ['gpu.temperature.high gpu 1'],
      },
      {
        name: 'hot memory',
        source: smi,
        output: csv((index) => instead(index, 4, '70, 96', '52, 60')),
        means: ['gpu.temperature.memory-high gpu 4'],
      },
    ],
    healthy: [
      { name: 'all cool', source: smi, output: csv(() => '52, 60'), means: ['gpu.temperature.normal'] },
      { name: 'no sensor in the memory', source: smi, output: csv(() => '52, N/A'), means: ['gpu.temperature.normal'] },
    ],
    garbage: unspecific,
  },
  'gpu.ecc': {
    faulty: [
      {
        name: 'an uncorrectable error now',
        source: smi,
        output: csv((index) => instead(index, 6, '4, 2, 3', '0, 0, 0')),
        means: ['gpu.ecc.uncorrectable-volatile gpu 6'],
      },
    ],
    healthy: [
      { name: 'none', source: smi, output: csv(() => '0, 0, 0'), means: ['gpu.ecc.no-uncorrectable'] },
      {
        name: 'one in the past',
        source: smi,
        output: csv((index) => instead(index, 6, '0, 0, 1', '0, 0, 0')),
        means: ['gpu.ecc.uncorrectable-earlier gpu 6', 'gpu.ecc.no-uncorrectable'],
      },
      {
        name: 'a board without ECC',
        source: smi,
        output: csv(() => '[N/A], [N/A], [N/A]'),
        means: ['gpu.ecc.no-uncorrectable'],
      },
    ],
    garbage: unspecific,
  },
  'gpu.row-remap': (() => {
    const rows = (row: (index: number) => string) =>
      printed(Array.from({ length: 8 }, (_one, index) => `${uuid(index)}, ${bus(index)}, ${row(index)}\n`).join(''));
    const source = 'https://github.com/leptonai/gpud/pull/80';
    return {
      faulty: [
        {
          name: 'rows that wait for a reset',
          source,
          output: rows((index) => instead(index, 2, '0, 4, Yes, No', '0, 0, No, No')),
          means: ['gpu.row-remap.pending gpu 2'],
        },
        {
          name: 'a failed remapping, which outweighs the waiting',
          source,
          output: rows((index) => instead(index, 2, '0, 512, Yes, Yes', '0, 0, No, No')),
          means: ['gpu.row-remap.failure gpu 2'],
        },
      ],
      healthy: [
        { name: 'none', source, output: rows(() => '0, 0, No, No'), means: ['gpu.row-remap.none-pending'] },
        {
          name: 'history',
          source,
          output: rows((index) => instead(index, 1, '0, 1, No, No', '0, 0, No, No')),
          means: ['gpu.row-remap.history gpu 1', 'gpu.row-remap.none-pending'],
        },
        {
          name: 'boards without it',
          source: 'https://github.com/leptonai/gpud/pull/128',
          output: rows(() => '[N/A], [N/A], [N/A], [N/A]'),
          means: ['gpu.row-remap.none-pending'],
        },
      ],
      garbage: [
        printed('', 1),
        printed('Welcome to node-01\n'),
        rows(() => '0, 0, Perhaps, No'),
        rows(() => '0, 0, No'),
      ],
    };
  })(),
  'gpu.pcie-link': {
    faulty: [
      {
        name: 'half of the lanes',
        source: smi,
        output: csv((index) => instead(index, 0, '4, 4, 8, 16, 100', '4, 4, 16, 16, 100')),
        means: ['gpu.pcie.width-reduced gpu 0'],
      },
      {
        name: 'a low generation under load',
        source: smi,
        output: csv((index) => instead(index, 0, '1, 4, 16, 16, 100', '4, 4, 16, 16, 100')),
        means: ['gpu.pcie.generation-reduced gpu 0'],
      },
    ],
    healthy: [
      { name: 'full links', source: smi, output: csv(() => '4, 4, 16, 16, 100'), means: ['gpu.pcie.normal'] },
      {
        name: 'an idle GPU that saves power',
        source: smi,
        output: csv(() => '1, 4, 16, 16, 0'),
        means: ['gpu.pcie.normal'],
      },
    ],
    garbage: unspecific,
  },
  'gpu.processes': (() => {
    const source = 'https://github.com/wookayin/gpustat/issues/18';
    const job = Array.from(
      { length: 8 },
      (_one, index) => `${uuid(index)}, ${4200 + index}, /opt/conda/bin/python3.10, 61234\n`,
    ).join('');
    return {
      faulty: [
        {
          name: 'a notebook on one GPU',
          source,
          output: printed(`${job}${uuid(5)}, 991, /usr/bin/jupyter, lab, 9120\n`),
          node: eightGpus,
          means: ['gpu.process.foreign gpu 5'],
        },
        {
          name: 'a program beside a rank, with a name like that of the ranks',
          source,
          output: printed(`${job}${uuid(5)}, 991, /usr/bin/python3.12, 9120\n`),
          node: eightGpus,
          means: ['gpu.process.foreign gpu 5'],
        },
        {
          name: 'two processes on one GPU, none of which the driver can name',
          source: 'https://forums.developer.nvidia.com/t/process-id-name-in-nvidia-smi/35938',
          output: printed(
            `${job}${uuid(1)}, 77, /opt/conda/bin/python3.10, 61234\n`.replaceAll(
              '/opt/conda/bin/python3.10',
              '[Not Found]',
            ),
          ),
          node: eightGpus,
          means: ['gpu.process.several-of-job gpu 1'],
        },
        {
          name: 'a rank that was left over',
          source,
          output: printed(`${job}${uuid(1)}, 77, /opt/conda/bin/python3.10, 61234\n`),
          node: eightGpus,
          means: ['gpu.process.several-of-job gpu 1'],
        },
        {
          name: 'a GPU without its rank',
          source,
          output: printed(job.split('\n').slice(1).join('\n')),
          node: eightGpus,
          means: ['gpu.process.none-here gpu 0'],
        },
      ],
      healthy: [
        { name: 'one rank a GPU', source, output: printed(job), node: eightGpus, means: ['gpu.process.as-siblings'] },
        ...['pytho\u001b3.10', 'pytqon3.10'].map((damaged) => ({
          name: `a rank whose name was damaged on its way: ${JSON.stringify(damaged)}`,
          source,
          output: printed(job.replace('python3.10', damaged)),
          node: eightGpus,
          means: ['gpu.process.as-siblings'],
        })),
        {
          name: 'an idle node prints nothing',
          source,
          output: printed(''),
          node: eightGpus,
          means: ['gpu.process.as-siblings'],
        },
        {
          name: 'monitoring is not foreign',
          source,
          output: printed(`${job}${uuid(5)}, 12, /usr/bin/nv-hostengine, 12\n`),
          node: eightGpus,
          means: ['gpu.process.as-siblings'],
        },
        {
          name: 'a rank whose name the driver does not tell',
          source: 'https://forums.developer.nvidia.com/t/process-id-name-in-nvidia-smi/35938',
          output: printed(job.replace('/opt/conda/bin/python3.10', '[Not Found]')),
          node: eightGpus,
          means: ['gpu.process.as-siblings'],
        },
        {
          name: 'memory that the driver does not tell',
          source,
          output: printed(job.replaceAll('61234', '[N/A]')),
          node: eightGpus,
          means: ['gpu.process.as-siblings'],
        },
      ],
      garbage: [printed('', 9, 'killed'), printed('Welcome to node-01\n'), printed(`${uuid(0)}, many, python, 1\n`)],
    };
  })(),
  'gpu.presence': (() => {
    const source = 'GPU line of an A800-SXM4-80GB as nvidia-smi -L prints it';
    const all = Array.from(
      { length: 8 },
      (_one, index) => `GPU ${index}: NVIDIA A800-SXM4-80GB (UUID: ${uuid(index)})\n`,
    );
    return {
      faulty: [
        {
          name: 'seven of eight',
          source,
          output: printed(all.slice(0, 7).join('')),
          node: eightGpus,
          means: ['gpu.presence.missing gpu 7'],
        },
        {
          name: 'one that cannot be opened and is not listed',
          source: lostSource,
          output: printed(`${lostLine}${all.filter((_line, index) => index !== 2).join('')}`, 255),
          node: eightGpus,
          means: ['gpu.device.unreachable gpu 2', 'gpu.presence.missing gpu 2'],
        },
      ],
      healthy: [
        { name: 'all', source, output: printed(all.join('')), node: eightGpus, means: ['gpu.presence.all-listed'] },
        {
          name: 'without an inventory a count is all there is',
          source,
          output: printed(all.join('')),
          means: ['gpu.presence.listed'],
        },
        {
          name: 'slices are not GPUs',
          source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/',
          output: printed(
            `${all.join('')}  MIG 1g.10gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)\n`,
          ),
          node: eightGpus,
          means: ['gpu.presence.all-listed'],
        },
      ],
      garbage: [printed('', 127), printed('Welcome to node-01\n'), printed('GPU 0: NVIDIA A800-SXM4-80GB\n')],
    };
  })(),
  'nvlink.status': {
    faulty: [
      {
        name: 'one inactive link',
        source: 'https://github.com/Azure/azhpc-diagnostics/issues/73',
        output: nvlink((index) => eightLinks(index === 3 ? 5 : -1, '<inactive>')),
        means: ['nvlink.link.inactive gpu 3'],
      },
      {
        name: 'one slow link',
        source: 'https://github.com/Azure/azhpc-diagnostics/issues/73',
        output: nvlink((index) => eightLinks(index === 6 ? 0 : -1, '12.5 GB/s')),
        means: ['nvlink.link.below-siblings gpu 6'],
      },
      {
        name: 'one GPU without any',
        source: 'https://github.com/leptonai/gpud/issues/1085',
        output: nvlink((index) =>
          index === 2
            ? ['NVML: Unable to retrieve NVLink information as all links are inActive\n']
            : eightLinks(-1, ''),
        ),
        means: ['nvlink.link.inactive gpu 2'],
      },
      {
        name: 'none at all',
        source: 'https://github.com/leptonai/gpud/issues/1085',
        output: nvlink(() => ['NVML: Unable to retrieve NVLink information as all links are inActive\n']),
        means: ['nvlink.node.all-inactive'],
      },
    ],
    healthy: [
      {
        name: 'eight links a GPU',
        source: 'https://github.com/Azure/azhpc-diagnostics/issues/73',
        output: nvlink(() => eightLinks(-1, '')),
        means: ['nvlink.node.normal'],
      },
      {
        name: 'links that the board does not wire',
        source: 'https://github.com/Azure/azhpc-diagnostics/issues/73',
        output: nvlink(() => [...eightLinks(-1, ''), '\t Link 8: <inactive>\n']),
        means: ['nvlink.node.normal'],
      },
    ],
    garbage: [printed('', 1), printed('Welcome to node-01\n'), nvlink(() => ['\t Link zero: fine\n'])],
  },
  'ib.ports': {
    faulty: [
      {
        name: 'a port without a cable',
        source: 'https://github.com/linux-rdma/rdma-core/issues (ibstat, Polling)',
        output: ibstat([upPort('mlx5_0'), { hca: 'mlx5_1', state: 'Down', physical: 'Polling', rate: 10 }]),
        means: ['ib.port.down hca mlx5_1'],
      },
      {
        name: 'a port that waits for the subnet manager',
        source: 'ibstat of a ConnectX-4 in state Initializing, as published in a bug report',
        output: ibstat([upPort('mlx5_0'), { hca: 'mlx5_1', state: 'Initializing', physical: 'LinkUp', rate: 200 }]),
        means: ['ib.port.not-active hca mlx5_1'],
      },
      {
        name: 'a port at half its rate',
        source: 'ibstat, MT4123',
        output: ibstat([upPort('mlx5_0'), { ...upPort('mlx5_1'), rate: 100 }]),
        means: ['ib.port.rate-below-siblings hca mlx5_1'],
      },
    ],
    healthy: [
      {
        name: 'both up',
        source: 'ibstat, MT4123',
        output: ibstat([upPort('mlx5_0'), upPort('mlx5_1')]),
        means: ['ib.port.all-active'],
      },
      {
        name: 'Ethernet beside InfiniBand is not slow',
        source: 'ibstat, MT4123',
        output: ibstat([upPort('mlx5_0'), { ...upPort('mlx5_bond_0'), rate: 25, layer: 'Ethernet' }]),
        means: ['ib.port.all-active'],
      },
      {
        name: 'a port that was switched off is neither a fault nor all well',
        source: 'https://github.com/leptonai/gpud (ibstat, Down and Disabled)',
        output: ibstat([upPort('mlx5_0'), { hca: 'mlx5_1', state: 'Down', physical: 'Disabled', rate: 10 }]),
        means: ['ib.port.administratively-down hca mlx5_1'],
      },
      {
        name: 'a link layer that nobody uses',
        source: 'ibstat, MT4123',
        output: ibstat([
          upPort('mlx5_0'),
          { hca: 'mlx5_2', state: 'Down', physical: 'Disabled', rate: 40, layer: 'Ethernet' },
        ]),
        means: ['ib.port.none-up', 'ib.port.all-active'],
      },
    ],
    garbage: [
      printed('', 255, "ibpanic: [2137592] main: stat of IB device 'mthca0' failed: No such file or directory"),
      printed('Welcome to node-01\n'),
      printed("CA 'mlx5_0'\n\tCA type: MT4123\n\tPort 1:\n\t\tState: Active\n"),
    ],
  },
  'ib.counters': {
    faulty: [
      {
        name: 'a link that went down often',
        source: 'https://github.com/treydock/infiniband_exporter',
        output: perfquery(57),
        means: ['ib.counter.errors'],
      },
      {
        name: 'the same link, of a known adapter',
        source: 'https://github.com/treydock/infiniband_exporter',
        output: perfquery(57),
        args: { hca: 'mlx5_3', port: 1 },
        means: ['ib.counter.errors hca mlx5_3'],
      },
    ],
    healthy: [
      {
        name: 'no errors',
        source: 'https://github.com/treydock/infiniband_exporter',
        output: perfquery(0),
        means: ['ib.counter.normal'],
      },
    ],
    garbage: [
      printed('', 1, "ibwarn: [31] mad_rpc_open_port: can't open UMAD port (mlx5_0:1)"),
      printed('Welcome to node-01\n'),
      printed('# Port extended counters: Lid 134 port 1 (CapMask: 0x5A00)\nPortXmitData:....................foo\n'),
    ],
  },
  'kernel.log': {
    faulty: [
      {
        name: 'a double-bit error that was reported twice',
        source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
        output: printed(
          [
            '2026-11-21T03:12:58,120345+00:00 ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PR00], AE_NOT_FOUND',
            '2026-11-21T03:12:59,123456+00:00 NVRM: Xid (PCI:0000:47:00): 48, pid=4242, name=python3, DBE (double bit error) ECC Error',
            '2026-11-21T03:13:00,123456+00:00 NVRM: Xid (PCI:0000:47:00): 48, pid=4242, name=python3, DBE (double bit error) ECC Error',
            '',
          ].join('\n'),
        ),
        means: ['nvidia.xid.48 gpu 00000000:47:00.0'],
      },
      {
        name: 'a line that two detectors could read as a cause, told by the more specific one',
        source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
        output: printed(
          '2026-11-21T03:12:59,123456+00:00 NVRM: Xid (PCI:0000:47:00): 94, pid=4242, name=python3, Contained: uncorrectable ECC error encountered\n',
        ),
        means: ['nvidia.xid.94 gpu 00000000:47:00.0'],
      },
    ],
    healthy: [
      { name: 'nothing', source: here, output: printed(''), means: ['kernel.log.quiet'] },
      {
        name: 'a message of two lines that nobody needs to know',
        source: 'https://www.kernel.org/doc/Documentation/ABI/testing/dev-kmsg',
        output: printed(
          '2026-11-21T03:12:58,120345+00:00 pci_root PNP0A03:00: host bridge window\n               [io  0x0000-0x0cf7] (ignored)\n',
        ),
        means: ['kernel.log.quiet'],
      },
    ],
    garbage: [
      printed('', 1, 'dmesg: read kernel buffer failed: Operation not permitted'),
      printed('[   12.345678] an answer in another time format\n'),
    ],
  },
  'disk.space': {
    faulty: [
      { name: 'a full root', source: here, output: dfBlocks(0), means: ['disk.space.full disk /dev/vda'] },
      {
        name: 'more than full, root reserve used up',
        source: here,
        output: dfBlocks(-4096),
        means: ['disk.space.full disk /dev/vda'],
      },
      {
        name: 'as good as none, which is no room for a checkpoint',
        source: here,
        output: dfBlocks(4096),
        means: ['disk.space.full disk /dev/vda'],
      },
      {
        name: 'a full /dev/shm',
        source: here,
        output: dfBlocks(76346628, 0),
        means: ['disk.space.shm-full disk tmpfs'],
      },
    ],
    healthy: [
      { name: 'room everywhere', source: here, output: dfBlocks(76346628), means: ['disk.space.enough'] },
      {
        name: 'little room is context',
        source: here,
        output: dfBlocks(2642120),
        means: ['disk.space.nearly-full disk /dev/vda'],
      },
    ],
    garbage: [
      printed('', 1, 'df: not found'),
      printed('Welcome to node-01\n'),
      printed('Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda full\n'),
    ],
  },
  'disk.inodes': {
    faulty: [{ name: 'no inodes', source: here, output: dfInodes(0), means: ['disk.inodes.full disk /dev/vda'] }],
    healthy: [
      {
        name: 'inodes everywhere, one file system without any',
        source: here,
        output: dfInodes(16221145),
        means: ['disk.inodes.enough'],
      },
    ],
    garbage: [printed('', 1), printed('Welcome to node-01\n')],
  },
  'memory.host': {
    faulty: [{ name: 'hardly any left', source: here, output: meminfo(204800), means: ['host.memory.low'] }],
    healthy: [{ name: 'plenty', source: here, output: meminfo(23998132), means: ['host.memory.enough'] }],
    garbage: [
      printed('', 1, 'cat: /proc/meminfo: No such file or directory'),
      printed('Welcome to node-01\n'),
      printed('MemTotal:       24684092 kB\n'),
    ],
  },
  'nccl.config-file': ncclConfigFileCases,
  'modules.loaded': {
    faulty: [
      {
        name: 'no peer memory',
        source: 'https://github.com/Azure/azhpc-diagnostics',
        output: lsmod('nvidia_peermem'),
        means: ['modules.peermem.missing'],
      },
      {
        name: 'no unified memory',
        source: 'https://github.com/Azure/azhpc-diagnostics',
        output: lsmod('nvidia_uvm'),
        means: ['modules.uvm.missing'],
      },
      {
        name: 'no driver',
        source: 'https://github.com/Azure/azhpc-diagnostics',
        output: lsmod('nvidia'),
        means: ['modules.nvidia.missing'],
      },
    ],
    healthy: [
      {
        name: 'complete',
        source: 'https://github.com/Azure/azhpc-diagnostics',
        output: lsmod('nothing'),
        means: ['modules.node.complete'],
      },
    ],
    garbage: [
      printed('', 127),
      printed('Welcome to node-01\n'),
      printed('Module                  Size  Used by\nnvidia big\n'),
    ],
  },
  'fabricmanager.active': {
    faulty: [
      { name: 'failed', source: here, output: printed('failed\n', 3), means: ['fabricmanager.service.not-active'] },
      { name: 'stopped', source: here, output: printed('inactive\n', 3), means: ['fabricmanager.service.not-active'] },
    ],
    healthy: [{ name: 'active', source: here, output: printed('active\n'), means: ['fabricmanager.service.active'] }],
    garbage: [
      printed('', 1, 'System has not been booted with systemd as init system'),
      printed('Welcome to node-01\n'),
      printed('active\ninactive\n'),
    ],
  },
  'scheduler.node': {
    faulty: [
      {
        name: 'drained for missing GPUs',
        source: 'https://github.com/awslabs/awsome-distributed-ai/issues/195',
        output: scontrol(
          'IDLE+DRAIN',
          '   Reason=gres/gpu count reported lower than configured (0 < 1) [slurm@2024-12-19T11:03:34]\n',
        ),
        means: ['scheduler.node.gpu-count-low'],
      },
      {
        name: 'does not answer',
        source: 'https://slurm.schedmd.com/scontrol.html',
        output: scontrol('DOWN+NOT_RESPONDING', '   Reason=Not responding [slurm@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.not-responding'],
      },
      {
        name: 'set to DOWN by a person',
        source: 'https://slurm.schedmd.com/scontrol.html',
        output: scontrol('DOWN', '   Reason=moved to another row [root@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.taken-out', 'scheduler.node.taken-down'],
      },
      {
        name: 'set to DOWN for planned work, without a drain before it',
        source: 'https://slurm.schedmd.com/scontrol.html',
        output: scontrol('DOWN', '   Reason=firmware update [root@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.taken-out', 'scheduler.node.taken-down'],
      },
    ],
    healthy: [
      {
        name: 'at work',
        source: 'https://github.com/awslabs/awsome-distributed-ai/issues/195',
        output: scontrol('ALLOCATED', ''),
        means: ['scheduler.node.in-service'],
      },
      {
        name: 'taken out by a person',
        source: 'https://github.com/awslabs/awsome-distributed-ai/issues/195',
        output: scontrol('IDLE+DRAIN', '   Reason=maintenance [root@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.taken-out'],
      },
      {
        name: 'drained for planned work, and off by now',
        source: 'https://slurm.schedmd.com/scontrol.html',
        output: scontrol('DOWN+DRAIN', '   Reason=firmware update [root@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.taken-out'],
      },
      {
        name: 'DOWN after a reboot that nobody asked for',
        source: 'https://slurm.schedmd.com/scontrol.html',
        output: scontrol('DOWN', '   Reason=Node unexpectedly rebooted [slurm@2024-12-19T11:03:34]\n'),
        means: ['scheduler.node.taken-out'],
      },
    ],
    garbage: [
      printed('', 1, 'slurm_load_node error: Unable to contact slurm controller'),
      printed('Welcome to node-01\n'),
      printed('NodeName=node-07 Arch=x86_64\n'),
    ],
  },
  'scheduler.jobs': schedulerJobsCases,
  'scheduler.reservations': schedulerReservationsCases,
  'memory.processes': memoryProcessesCases,
  'ib.port-state': ibPortStateCases,
  'disk.reclaimable': diskReclaimableCases,
  'net.mtu': {
    faulty: [
      {
        name: 'one of four unlike the others',
        source: here,
        output: ipLink(2044),
        means: ['net.mtu.unlike-siblings hca ib2'],
      },
      {
        name: 'one without a carrier',
        source: here,
        output: ipLink(4092, 'NO-CARRIER,BROADCAST,MULTICAST,UP'),
        means: ['net.link.no-carrier'],
      },
    ],
    healthy: [{ name: 'all alike', source: here, output: ipLink(4092), means: ['net.mtu.as-siblings'] }],
    garbage: [printed('', 127), printed('Welcome to node-01\n')],
  },
});
