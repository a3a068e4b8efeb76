import type { WorldGpu, WorldNode } from '../world.ts';
import type { FactName } from '../state/facts/index.ts';
import { gpuPlace } from '../state/place.ts';
import { debugXids } from './debug-xids.ts';
import { memoryHealth } from './gpu-memory.ts';
import { presenceOf } from './gpu-presence.ts';
import { remapRule, sramRule } from './gpu-ram.ts';
import { gspRule, gspTimeoutMs, nvlinkRule } from './gpu-strikes.ts';
import { strikesOn, type StrikeRule } from './strikes.ts';
import type { Timeline } from './timeline.ts';

/** Xids of an uncorrectable error in a bank without spare rows, in the order in which the driver reports them. */
export const memoryErrorXids = { doubleBit: 48, remapFailed: 64, contained: 94 } as const;

/** The last Xid of a GPU that its node's DCGM exporter has learnt of; the gauge keeps it until another comes. */
export function lastXid(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): number {
  // A board in place of one that had errors comes with a driver that has reported none.
  if (memoryHealth(timeline, node, gpu, ms).uncorrectableVolatile > 0) return memoryErrorXids.contained;
  const fresh = freshXid(timeline, node, gpu, ms);
  if (fresh !== 0) return fresh;
  const past = timeline.segmentAt(ms).settings.pastXids.get(`${node.name}/${gpu.index}`);
  return past !== undefined && past.shownFromMs !== null && past.shownFromMs <= ms ? past.xid : 0;
}

/** The last one of what is wrong with the board now. */
function freshXid(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): number {
  const { settings } = timeline.segmentAt(ms);
  const { facts } = settings;
  const place = gpuPlace(node, gpu);
  if (presenceOf(settings, node, gpu.index, ms) === 'lost') return 79;
  const debugged = debugXids(timeline, node, gpu, -Infinity, ms).at(-1);
  if (debugged !== undefined) return debugged.xid;
  const struck = <Name extends FactName>(rule: StrikeRule<Name>) =>
    facts.has(rule.fact)
      ? strikesOn(timeline, node, rule, ms)
          .filter((one) => one.place === place)
          .at(-1)
      : undefined;
  const sram = struck(sramRule);
  if (sram !== undefined) return sram.value === 'contained' ? 94 : 95;
  if (struck(remapRule) !== undefined) return 63;
  if (struck(nvlinkRule) !== undefined) return 74;
  const gsp = struck(gspRule);
  return gsp !== undefined && gsp.atMs + gspTimeoutMs <= ms ? 119 : 0;
}
