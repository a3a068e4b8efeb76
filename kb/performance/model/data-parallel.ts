import { layerParameters } from '../run/parameters.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';
import type { Rates } from './gemm.ts';
import { hidden, type LayerSeconds } from './layer.ts';
import { allReduceSeconds, gatherSeconds, groupOf } from './network.ts';
import { gpuParameters } from './stages.ts';

/**
 * Seconds that show of the gradients' exchange at the end of a step. Software that overlaps it hides the sum behind the
 * last micro-batch's backward pass, and fetching the new weights behind the next forward pass.
 */
export function gradientSeconds(run: ResolvedRun, layer: LayerSeconds, values: ConstantValues): number {
  const ranks = run.dp * run.cp;
  const { sharding, software } = run;
  if (ranks === 1) return 0;
  const parameters = gpuParameters(run, layerParameters(run));
  const group = groupOf(ranks, run.tp, run.gpusPerNode);
  if (sharding.gradients) {
    // Sharded gradients went with every micro-batch; what is left is the sum over the replicas of the shards.
    const replicas = groupOf(ranks / sharding.group, run.tp * sharding.group, run.gpusPerNode);
    return allReduceSeconds((software.gradientBytes * parameters) / sharding.group, replicas, run, values);
  }
  const gradientBytes = software.gradientBytes * parameters;
  const gather = gatherSeconds(2 * parameters, groupOf(sharding.group, run.tp, run.gpusPerNode), run, values);
  const reduce =
    sharding.optimizer && sharding.group === ranks
      ? gatherSeconds(gradientBytes, group, run, values)
      : allReduceSeconds(gradientBytes, group, run, values);
  const shows = (transfer: number, work: number, overlaps: boolean): number =>
    overlaps ? hidden(transfer, work, values.gradientExposed) : values.gradientClassic * transfer;
  const layers = (run.layers / run.pp) * roundsToHideBehind(run);
  return (
    shows(reduce, layers * layer.backward, software.overlapsGradients) +
    shows(gather, layers * layer.forward, software.overlapsGather)
  );
}

/**
 * Passes of a stage that the exchange can hide behind. One without interleaving. With it a chunk is done, or not yet
 * needed, while a pipeline's worth of micro-batches passes the others (`--overlap-grad-reduce` of Megatron Core).
 */
function roundsToHideBehind({ microBatches, pp, vp }: ResolvedRun): number {
  return Math.max(1, (Math.min(microBatches, pp) * (vp - 1)) / vp);
}

/** Seconds that show of fetching one layer's sharded weights and spreading its gradients, one micro-batch. */
export function layerShardingSeconds(run: ResolvedRun, layer: LayerSeconds, values: ConstantValues): number {
  const { sharding, software } = run;
  if (!sharding.gradients || sharding.group === 1) return 0;
  const weights = layerParameters(run) / run.tp;
  const group = groupOf(sharding.group, run.tp, run.gpusPerNode);
  const gather = gatherSeconds(2 * weights, group, run, values);
  const scatter = gatherSeconds(software.gradientBytes * weights, group, run, values);
  const fetchedAgain = sharding.parameters ? gather : 0;
  return (
    hidden(gather, layer.forward, values.shardingExposed) +
    hidden(fetchedAgain + scatter, layer.backward, values.shardingExposed)
  );
}

// fp32 weight, two moments read and written, gradient read, 16-bit weight written (Adam, arXiv:1412.6980).
const adamBytes = 30;

export function optimizerSeconds(run: ResolvedRun, rates: Rates, values: ConstantValues): number {
  const parameters = gpuParameters(run, layerParameters(run)) / (run.sharding.optimizer ? run.sharding.group : 1);
  return (values.optimizerTraffic * adamBytes * parameters) / rates.memoryBytesPerSecond;
}
