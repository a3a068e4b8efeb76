import { gpuKey, idleGpus, type GpuValue } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import type { JobLayout } from './layout.ts';

/** The model's name of a GPU, such as `NVIDIA A800-SXM4-80GB`. */
export type ModelOf = (gpu: Pick<GpuValue, 'node' | 'device'>) => string | undefined;

/** Which GPUs do the job's work, and which of them do the same work. */
export interface GpuGroups {
  /** Is it busy, and the job's own where the job's ranks are known? */
  readonly isBusy: (gpu: Pick<GpuValue, 'node' | 'device'>) => boolean;
  readonly groupOf: (gpu: Pick<GpuValue, 'node' | 'device'>) => string;
}

// A group of fewer GPUs has no median that one of them could not move: then stages, then models are compared whole.
const likeRanksMin = 4;

/** Like ranks hold the same stage and tensor index on the same model of GPU; without a layout all of a model are alike. */
export function gpuGroups(range: MetricRange, layout: JobLayout | null, modelOf: ModelOf): GpuGroups {
  const idle = idleGpus(range);
  const placed = new Map(layout?.ranks.map((rank) => [`${rank.node}|${rank.gpu}`, rank]));
  const exact = Map.groupBy(placed.values(), ({ stage, tensor }) => `${stage}|${tensor}`);
  const stages = Map.groupBy(placed.values(), ({ stage }) => stage);
  return {
    isBusy: (gpu) => !idle.has(gpuKey(gpu)) && (placed.size === 0 || placed.has(gpuKey(gpu))),
    groupOf: (gpu) => {
      const rank = placed.get(gpuKey(gpu));
      const model = modelOf(gpu) ?? '';
      if (rank === undefined) return model;
      const likes = exact.get(`${rank.stage}|${rank.tensor}`)?.length ?? 0;
      if (likes >= likeRanksMin) return `${model}|${rank.stage}|${rank.tensor}`;
      return (stages.get(rank.stage)?.length ?? 0) >= likeRanksMin ? `${model}|${rank.stage}` : model;
    },
  };
}
