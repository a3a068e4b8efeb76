import { factAt } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import { memoryHealth, type MemoryHealth } from './gpu-memory.ts';
import { lastResetMs } from './resets.ts';
import { strikesOn, type StrikeRule } from './strikes.ts';
import type { Timeline } from './timeline.ts';

/** All that a GPU counts about its memories: the rows of its DRAM, and what is on the chip. */
export interface RamHealth extends MemoryHealth {
  /** Single-bit errors of the DRAM in the life of the board. */
  readonly correctedAggregate: number;
  readonly remapPending: boolean;
  readonly sramVolatile: number;
  readonly sramAggregate: number;
  /** NVIDIA's threshold of uncorrectable SRAM errors in the life of a board was passed. */
  readonly sramThreshold: boolean;
}

/** On-chip memory fails under load; a new attempt fills it again within some minutes. Assumed. */
export const sramRule = {
  fact: 'gpu.sram-fault',
  firstMs: [5_000, 14_000],
  againMs: [90_000, 260_000],
} as const satisfies StrikeRule<'gpu.sram-fault'>;

/** The row that was marked is taken out of use at once: only who used it then is struck. */
export const remapRule = {
  fact: 'gpu.remap-pending',
  firstMs: [4_000, 12_000],
  againMs: null,
} as const satisfies StrikeRule<'gpu.remap-pending'>;

// "GPU Memory Error Management": SRAM Threshold Exceeded is set after four uncorrectable parity or SEC-DED errors.
const sramErrorsMax = 4;

export function ramHealth(cluster: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): RamHealth {
  const timeline = cluster.of(node);
  const dram = memoryHealth(timeline, node, gpu, ms);
  const { settings } = timeline.segmentAt(ms);
  const { facts } = settings;
  const place = gpuPlace(node, gpu);
  const correctedAggregate = facts.has('gpu.past-corrected')
    ? factAt(settings, { fact: 'gpu.past-corrected', place }, ms)
    : 0;
  if (!facts.has('gpu.sram-fault') && !facts.has('gpu.rows-remapped') && !facts.has('gpu.remap-pending'))
    return { ...dram, ...soundRam, correctedAggregate };
  const sram = strikesOn(timeline, node, sramRule, ms).filter((one) => one.place === place);
  const resetMs = lastResetMs(timeline, node, gpu.index, ms);
  const rows = factAt(settings, { fact: 'gpu.rows-remapped', place }, ms);
  const pending = factAt(settings, { fact: 'gpu.remap-pending', place }, ms);
  return {
    ...dram,
    correctedAggregate,
    uncorrectableVolatile: dram.uncorrectableVolatile + (pending ? 1 : 0),
    uncorrectableAggregate: dram.uncorrectableAggregate + rows,
    rowsRemapped: dram.rowsRemapped + rows,
    banks: rows === 0 ? dram.banks : { ...dram.banks, max: dram.banks.max - rows, high: rows },
    remapPending: pending,
    sramVolatile: sram.filter(({ atMs }) => atMs > resetMs).length,
    sramAggregate: sram.length,
    sramThreshold: sram.length >= sramErrorsMax,
  };
}

const soundRam = { remapPending: false, sramVolatile: 0, sramAggregate: 0, sramThreshold: false } as const;
