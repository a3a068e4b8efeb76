import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbedNode, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { gpuDevice, smiKinds, troubleFindings } from './nvidia-smi.ts';
import { nvlinksTo, parseTopology, type Topology, type TopologyGpu } from './topology-matrix.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (topo)';

const pairWithoutNvlink: FindingKind = {
  id: 'gpu.topology.pair-without-nvlink',
  summary: 'a GPU reaches others over PCIe that their siblings reach over NVLink',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 3, 'fabricmanager-not-running': 1, 'gpu-driver-bug': 0.4 },
  source,
};
const fewerLinks: FindingKind = {
  id: 'gpu.topology.fewer-nvlinks',
  summary: 'fewer NVLinks join a GPU to its peers than join the others',
  role: 'cause',
  weighs: { 'nvlink-fabric-error': 3, 'host-hardware-fault': 0.5 },
  source,
};
const pcieOnly: FindingKind = {
  id: 'gpu.topology.pcie-only',
  summary:
    'no two GPUs of the node are joined by NVLink: boards without it look so, and a fabric that was never set up',
  role: 'context',
  weighs: { 'fabricmanager-not-running': 1, 'nvlink-fabric-error': 0.7 },
  source,
};
const unevenSockets: FindingKind = {
  id: 'gpu.topology.uneven-sockets',
  summary: 'the NUMA nodes of the host carry different numbers of GPUs',
  role: 'context',
  weighs: { 'cpu-affinity-misconfig': 0.4 },
  source,
};
const adapterFar: FindingKind = {
  id: 'gpu.topology.adapter-far',
  summary: 'a GPU has no network adapter behind its PCIe switch while its siblings have one',
  role: 'context',
  weighs: { 'rdma-link-fault': 0.4, 'host-hardware-fault': 0.4 },
  source,
};
const uniform: FindingKind = {
  id: 'gpu.topology.uniform',
  summary: 'every pair of GPUs is joined in the same way',
  role: 'clean',
  weighs: { 'nvlink-fabric-error': -1 },
  source,
};
const kinds = [pairWithoutNvlink, fewerLinks, pcieOnly, unevenSockets, adapterFar, uniform, ...smiKinds];

const noArgs = z.object({});

/** How GPUs, network adapters and sockets are joined. */
export const gpuTopology: Probe<z.infer<typeof noArgs>, Topology> = {
  id: 'gpu.topology',
  platform: 'nvidia-linux',
  summary: 'how GPUs, network adapters and sockets of the node are joined',
  question: 'Is every pair of GPUs joined by the same NVLinks, and each GPU near an adapter?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 1_500,
  timeoutMs: 20_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['nvidia-smi', 'topo', '-m'],
  parse: parseTopology,
  outcomes: kinds,
  meaning(reading, node) {
    const trouble = troubleFindings(reading.trouble, node?.gpus);
    const side = [...sockets(reading), ...adapters(reading, node)];
    const joined = reading.gpus.some((gpu) => nvlinksTo(gpu, reading) > 0);
    if (!joined && reading.gpus.length > 1)
      return [
        ...trouble,
        { kind: pcieOnly.id, text: `${reading.gpus.length} GPUs, none joined to another by NVLink`, line: 1 },
        ...side,
      ];
    const pairs = reading.gpus.flatMap((gpu) => judge(gpu, reading, node));
    return orClean([...trouble, ...pairs, ...side], kinds, {
      kind: uniform.id,
      text: `${reading.gpus.length} GPUs, every pair joined in the same way`,
    });
  },
  siblings: {
    numbers: (reading, node) =>
      reading.gpus.map((gpu) => ({
        name: 'nvlinksToPeers',
        value: nvlinksTo(gpu, reading),
        unit: 'links',
        device: deviceOf(gpu, node),
        line: gpu.line,
      })),
    rules: [{ name: 'nvlinksToPeers', side: 'low', relative: 0, absolute: 0.5, source }],
    kind: fewerLinks,
  },
};

function deviceOf(gpu: TopologyGpu, node: ProbedNode | undefined) {
  const known = node?.gpus.find(({ index }) => index === gpu.index);
  return known === undefined ? { kind: 'gpu' as const, index: gpu.index } : gpuDevice(known);
}

/** A GPU is at fault that is joined worse than most: a bad one spoils a cell in the row of every other. */
function judge(gpu: TopologyGpu, { gpus }: Topology, node: ProbedNode | undefined): readonly ProbeFinding[] {
  const widest = Math.max(0, ...gpus.flatMap(({ links }) => links.map(({ nvlinks }) => nvlinks)));
  const without = gpu.links.filter(({ nvlinks }) => nvlinks === 0);
  const fewer = gpu.links.filter(({ nvlinks }) => nvlinks > 0 && nvlinks < widest);
  const most = gpu.links.length / 2;
  const pair = gpus.length === 2;
  const found = (kind: FindingKind, text: string, peers: number): ProbeFinding => ({
    kind: kind.id,
    device: deviceOf(gpu, node),
    text,
    line: gpu.line,
    values: { peers, nvlinksOfOthers: widest },
  });
  if (without.length > most || (pair && without.length > 0))
    return [found(pairWithoutNvlink, `no NVLink to ${without.length} of ${gpu.links.length} GPUs`, without.length)];
  if (fewer.length > most)
    return [
      found(fewerLinks, `fewer than ${widest} NVLinks to ${fewer.length} of ${gpu.links.length} GPUs`, fewer.length),
    ];
  const [alone] = [...without, ...fewer];
  // A single bad pair, with both ends otherwise sound: told once, of the lower index.
  if (alone === undefined || alone.to < gpu.index || !soundOtherwise(alone.to, gpus, widest)) return [];
  return [
    found(
      alone.nvlinks === 0 ? pairWithoutNvlink : fewerLinks,
      `${alone.nvlinks === 0 ? 'no' : 'fewer'} NVLinks to GPU ${alone.to}`,
      1,
    ),
  ];
}

function soundOtherwise(index: number, gpus: readonly TopologyGpu[], widest: number): boolean {
  const links = gpus.find((gpu) => gpu.index === index)?.links ?? [];
  return links.filter(({ nvlinks }) => nvlinks === widest).length > links.length / 2;
}

function sockets({ gpus }: Topology): readonly ProbeFinding[] {
  const counts = new Map<string, number>();
  for (const { numa } of gpus) if (numa !== null) counts.set(numa, (counts.get(numa) ?? 0) + 1);
  if (counts.size < 2 || new Set(counts.values()).size === 1) return [];
  const text = [...counts].map(([numa, count]) => `${count} on ${numa}`).join(', ');
  return [{ kind: unevenSockets.id, text: `GPUs by NUMA node: ${text}`, line: gpus[0]?.line ?? 1 }];
}

function adapters({ gpus }: Topology, node: ProbedNode | undefined): readonly ProbeFinding[] {
  const near = gpus.filter(({ adapterNear }) => adapterNear === true).length;
  if (near * 2 <= gpus.length) return [];
  return gpus
    .filter(({ adapterNear }) => adapterNear === false)
    .map((gpu) => ({
      kind: adapterFar.id,
      device: deviceOf(gpu, node),
      text: `no network adapter behind the PCIe switch of this GPU; ${near} of ${gpus.length} GPUs have one`,
      line: gpu.line,
    }));
}
