import { printed, type ProbeCases } from '../probe-case.ts';
import { eight, eightGpus, notSmi, smiTroubles, uuid } from './gpu-node.ts';

const legend = `
Legend:

  X    = Self
  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)
  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node
  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)
  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks

NIC Legend:

  NIC0: mlx5_0
  NIC1: mlx5_1
  NIC2: mlx5_2
  NIC3: mlx5_3
`;

const escape = String.fromCharCode(27);

/** Eight GPUs, four adapters, two to an adapter; ways between GPUs as given. */
const topo = (
  way: (from: number, to: number) => string,
  nic: (gpu: number, adapter: number) => string = (gpu, adapter) => (adapter === gpu >> 1 ? 'PXB' : 'SYS'),
) =>
  printed(
    [
      `\t${escape}[4mGPU0\tGPU1\tGPU2\tGPU3\tGPU4\tGPU5\tGPU6\tGPU7\tNIC0\tNIC1\tNIC2\tNIC3\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID${escape}[0m`,
      ...Array.from({ length: 8 }, (_one, from) =>
        [
          `GPU${from}`,
          ...Array.from({ length: 8 }, (_two, to) => (from === to ? ' X ' : way(from, to))),
          ...Array.from({ length: 4 }, (_two, adapter) => nic(from, adapter)),
          from < 4 ? '0-31,64-95' : '32-63,96-127',
          from < 4 ? '0' : '1',
          '',
          'N/A',
        ].join('\t'),
      ),
      ...Array.from({ length: 4 }, (_one, adapter) =>
        [
          `NIC${adapter}`,
          ...Array.from({ length: 8 }, (_two, gpu) => nic(gpu, adapter)),
          ...Array.from({ length: 4 }, (_two, other) => (adapter === other ? ' X ' : 'SYS')),
          '',
        ].join('\t'),
      ),
      legend,
    ].join('\n'),
  );

const nvidiaThread = 'https://github.com/NVIDIA/nccl/issues/1505 (DGX A100)';
const joins = (from: number, to: number, gpu: number) => from === gpu || to === gpu;

export const gpuTopologyCases: ProbeCases = {
  faulty: [
    {
      name: 'a GPU that is cut off from the fabric',
      source: nvidiaThread,
      output: topo((from, to) => (joins(from, to, 5) ? 'SYS' : 'NV8')),
      node: eightGpus,
      means: ['gpu.topology.pair-without-nvlink gpu 5'],
    },
    {
      name: 'a GPU with half of its links',
      source: nvidiaThread,
      output: topo((from, to) => (joins(from, to, 2) ? 'NV4' : 'NV8')),
      means: ['gpu.topology.fewer-nvlinks gpu 2'],
    },
    {
      name: 'one pair',
      source: nvidiaThread,
      output: topo((from, to) => (joins(from, to, 6) && joins(from, to, 1) ? 'NODE' : 'NV8')),
      means: ['gpu.topology.pair-without-nvlink gpu 1'],
    },
    { name: 'no GPU at all', source: nvidiaThread, output: smiTroubles.none, means: ['gpu.device.none-found'] },
  ],
  healthy: [
    {
      name: 'eight links between all',
      source: nvidiaThread,
      output: topo(() => 'NV8'),
      means: ['gpu.topology.uniform'],
    },
    {
      name: 'two GPUs of a node, ten adapters, pasted with blanks',
      source: 'https://github.com/rapidsai/dask-cuda/issues/1358',
      output: printed(
        [
          '       GPU0    GPU1    NIC0    NIC1    CPU Affinity    NUMA Affinity   GPU NUMA ID',
          'GPU0     X      NV12    PXB     PXB     48-63,176-191   3               N/A',
          'GPU1    NV12     X      PXB     PXB     48-63,176-191   3               N/A',
          'NIC0    PXB     PXB      X      PXB',
          'NIC1    PXB     PXB     PXB      X ',
          '',
          'Legend:',
          '',
          '  X    = Self',
          '',
        ].join('\n'),
      ),
      means: ['gpu.topology.uniform'],
    },
    {
      name: 'boards without NVLink',
      source: 'https://github.com/NVIDIA/go-gpuallocator/issues/17',
      output: printed(
        [
          '\tGPU0\tGPU1\tGPU2\tGPU3\tGPU4\tGPU5\tGPU6\tGPU7\tNIC0\tNIC1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID',
          'GPU0\t X \tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t0-55,112-167\t0\t\tN/A',
          'GPU1\tSYS\t X \tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t0-55,112-167\t0\t\tN/A',
          'GPU2\tSYS\tSYS\t X \tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t0-55,112-167\t0\t\tN/A',
          'GPU3\tSYS\tSYS\tSYS\t X \tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t0-55,112-167\t0\t\tN/A',
          'GPU4\tSYS\tSYS\tSYS\tSYS\t X \tSYS\tSYS\tSYS\tSYS\tSYS\t56-111,168-223\t1\t\tN/A',
          'GPU5\tSYS\tSYS\tSYS\tSYS\tSYS\t X \tSYS\tSYS\tSYS\tSYS\t56-111,168-223\t1\t\tN/A',
          'GPU6\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t X \tSYS\tPHB\tPHB\t56-111,168-223\t1\t\tN/A',
          'GPU7\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\t X \tSYS\tSYS\t56-111,168-223\t1\t\tN/A',
          'NIC0\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tPHB\tSYS\t X \tPIX',
          'NIC1\tSYS\tSYS\tSYS\tSYS\tSYS\tSYS\tPHB\tSYS\tPIX\t X',
          legend,
        ].join('\n'),
      ),
      means: ['gpu.topology.pcie-only'],
    },
    {
      name: 'adapters by their own names, as old drivers print them, and a lopsided host',
      source: 'https://github.com/Azure/azhpc-images/pull/393 (NDv2), form of driver 460',
      output: printed(
        [
          '\tGPU0\tGPU1\tGPU2\tmlx5_0\tCPU Affinity\tNUMA Affinity',
          'GPU0\t X \tNV2\tNV2\tNODE\t0-19\t0',
          'GPU1\tNV2\t X \tNV2\tNODE\t0-19\t0',
          'GPU2\tNV2\tNV2\t X \tSYS\t20-39\t1',
          'mlx5_0\tNODE\tNODE\tSYS\t X ',
          legend,
        ].join('\n'),
      ),
      means: ['gpu.topology.uneven-sockets', 'gpu.topology.uniform'],
    },
    {
      name: 'a GPU without an adapter near it',
      source: nvidiaThread,
      output: topo(
        () => 'NV8',
        (gpu, adapter) => (gpu !== 7 && adapter === gpu >> 1 ? 'PXB' : 'SYS'),
      ),
      means: ['gpu.topology.adapter-far gpu 7', 'gpu.topology.uniform'],
    },
  ],
  garbage: [
    ...notSmi,
    printed(topo(() => 'NV8').stdout.split('\nLegend:')[0] ?? ''),
    printed(topo(() => 'NV8').stdout.replace('NV8', 'fine')),
    printed(topo(() => 'NV8').stdout.replace('GPU4\t', 'GPU3\t')),
  ],
};

const gpuHead = (index: number) => `GPU ${index}: NVIDIA A800-SXM4-80GB (UUID: ${uuid(index)})\n`;

/** `nvidia-smi nvlink -e`: three counters a link, and an empty line between links. */
const errors = (counters: (gpu: number, link: number) => readonly [replay: number, recovery: number, crc: number]) =>
  printed(
    eight(
      (index) =>
        gpuHead(index) +
        Array.from({ length: 8 }, (_one, link) => {
          const [replay, recovery, crc] = counters(index, link);
          return `\t Link ${link}: Replay Errors: ${replay}\n\t Link ${link}: Recovery Errors: ${recovery}\n\t Link ${link}: CRC Errors: ${crc}\n\n`;
        }).join(''),
    ),
  );
const only = (gpu: number, link: number, counts: readonly [number, number, number]) => (index: number, at: number) =>
  index === gpu && at === link ? counts : ([0, 0, 0] as const);
const quiet = errors(() => [0, 0, 0]);
const counterSource = 'https://github.com/NVIDIA/srt-slurm/pull/307; https://github.com/stas00/ml-engineering';

export const nvlinkErrorsCases: ProbeCases = {
  faulty: [
    {
      name: 'recoveries that stand still',
      source: 'a link with 505 recoveries days before it failed: nvidia-smi nvlink -e on GB200',
      output: errors(only(2, 6, [0, 505, 0])),
      node: eightGpus,
      means: ['nvlink.errors.recovered gpu 2'],
    },
    {
      name: 'retries that grow between two reads',
      source: counterSource,
      output: errors(only(4, 1, [142, 0, 0])),
      second: errors(only(4, 1, [149, 0, 0])),
      node: eightGpus,
      means: ['nvlink.errors.growing gpu 4'],
    },
    {
      name: 'checksum errors at 200 a second',
      source: 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h',
      output: errors(only(7, 0, [0, 0, 1_000])),
      second: errors(only(7, 0, [0, 0, 1_600])),
      means: ['nvlink.errors.growing gpu 7'],
    },
  ],
  healthy: [
    { name: 'none', source: counterSource, output: quiet, means: ['nvlink.errors.quiet'] },
    {
      name: 'checksum errors that stand still',
      source: counterSource,
      output: errors(only(1, 3, [0, 0, 891])),
      second: errors(only(1, 3, [0, 0, 891])),
      means: ['nvlink.errors.counted gpu 1', 'nvlink.errors.quiet'],
    },
    {
      name: 'a few checksum errors a second matter to nobody',
      source: 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h',
      output: errors(only(1, 3, [0, 0, 100])),
      second: errors(only(1, 3, [0, 0, 130])),
      means: ['nvlink.errors.counted gpu 1', 'nvlink.errors.quiet'],
    },
    {
      name: 'a driver that was loaded anew between the reads',
      source: counterSource,
      output: errors(only(1, 3, [7, 0, 0])),
      second: quiet,
      means: ['nvlink.errors.quiet'],
    },
    {
      name: 'counters of newer boards beside the three',
      source: counterSource,
      output: printed(
        quiet.stdout.replaceAll(/(\t Link (\d+): CRC Errors: 0\n)/g, '$1\t Link $2: Effective BER: 15e-255\n'),
      ),
      means: ['nvlink.errors.quiet'],
    },
  ],
  garbage: [
    ...notSmi,
    printed(quiet.stdout.replace('CRC Errors: 0', 'CRC Errors: some')),
    printed(`${gpuHead(0)}\t Link 0: Replay Errors: 0\n\t Link 0: Recovery Errors: 0\n`),
    printed('\t Link 0: Replay Errors: 0\n'),
  ],
};

/** Eight links to six switches as on an HGX A800; `without` drops links of one GPU. */
const remote = (links: (gpu: number) => readonly (readonly [link: number, device: string])[]) =>
  printed(
    eight(
      (index) =>
        gpuHead(index) +
        links(index)
          .map(([link, device]) => `\t Link ${link}: Remote Device ${device}: Link ${20 + 2 * index + (link & 1)}\n`)
          .join(''),
    ),
  );
const switches = ['00000008:00:00.0', '00000005:00:00.0', '00000007:00:00.0', '0000000A:00:00.0'];
const sound = Array.from({ length: 8 }, (_one, link) => [link, switches[link >> 1] ?? ''] as const);
const remoteSource =
  'https://github.com/NVIDIA/NVSentinel (metadata collector, nvidia-smi nvlink -R of A100-SXM4-80GB)';

export const nvlinkRemoteCases: ProbeCases = {
  faulty: [
    {
      name: 'two links of one GPU lead nowhere',
      source: remoteSource,
      output: remote((gpu) => (gpu === 3 ? sound.slice(0, 6) : sound)),
      node: eightGpus,
      means: ['nvlink.remote.fewer-than-siblings gpu 3'],
    },
    {
      name: 'all links of one GPU to two switches',
      source: remoteSource,
      output: remote((gpu) =>
        gpu === 6 ? sound.map(([link], at) => [link, switches[at >> 2] ?? ''] as const) : sound,
      ),
      means: ['nvlink.remote.uneven-switches gpu 6'],
    },
    {
      name: 'none at all',
      source: 'https://github.com/leptonai/gpud/issues/1085',
      output: printed(
        eight((index) => `${gpuHead(index)}NVML: Unable to retrieve NVLink information as all links are inActive\n`),
      ),
      means: ['nvlink.node.all-inactive'],
    },
    { name: 'no GPU', source: remoteSource, output: smiTroubles.none, means: ['gpu.device.none-found'] },
  ],
  healthy: [
    { name: 'all alike', source: remoteSource, output: remote(() => sound), means: ['nvlink.remote.as-siblings'] },
    {
      name: 'two GPUs joined by bridges',
      source: 'nvidia-smi nvlink -R of two H100 PCIe with bridges',
      output: printed(
        [
          'GPU 0: NVIDIA H100 PCIe (UUID: GPU-6968dfc2-d444-d92c-c36b-6abe53445cb9)',
          '\t Link 0: Remote Device 00000000:D5:00.0: Link 0',
          '\t Link 4: Remote Device 00000000:D5:00.0: Link 6',
          'GPU 1: NVIDIA H100 PCIe (UUID: GPU-6968dfc2-d444-d92c-c36b-6abe53445cba)',
          '\t Link 0: Remote Device 00000000:38:00.0: Link 0',
          '\t Link 6: Remote Device 00000000:38:00.0: Link 4',
          '',
        ].join('\n'),
      ),
      means: ['nvlink.remote.as-siblings'],
    },
  ],
  garbage: [
    ...notSmi,
    printed('\t Link 0: Remote Device 00000008:00:00.0: Link 29\n'),
    printed(remote(() => sound).stdout.replace('00000008:00:00.0', 'nowhere')),
  ],
};
