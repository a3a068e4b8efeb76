import type { GpuModel } from '../../catalog/hardware.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';

/** Where the members of a parallel group sit. */
export interface Group {
  readonly size: number;
  /** Members in one node. */
  readonly perNode: number;
  readonly nodes: number;
  /** Groups of the same kind that share a node's adapters. */
  readonly sharing: number;
}

/**
 * Ranks are laid out tensor first, then context, data and pipeline, so a group is `size` ranks, `stride` apart.
 * https://github.com/NVIDIA/Megatron-LM (parallel_state: `tp-cp-ep-dp-pp`)
 */
export function groupOf(size: number, stride: number, gpusPerNode: number): Group {
  const perNode = Math.max(1, Math.min(size, Math.floor(gpusPerNode / stride)));
  return { size, perNode, nodes: Math.ceil(size / perNode), sharing: Math.max(1, Math.floor(gpusPerNode / perNode)) };
}

type Wires = Pick<ResolvedRun, 'gpu' | 'networkBytesPerSecond' | 'fabric'>;

/**
 * Seconds of an all-reduce of `bytes`: a ring passes 2(n-1)/n of them. A group that spans nodes sums inside each node
 * over NVLink, then between nodes over the adapters that all groups of a node share, then spreads the result.
 */
export function allReduceSeconds(bytes: number, group: Group, wires: Wires, values: ConstantValues): number {
  if (group.size === 1) return 0;
  const hops = group.nodes === 1 ? 0 : 2 * Math.log2(group.nodes) * values.networkHopSeconds;
  const { inside, between } = ringSeconds(bytes, group, wires, values);
  return 2 * (inside + between) + startSeconds(group, values) + hops;
}

/** Seconds to gather `bytes` from all members, or to reduce and scatter them: half an all-reduce, by rings alone. */
export function gatherSeconds(bytes: number, group: Group, wires: Wires, values: ConstantValues): number {
  if (group.size === 1) return 0;
  const hops = group.nodes === 1 ? 0 : (group.nodes - 1) * values.networkHopSeconds;
  // One flat ring: the slower of the two kinds of link sets the pace.
  const { inside, between } = ringSeconds(bytes, group, wires, values);
  return Math.max(inside, between) + startSeconds(group, values) + hops;
}

function ringSeconds(
  bytes: number,
  group: Group,
  wires: Wires,
  values: ConstantValues,
): { readonly inside: number; readonly between: number } {
  const { perNode, nodes, sharing } = group;
  const inside = (((perNode - 1) / perNode) * bytes) / linkBytesPerSecond(wires.gpu, perNode, values);
  const between = (((nodes - 1) / nodes) * bytes * sharing) / networkRate(wires, values);
  return { inside, between };
}

/** Bytes a second that a node's adapters give to collectives, one direction. */
export function networkRate({ networkBytesPerSecond, fabric }: Wires, values: ConstantValues): number {
  return networkBytesPerSecond * values.networkShare * (fabric === 'omni-path' ? values.omniPathShare : 1);
}

const startSeconds = ({ perNode }: Group, values: ConstantValues): number =>
  perNode > 1 ? values.nvlinkLatencySeconds : values.nvlinkLatencySeconds / 2;

// Of a slot card's bridge only two GPUs have a share; more talk over PCIe 4.0 x16, about 26 GB/s copied.
// https://github.com/NVIDIA/nvbandwidth (README, host to device)
const pcieBytesPerSecond = 26e9;

function linkBytesPerSecond(gpu: GpuModel, members: number, values: ConstantValues): number {
  if (gpu.form === 'pcie' && members > 2) return pcieBytesPerSecond;
  // Two GPUs reach 0.8 of what eight do: fewer rings fit on the links (vTrain's tables of 2 to 8 GPUs).
  return 1e9 * gpu.nvlinkGBps * values.nvlinkShare * (members / (members + 0.5));
}

/** Seconds to send the activations of one micro-batch to the next stage. */
export function stageTransferSeconds(run: ResolvedRun, values: ConstantValues): number {
  const { tp, cp, dp, pp, gpusPerNode, gpu } = run;
  if (pp === 1) return 0;
  const bytes = (2 * run.microBatch * run.seq * run.hidden) / (cp * tp);
  const stride = tp * cp * dp;
  const link = 1e9 * gpu.nvlinkGBps * values.nvlinkShare;
  const adapters = networkRate(run, values) / Math.min(gpusPerNode, stride);
  const rate = stride * pp <= gpusPerNode ? link : Math.min(link, adapters);
  return bytes / rate + 2 * values.networkHopSeconds;
}
