import { spread } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { gpuPlace } from '../../state/place.ts';
import { gpuSettings } from '../../state/settings.ts';
import type { WorldGpu, WorldNode } from '../../world.ts';
import { cudaProblemOf, type CudaProblem } from '../cuda-usable.ts';
import { fixedCap } from '../fixed-cap.ts';
import { busyClock } from '../gpu-power.ts';
import { soundLinks } from '../nvlink.ts';
import { pcieShare } from '../pcie.ts';
import type { Timeline } from '../timeline.ts';

/** Where and when something is measured. */
export interface Bench {
  readonly timeline: Timeline;
  readonly node: WorldNode;
  readonly atMs: number;
}

/** What a GPU that does nothing else brings to a measurement. */
export interface Board {
  readonly smMhz: number;
  /** How much longer kernels take than the clock explains. */
  readonly slowdown: number;
  /** NVLinks that carry data. */
  readonly links: number;
  /** What its PCIe link gets through, as a share of 16 sound lanes. */
  readonly pcieShare: number;
  /** Why no program can use it; null when it can. */
  readonly problem: CudaProblem | null;
}

export function boardOf({ timeline, node, atMs }: Bench, gpu: WorldGpu): Board {
  const { settings, thermal } = timeline.of(node).segmentAt(atMs);
  const place = gpuPlace(node, gpu);
  return {
    smMhz: Math.min(
      ...[thermal.caps.get(`${node.name}/${gpu.index}`), fixedCap(settings, node, gpu.index, atMs)].map(
        (cap) => busyClock(gpuSettings(settings, node.name, gpu.index), cap ?? undefined).smMhz,
      ),
    ),
    slowdown: factAt(settings, { fact: 'gpu.kernel-slowdown', place }, atMs),
    links: soundLinks(settings, place, atMs),
    pcieShare: pcieShare(settings, node, gpu.index, atMs),
    problem: cudaProblemOf(settings, node, gpu.index, atMs),
  };
}

/**
 * 1 give or take a share: what two runs of one benchmark on one board differ by. Most of it drifts over minutes (the
 * room, the clock's boost bins, what else the host does), so runs soon after each other are more alike than those of
 * another hour; the rest is new every second.
 */
export function runToRun(
  { timeline, node, atMs }: Bench,
  share: number,
  ...keys: readonly (string | number)[]
): number {
  const { seed } = timeline.world;
  const at = atMs / driftMs;
  const point = Math.floor(at);
  const drawn = (which: number) => spread(seed, 'measured-drift', node.index, which, ...keys);
  const drift = drawn(point) + (at - point) * (drawn(point + 1) - drawn(point));
  const quick = spread(seed, 'measured', node.index, Math.floor(atMs / 1_000), ...keys);
  return 1 + share * (0.75 * drift + 0.5 * quick);
}

/** Time in which the drift of a measurement becomes another one. */
const driftMs = 240_000;

/**
 * What a board has of its own, for good: 1 give or take a share. "Not All GPUs Are Created Equal" (arXiv:2208.11035) saw
 * 8 % of variation on average between boards of one cluster, 22 % at most; boards here differ by up to five per cent.
 */
export function ofBoard({ timeline, node }: Bench, gpu: WorldGpu, share: number, quantity: string): number {
  return 1 + share * spread(timeline.world.seed, 'own', quantity, node.index, gpu.index);
}
