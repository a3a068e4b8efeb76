import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import { gpuPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { a800 } from './a800.ts';
import { bootMsOf } from './node-life.ts';
import type { Timeline } from './timeline.ts';

export interface NvlinkCounters {
  readonly replays: number;
  readonly recoveries: number;
  readonly crc: number;
}

export const noErrors: NvlinkCounters = { replays: 0, recoveries: 0, crc: 0 };

/** How long a link stands still for one packet that it sends again. Assumed: a round trip and the buffer behind it. */
const replayS = 8e-6;

export function isLinkUp(settings: Settings, node: WorldNode, gpu: number, link: number, ms: number): boolean {
  if (!settings.facts.has('gpu.nvlink-down')) return true;
  return !factAt(settings, { fact: 'gpu.nvlink-down', place: gpuPlace(node, gpu), key: String(link) }, ms);
}

/** What the NVLinks of a GPU carry together, in sound links. The slowest sets the pace of what is striped over them. */
export function soundLinks(settings: Settings, place: string, ms: number): number {
  const { facts } = settings;
  if (!facts.has('gpu.nvlink-down') && !facts.has('gpu.nvlink-crc-rate')) return a800.nvlinks;
  const down = factsOf(settings, 'gpu.nvlink-down', ms).filter((one) => one.place === place).length;
  const rates = factsOf(settings, 'gpu.nvlink-crc-rate', ms).filter((one) => one.place === place);
  const slowest = Math.min(1, ...rates.map(({ value }) => 1 / (1 + value * replayS)));
  return (a800.nvlinks - down) * slowest;
}

/** Counts since the driver was loaded. A link that loses packets again and again retrains now and then. */
export function nvlinkCounters(
  timeline: Timeline,
  node: WorldNode,
  gpu: number,
  link: number,
  ms: number,
): NvlinkCounters {
  const { settings } = timeline.segmentAt(ms);
  const bootMs = bootMsOf(settings, node, ms);
  const place = gpuPlace(node, gpu);
  const key = String(link);
  const crc = factSpansAt(timeline, { fact: 'gpu.nvlink-crc-rate', place, key }, bootMs, ms).reduce(
    (sum, { value, fromMs, toMs }) => sum + (value * (Math.min(toMs, ms) - Math.max(fromMs, bootMs))) / 1000,
    0,
  );
  const downs = factSpansAt(timeline, { fact: 'gpu.nvlink-down', place, key }, bootMs, ms).length;
  if (crc === 0 && downs === 0) return noErrors;
  return {
    crc: Math.floor(crc) + 3 * downs,
    replays: Math.floor(crc * 0.94) + 2 * downs,
    recoveries: Math.floor(crc / 250_000) + downs,
  };
}
