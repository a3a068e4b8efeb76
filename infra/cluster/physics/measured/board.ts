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

/** 1 give or take a share: what two runs of one benchmark on one board differ by. */
export function runToRun(
  { timeline, node, atMs }: Bench,
  share: number,
  ...keys: readonly (string | number)[]
): number {
  return 1 + share * spread(timeline.world.seed, 'measured', node.index, Math.floor(atMs / 1_000), ...keys);
}
