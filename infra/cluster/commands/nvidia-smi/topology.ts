import { a800 } from '../../physics/a800.ts';
import { soundLinks } from '../../physics/nvlink.ts';
import { gpuPlace } from '../../state/place.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import type { ListedGpu } from './listed.ts';

// Cores of the two sockets of 48, with their second threads.
const cores = ['0-47,96-143', '48-95,144-191'] as const;

/** `nvidia-smi topo -m`: two GPUs and one NIC behind each PCIe switch, two switches a socket (layout of driver 550). */
export function topology(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { node, timeline, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const half = node.gpus.length / 2;
  const socketOf = (gpu: ListedGpu) => (gpu.index < half ? 0 : 1);
  const links = (gpu: ListedGpu) => Math.ceil(soundLinks(settings, gpuPlace(node, gpu), nowMs));
  const nicSocket = (nic: number) => (nic < node.hcas.length / 2 ? 0 : 1);
  const near = (nic: number, gpu: ListedGpu) =>
    Math.floor(gpu.index / 2) === nic ? 'PXB' : nicSocket(nic) === socketOf(gpu) ? 'NODE' : 'SYS';
  const nics = node.hcas.map((_, nic) => nic);
  const head = [
    '',
    ...gpus.map((gpu) => `GPU${gpu.nvmlIndex}`),
    ...nics.map((nic) => `NIC${nic}`),
    'CPU Affinity',
    'NUMA Affinity',
    'GPU NUMA ID',
  ];
  const gpuRows = gpus.map((row) => [
    `GPU${row.nvmlIndex}`,
    ...gpus.map((column) => (row === column ? ' X ' : `NV${Math.min(a800.nvlinks, links(row), links(column))}`)),
    ...nics.map((nic) => near(nic, row)),
    cores[socketOf(row)],
    String(socketOf(row)),
    '',
    'N/A',
  ]);
  const nicRows = nics.map((row) => [
    `NIC${row}`,
    ...gpus.map((gpu) => near(row, gpu)),
    ...nics.map((column) => (row === column ? ' X ' : nicSocket(row) === nicSocket(column) ? 'NODE' : 'SYS')),
    '',
    '',
  ]);
  const table = [head, ...gpuRows, ...nicRows].map((cells) => cells.join('\t')).join('\n');
  const legend = node.hcas.map((hca, nic) => `  NIC${nic}: ${hca.name}`).join('\n');
  return printed(`${table}\n\n${explained}\nNIC Legend:\n\n${legend}\n\n`);
}

const explained = `Legend:

  X    = Self
  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)
  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node
  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)
  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks
`;
