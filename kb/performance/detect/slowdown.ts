import type { Prediction } from '../prediction.ts';

/** Shares of a healthy step's time, together 1. */
export interface StepShares {
  /** Follows the SM clock. */
  readonly compute: number;
  /** Follows the memory's bandwidth. */
  readonly memory: number;
  /** Exposed transfers inside a node. */
  readonly nvlink: number;
  /** Exposed transfers between nodes. */
  readonly network: number;
  /** Time in which a pipeline's stages wait for their turn: it does not grow with one slow stage. */
  readonly bubble: number;
  /** From a prediction of this run, or what is usual. */
  readonly from: 'prediction' | 'usual';
}

// Seven tenths of a healthy step are bound by the SMs' clock in the notes' worked cases (perf-model notes, section 5);
// memory takes about as much as all transfers of the rest.
const usualShares: StepShares = { compute: 0.7, memory: 0.15, nvlink: 0.08, network: 0.07, bubble: 0, from: 'usual' };

export function stepShares(prediction: Prediction | null): StepShares {
  if (prediction === null) return usualShares;
  const { breakdown: b, iterationSeconds: total } = prediction;
  const share = (seconds: number): number => (total > 0 ? seconds / total : 0);
  return {
    compute: share(b.matmul + b.attention + b.recompute + b.vocabulary + b.launch),
    memory: share(b.memory + b.optimizer),
    nvlink: share(b.tensorParallel + b.contextParallel),
    network: share(b.pipelineTransfer + b.dataParallel + b.sharding),
    bubble: share(b.pipelineBubble),
    from: 'prediction',
  };
}

// Copy kernels and collectives run on SMs too; so much of the clock's factor reaches them once the SMs are too slow to
// saturate memory: 0.3 to 0.5 (perf-model notes, section 5).
const memoryFollows = 0.4;

/**
 * How many times longer a synchronous step takes when the slowest GPU's clock is `1 / factor` of the healthy one. All
 * ranks wait for it; a pipeline's bubble does not grow with one slow stage: (k m + p - 1) / (m + p - 1).
 */
export function slowdownOfClock(factor: number, shares: StepShares): number {
  const f = Math.max(1, factor);
  return (
    shares.compute * f + shares.memory * Math.max(1, memoryFollows * f) + shares.nvlink + shares.network + shares.bubble
  );
}

/** The same for memory, NVLink or network bandwidth that is `1 / factor` of the healthy one. */
export function slowdownOfBandwidth(factor: number, of: 'memory' | 'nvlink' | 'network', shares: StepShares): number {
  return 1 + shares[of] * (Math.max(1, factor) - 1);
}

/** Which part of a slowdown another one accounts for, 0 to 1, on the logarithm; `null` where there is none to explain. */
export function explainedShare(explaining: number, measured: number | null): number | null {
  if (measured === null || measured <= 1) return null;
  return Math.max(0, Math.min(1, Math.log(Math.max(1, explaining)) / Math.log(measured)));
}
