import { factAt } from '../state/facts/fact-at.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import { gpuPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { a800 } from './a800.ts';
import { bootMsOf } from './node-life.ts';
import type { Timeline } from './timeline.ts';

export function pcieWidth(settings: Settings, node: WorldNode, gpu: number, ms: number): number {
  if (!settings.facts.has('gpu.pcie-width')) return a800.pcieWidth;
  return factAt(settings, { fact: 'gpu.pcie-width', place: gpuPlace(node, gpu) }, ms);
}

/** Packets that a link has sent again since the machine started. */
export function pcieReplays(timeline: Timeline, node: WorldNode, gpu: number, ms: number): number {
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const place = gpuPlace(node, gpu);
  const errors = factSpansAt(timeline, { fact: 'gpu.pcie-error-rate', place }, bootMs, ms).reduce(
    (sum, { value, fromMs, toMs }) => sum + (value * (Math.min(toMs, ms) - Math.max(fromMs, bootMs))) / 1000,
    0,
  );
  return Math.floor(errors);
}

/** How long a link stands still for one packet that is sent again. Assumed: the replay timer of gen 4. */
const replayS = 30e-6;

/** What a GPU gets through its PCIe link, as a share of 16 sound lanes. */
export function pcieShare(settings: Settings, node: WorldNode, gpu: number, ms: number): number {
  const { facts } = settings;
  if (!facts.has('gpu.pcie-width') && !facts.has('gpu.pcie-error-rate')) return 1;
  const rate = factAt(settings, { fact: 'gpu.pcie-error-rate', place: gpuPlace(node, gpu) }, ms);
  return pcieWidth(settings, node, gpu, ms) / a800.pcieWidth / (1 + rate * replayS);
}
