import type { StepTerm } from '../prediction.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';
import { gradientSeconds, layerShardingSeconds, optimizerSeconds } from './data-parallel.ts';
import { fittedConstants } from './fitted-constants.ts';
import { ratesOf } from './gemm.ts';
import { layerSeconds } from './layer.ts';
import { stageTransferSeconds } from './network.ts';
import { stageLayers } from './stages.ts';
import { vocabularySeconds } from './vocabulary.ts';

export interface Step {
  /** Seconds of one optimiser step: the sum of the terms. */
  readonly seconds: number;
  readonly breakdown: Readonly<Record<StepTerm, number>>;
}

/**
 * Where the seconds of a step go. Computation and memory traffic add up, transfers hide behind them as far as the
 * software lets them (perf-model.md's source: the paper's section 4.2.2). The fullest stage sets the pace for every
 * micro-batch; filling and draining the pipeline comes on top.
 */
export function stepSeconds(run: ResolvedRun, values: ConstantValues = fittedConstants.values): Step {
  const rates = ratesOf(run, values);
  const layer = layerSeconds(run, rates, values);
  const sharding = layerShardingSeconds(run, layer, values);
  const vocabulary = vocabularySeconds(run, rates, values);
  const transfer = transferSeconds(run, values);
  const everyStage = values.microBatchSeconds + transfer;
  const perLayer =
    layer.matmul +
    layer.attention +
    layer.memory +
    layer.recompute +
    layer.tensorParallel +
    layer.contextParallel +
    layer.launch +
    sharding;
  const { fullest, last } = stageLayers(run);
  const lastIsSlowest = run.pp === 1 || last * perLayer + vocabulary > fullest * perLayer;
  const layers = lastIsSlowest ? last : fullest;
  const slowest = layers * perLayer + (lastIsSlowest ? vocabulary : 0) + everyStage;
  const all = run.layers * perLayer + vocabulary + run.pp * everyStage;
  const passes = run.microBatches;
  const breakdown = {
    matmul: passes * layers * layer.matmul,
    attention: passes * layers * layer.attention,
    memory: passes * layers * layer.memory,
    recompute: passes * layers * layer.recompute,
    vocabulary: lastIsSlowest ? passes * vocabulary : 0,
    tensorParallel: passes * layers * layer.tensorParallel,
    pipelineTransfer: passes * transfer,
    pipelineBubble: Math.max(0, all - slowest) / run.vp,
    contextParallel: passes * layers * layer.contextParallel,
    dataParallel: gradientSeconds(run, layer, values),
    sharding: passes * layers * sharding,
    optimizer: optimizerSeconds(run, rates, values),
    launch: passes * (layers * layer.launch + values.microBatchSeconds) + values.stepSeconds,
  };
  return { seconds: sum(breakdown), breakdown };
}

/** A stage receives and sends forward and backward for every chunk. */
function transferSeconds(run: ResolvedRun, values: ConstantValues): number {
  const exposed = run.software.overlapsPipeline ? values.pipelineOverlapped : values.pipelineExposed;
  return 2 * run.vp * exposed * stageTransferSeconds(run, values);
}

function sum(terms: Readonly<Record<StepTerm, number>>): number {
  let total = 0;
  for (const seconds of Object.values(terms)) total += seconds;
  return total;
}
