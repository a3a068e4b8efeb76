import { architectureOf } from '../../../../kb/catalog/gpu-architectures.ts';
import type { Prediction } from '../../../../kb/performance/prediction.ts';
import { predict } from '../../../../kb/performance/model/predict.ts';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { ResolvedRun } from '../../../../kb/performance/run/resolved-run.ts';
import type { Case } from './candidate.ts';
import type { Measured, PublishedRun } from './published-runs.ts';

export interface Prepared {
  readonly cases: readonly Case[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** Resolves every run; one that cannot be predicted is named with the fields at fault. */
export function prepareCases(runs: readonly PublishedRun[]): Prepared {
  const cases: Case[] = [];
  const refused: { id: string; reason: string }[] = [];
  for (const published of runs) {
    const resolution = resolveRun(published.run);
    if (resolution.kind === 'resolved') cases.push(caseOf(published, resolution.run));
    else {
      const reason = resolution.problems.map((problem) => `${problem.field}: ${problem.reason}`).join('; ');
      refused.push({ id: published.id, reason });
    }
  }
  return { cases, refused };
}

function caseOf({ id, set, source, run, measured }: PublishedRun, resolved: ResolvedRun): Case {
  const prediction = predict(resolved);
  const peakTflops = peakOf(resolved);
  const measuredSeconds = secondsOf(measured, prediction, peakTflops);
  const { gpus, pp, vp, microBatches } = resolved;
  return {
    id,
    set,
    source,
    measuredSeconds,
    convertedFrom: measured.kind === 'seconds' ? null : `${measured.of} FLOP rate`,
    resolved,
    naive: {
      source,
      gpuGeneration: architectureOf(run.gpu) ?? run.gpu,
      fp8: resolved.precision === 'fp8',
      gpus,
      peakTflops,
      hardwareTflop: prediction.hardwareTflopsPerGpu * prediction.iterationSeconds * gpus,
      bubble: (pp - 1) / (microBatches * vp),
      measuredSeconds,
    },
  };
}

/** TFLOP/s of one GPU; of 8-bit GEMMs twice those of 16 bits, as both generations that have them state. */
function peakOf({ gpu, precision }: ResolvedRun): number {
  return precision === 'fp8' ? 2 * gpu.bf16PeakTflops : gpu.bf16PeakTflops;
}

/** The FLOPs of a step do not depend on the speed that is predicted: rate times time of any prediction gives them. */
function secondsOf(measured: Measured, prediction: Prediction, peakTflops: number): number {
  switch (measured.kind) {
    case 'seconds':
      return measured.seconds;
    case 'rate':
      return tflopPerGpu(measured.of, prediction) / measured.tflopsPerGpu;
    case 'share':
      return tflopPerGpu(measured.of, prediction) / (measured.shareOfPeak * peakTflops);
  }
}

function tflopPerGpu(of: 'hardware' | 'model', prediction: Prediction): number {
  const rate = of === 'hardware' ? prediction.hardwareTflopsPerGpu : prediction.modelTflopsPerGpu;
  return rate * prediction.iterationSeconds;
}
