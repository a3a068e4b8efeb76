import { factAt } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { WorldNode } from '../world.ts';
import { driverState } from './driver-state.ts';
import { appClockMhz, bmcLimitW } from './fixed-cap.ts';
import { pcieReplays, pcieWidth } from './pcie.ts';
import { migMode, migPending } from './resets.ts';
import type { Timeline } from './timeline.ts';

/** Modes and links of a board as the driver reports them. */
export interface BoardState {
  readonly driver: string;
  readonly computeMode: string;
  readonly mig: string;
  readonly migPending: string;
  readonly persistence: string;
  readonly appClockMhz: number;
  /** What the management controller allows, W. */
  readonly bmcLimitW: number;
  readonly pcieWidth: number;
  readonly pcieReplays: number;
}

export function boardState(cluster: Timeline, node: WorldNode, gpu: number, ms: number): BoardState {
  const timeline = cluster.of(node);
  const { settings } = timeline.segmentAt(ms);
  const place = gpuPlace(node, gpu);
  return {
    driver: driverState(settings, node.name, ms).module,
    computeMode: factAt(settings, { fact: 'gpu.compute-mode', place }, ms),
    mig: migMode(settings, node, gpu, ms),
    migPending: migPending(settings, node, gpu, ms),
    persistence: factAt(settings, { fact: 'gpu.persistence', place }, ms),
    appClockMhz: appClockMhz(settings, node, gpu, ms),
    bmcLimitW: bmcLimitW(settings, node.name, ms),
    pcieWidth: pcieWidth(settings, node, gpu, ms),
    pcieReplays: pcieReplays(timeline, node, gpu, ms),
  };
}
