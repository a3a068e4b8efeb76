import { spread } from '../noise.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import { a800 } from './a800.ts';
import { layoutOf } from './attempt-layout.ts';
import { betweenSteps } from './between-steps.ts';
import { gradientBytes } from './gradients.ts';
import { isWithoutPeers, ncclSetting } from './nccl-settings.ts';
import { soundLinks } from './nvlink.ts';
import { pcieShare } from './pcie.ts';
import { loadOf, type Segment } from './segment.ts';
import type { Timeline } from './timeline.ts';
import { layerTrafficBytes } from './training-time.ts';
import { gpuPlace } from '../state/place.ts';

/** What a GPU sends and receives, in bytes a second; collectives send as much as they receive. */
export interface GpuTraffic {
  readonly nvlink: number;
  readonly pcieTx: number;
  readonly pcieRx: number;
}

/** Doorbells, completions and counters that are read: what an A100 shows on PCIe without work; assumed. */
const quietBytes = 60e3;
/** Kernel launches and batches from the host, next to the gradients that go to the network adapter; assumed. */
const hostBytes = 24e6;

/** What a checkpoint's copy to pinned memory makes of a gen 4 link, in the mean over its planning; assumed. */
const copyBytes = 9e9;

const none: GpuTraffic = { nvlink: 0, pcieTx: quietBytes, pcieRx: quietBytes };

/** Traffic of a GPU at a moment, as a mean over a step. */
export function gpuTraffic(cluster: Timeline, node: WorldNode, gpu: WorldGpu, atMs: number): GpuTraffic {
  const timeline = cluster.of(node);
  const segment = timeline.segmentAt(atMs);
  const of = usualTraffic(timeline, segment);
  if (of === null || loadOf(segment, node.name, gpu.index).shares === null) return none;
  if (betweenSteps(timeline, atMs) === 'checkpoint') return { ...none, pcieTx: copyBytes };
  const { settings } = segment;
  // Channels of NCCL that find no link go through host memory, and what a lame PCIe link does not take leaves over the
  // adapter of a neighbour (PXN, NCCL 2.12): the bytes of a step stay, their way changes.
  const linked = isOverHost(timeline, segment, node)
    ? 0
    : soundLinks(settings, gpuPlace(node, gpu), atMs) / a800.nvlinks;
  const lanes = pcieShare(settings, node, gpu.index, atMs);
  const noise = 1 + 0.03 * spread(timeline.world.seed, 'traffic', node.index, gpu.index, Math.floor(atMs / 1_000));
  const pcie = (of.network * lanes + of.nvlink * (1 - linked)) * noise;
  return {
    nvlink: (of.nvlink * linked + of.network * (1 - lanes)) * noise,
    pcieTx: quietBytes + pcie,
    pcieRx: quietBytes + pcie + hostBytes,
  };
}

interface UsualTraffic {
  readonly nvlink: number;
  readonly network: number;
}

const known = new WeakMap<Segment, UsualTraffic | null>();

/** That of every GPU of the job in a segment about which nothing is unusual; null while no steps are made. */
function usualTraffic({ world }: Timeline, segment: Segment): UsualTraffic | null {
  const found = known.get(segment);
  if (found !== undefined) return found;
  const made = traffic();
  known.set(segment, made);
  return made;

  function traffic(): UsualTraffic | null {
    const { phase, meanStepMs } = segment;
    if (phase.kind !== 'running' || meanStepMs === null) return null;
    const { tensorParallel, microBatch, model } = world.job;
    const layout = { tensorParallel, microBatch, ...layoutOf(world, phase.attempt) };
    const perSecond = 1_000 / meanStepMs;
    return {
      nvlink: layerTrafficBytes(model, layout) * perSecond,
      // Two GPUs share an adapter.
      network: (gradientBytes(world) / 2) * perSecond,
    };
  }
}

function isOverHost({ world }: Timeline, { phase }: Segment, node: WorldNode): boolean {
  return (
    phase.kind === 'running' &&
    phase.attempt.launchFacts.size > 0 &&
    isWithoutPeers((name) => ncclSetting(world, phase.attempt, node, name))
  );
}
