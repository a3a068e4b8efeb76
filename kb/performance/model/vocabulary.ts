import type { ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';
import { gemmSeconds, type Rates } from './gemm.ts';
import { allReduceSeconds, groupOf } from './network.ts';

// Logits written in 16 bits, turned to fp32, exponentiated, and the gradient written back.
const logitBytes = 22;

/** Seconds of logits and loss of one micro-batch, forward and backward, on a GPU of the last stage. */
export function vocabularySeconds(run: ResolvedRun, rates: Rates, values: ConstantValues): number {
  const tokens = (run.microBatch * run.seq) / run.cp;
  const columns = run.vocab / run.tp;
  // Logits stay in 16 bits when the layers are in fp8.
  const sixteen = run.precision === 'fp8' ? { ...rates, gemmFlops: rates.gemmFlops / 2 } : rates;
  const products = 3 * gemmSeconds(tokens, run.hidden, columns, sixteen, values);
  const traffic = (values.vocabularyTraffic * logitBytes * tokens * columns) / rates.memoryBytesPerSecond;
  const group = groupOf(run.tp, 1, run.gpusPerNode);
  return products + traffic + allReduceSeconds(2 * tokens * run.hidden, group, run, values);
}
