import { hexDigits, integer, uniform } from '../noise.ts';
import type { Span } from '../state/link-settings.ts';
import type { WornSpan } from '../state/settings.ts';
import type { World, WorldGpu, WorldNode } from '../world.ts';
import { trainerPid, type Attempt } from './job.ts';
import type { Timeline } from './timeline.ts';

/** What a GPU counts about its memory. Volatile counts begin with the driver, aggregate ones with the board's life. */
export interface MemoryHealth {
  readonly uncorrectableVolatile: number;
  readonly uncorrectableAggregate: number;
  readonly rowsRemapped: number;
  readonly remapFailed: boolean;
  /** Banks by how many of their spare rows are left. */
  readonly banks: { readonly max: number; readonly high: number; readonly none: number };
}

/** One uncorrectable error: a process read the bad row. */
export interface MemoryError {
  readonly atMs: number;
  readonly pid: number;
  /** Physical address in the framebuffer, 16 hex digits. */
  readonly address: string;
  readonly partition: number;
  readonly subpartition: number;
}

// An A100 80GB has 640 banks with eight spare rows each: `nvidia-smi -q -d ROW_REMAPPER` there, and NVIDIA's "GPU Memory
// Error Management".
const banks = 640;
const spareRows = 8;

export function memoryHealth(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): MemoryHealth {
  const worn = wornSpans(timeline, node, gpu, ms).at(-1);
  if (worn === undefined || worn.toMs <= ms) return soundMemory;
  const errors = memoryErrors(timeline, node, gpu, ms).filter((error) => error.atMs >= worn.fromMs).length;
  return {
    uncorrectableVolatile: errors,
    // Each of the rows that were remapped before had an error of its own.
    uncorrectableAggregate: spareRows + errors,
    rowsRemapped: spareRows,
    remapFailed: errors > 0,
    banks: { max: banks - 1, high: 0, none: 1 },
  };
}

const soundMemory: MemoryHealth = {
  uncorrectableVolatile: 0,
  uncorrectableAggregate: 0,
  rowsRemapped: 0,
  remapFailed: false,
  banks: { max: banks, high: 0, none: 0 },
};

/** Every uncorrectable error of a place up to a moment, oldest first; boards that were replaced since then included. */
export function memoryErrors(cluster: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): readonly MemoryError[] {
  const timeline = cluster.of(node);
  const spans = wornSpans(timeline, node, gpu, ms);
  if (spans.length === 0) return [];
  const { world } = timeline;
  return timeline.lives(ms).flatMap(({ attempt, stoppedMs }) =>
    spans.flatMap((span) => {
      const atMs = memoryErrorMs(world, span, attempt, node.index, gpu.index);
      return atMs === null || atMs > Math.min(stoppedMs, ms)
        ? []
        : [{ atMs, pid: trainerPid(attempt, world, node.index, gpu.index), ...rowOf(world, span, node, gpu) }];
    }),
  );
}

/** When an attempt that is left alone reads the bad row of a worn bank; null when it does not use this GPU then. */
export function memoryErrorMs(
  world: World,
  worn: WornSpan,
  attempt: Attempt,
  node: number,
  gpu: number,
): number | null {
  if (!attempt.nodes.includes(node) || worn.toMs <= attempt.runMs) return null;
  const draw = uniform(world.seed, 'memory-error', node, gpu, attempt.number);
  // A running job uses nearly all memory and meets the row soon; a new one fills it up only after a while.
  const atMs =
    worn.fromMs > attempt.runMs
      ? worn.fromMs + 6_000 + 8_000 * draw
      : attempt.runMs + (worn.againMs ?? usualAgainMs) * (1 + draw);
  return atMs < worn.toMs ? atMs : null;
}

const usualAgainMs = 120_000;

function wornSpans(timeline: Timeline, node: WorldNode, gpu: WorldGpu, ms: number): readonly WornSpan[] {
  return timeline.segmentAt(ms).settings.wornMemory.get(`${node.name}/${gpu.index}`) ?? [];
}

/** A bank has one place; the row stays the same for as long as it is bad. */
function rowOf(world: World, worn: Span, node: WorldNode, gpu: WorldGpu) {
  const key = [node.index, gpu.index, Math.floor(worn.fromMs)];
  return {
    address: `0000000${1 + integer(world.seed, 3, 'bad-row-gib', ...key)}${hexDigits(7, world.seed, 'bad-row', ...key)}0`,
    partition: integer(world.seed, 20, 'bad-partition', ...key),
    subpartition: integer(world.seed, 2, 'bad-subpartition', ...key),
  };
}
