import type { StackName } from './rank-stacks.ts';

/** How a rank spends a step, as shares of it; what is left is computed and exchanged. */
interface StepParts {
  /** A full garbage collection, which a callback asks for between two steps. */
  readonly collecting: number;
  /** Graphs are compiled for shapes that none fits. */
  readonly compiling: number;
  /** No batch is there. */
  readonly loading: number;
  /** Done, and waiting for the others. */
  readonly wait: number;
}

export interface StepShape {
  readonly parts: StepParts;
  readonly microBatches: number;
  /** Of a stage. */
  readonly layers: number;
  /** How often graphs are compiled in a step. */
  readonly compilations: number;
}

/**
 * Shares of what a rank computes, as its main thread sees them: backward takes twice as long as forward, and the norm
 * of the gradients is read back from the GPU, so that it waits there for whatever is still queued. Assumed.
 */
const forward = { linear: 0.19, attention: 0.09 };
const backward = 0.56;
const finish = { clip: 0.06, optimizer: 0.1 };

const forwardShare = forward.linear + forward.attention;
const inMicroBatches = forwardShare + backward;
const finishShare = finish.clip + finish.optimizer;

/**
 * Where the main thread is at a moment of a step, 0 to 1. Every micro-batch asks for its data, so a loader that is late is
 * waited for in all of them; gradients are exchanged once, after the last one, and there everybody waits for the slowest.
 */
export function placeInStep(done: number, { parts, microBatches, layers, compilations }: StepShape): StackName {
  const { collecting, compiling, loading, wait } = parts;
  const computing = Math.max(0, 1 - collecting - compiling - loading - wait);
  const all = computing / (inMicroBatches + finishShare);
  const body = compiling + loading + inMicroBatches * all;
  const at = done - collecting;
  if (at < 0) return 'garbage-collection';
  if (at >= body) {
    if (at < body + wait) return 'all-reduce';
    return at < body + wait + finish.clip * all ? 'clip-gradients' : 'optimizer';
  }
  // Micro-batches come in groups of new shapes, each of which is compiled first.
  const groups = compiling > 0 ? compilations : 1;
  const inGroup = fraction((at / body) * groups) * body;
  const compiled = compiling;
  if (inGroup < compiled) return 'graph-compile';
  const inMicroBatch = fraction(
    ((inGroup - compiled) / (body - compiled)) * Math.max(1, Math.round(microBatches / groups)),
  );
  const loaded = loading / (body - compiled);
  if (inMicroBatch < loaded) return 'data-loading';
  const computed = ((inMicroBatch - loaded) / (1 - loaded)) * inMicroBatches;
  if (computed >= forwardShare) return 'backward';
  return fraction((computed / forwardShare) * layers) < forward.linear / forwardShare ? 'training' : 'attention';
}

function fraction(value: number): number {
  return value - Math.floor(value);
}
