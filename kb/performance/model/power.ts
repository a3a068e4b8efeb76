import type { StepTerm } from '../prediction.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';

// Shares of the model's own limit. Measured while language models trained: up to 85 % of the hardware's limit
// (arXiv:2503.05804, OLMo on H100); at most 8.4 of the 10.2 kW of a node of eight H100 (arXiv:2412.08602, ResNet and
// Llama 2 13B). A100 boards that were allowed 500 W showed 308 to 353 W while training
// (https://github.com/CHTC/templates-GPUs/pull/24). Estimates: a GPU that waits in NCCL spins at 100 to 140 of an A100's
// 400 W, and the share of memory traffic lies between the two.
const computeShare = 0.9;
const memoryShare = 0.7;
const waitShare = 0.3;

type Load = 'compute' | 'memory' | 'wait';

const loads: Readonly<Record<StepTerm, Load>> = {
  matmul: 'compute',
  attention: 'compute',
  memory: 'memory',
  recompute: 'compute',
  vocabulary: 'compute',
  tensorParallel: 'wait',
  pipelineTransfer: 'wait',
  pipelineBubble: 'wait',
  contextParallel: 'wait',
  dataParallel: 'wait',
  sharding: 'wait',
  optimizer: 'memory',
  launch: 'wait',
};

const shares: Readonly<Record<Load, number>> = { compute: computeShare, memory: memoryShare, wait: waitShare };

/** A lower limit clips what computation draws and changes nothing for a GPU that waits; a higher one gives nobody more to do. */
function watts(load: Load, { gpu, powerLimitWatts }: Pick<ResolvedRun, 'gpu' | 'powerLimitWatts'>): number {
  return Math.min(powerLimitWatts, shares[load] * gpu.powerLimitWatts);
}

/** Mean board power over a step, watts: each term's share of the step times what its kind of work draws. */
export function meanPowerWatts(run: ResolvedRun, breakdown: Readonly<Record<StepTerm, number>>): number {
  let energy = 0;
  let seconds = 0;
  // A checked table: Object.keys widens the names to strings.
  for (const term of Object.keys(loads) as StepTerm[]) {
    energy += breakdown[term] * watts(loads[term], run);
    seconds += breakdown[term];
  }
  return energy / seconds;
}
