import { median } from 'simple-statistics';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector, MetricRange } from '../schemas/metric.ts';
import { outliers } from './outliers.ts';
import { gpuKey, gpuPlace, gpuValues, seriesOf, type GpuValue } from './series.ts';

const active = ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'DCGM_FI_PROF_SM_ACTIVE'] as const;
// Shares of time. Transfers that take longer keep a GPU a little busier as well; half as much work again is no transfer.
const apartShare = 0.5;
// GPUs that stand still compute nothing: then one that works is a rank in work of its own, and no uneven step.
const workingShareMin = 0.05;
// Clocks of a healthy fleet under load differ by 1 to 5 % (outliers.ts); one that is lower takes longer for the same work.
const sameClockShareMin = 0.97;
// The first third of what was gathered is from before the trouble; pipeline stages are uneven all the time.
const beforeShare = 1 / 3;
const beforePointsMin = 3;
const aboveBeforeMax = 1.1;

const above: FindingKind = {
  id: 'metric.gpu.work.above-siblings',
  summary:
    'A GPU computes longer in every step than its siblings at the same clock, and did not before: it has more work',
  role: 'cause',
  weighs: {
    'uneven-data': 2.5,
    'gpu-clock-throttle': -1.5,
    'shared-fs-problem': -1,
    'dataloader-stall': -1,
  },
  source:
    'https://arxiv.org/abs/2505.05713 (Understanding Stragglers in Large Model Training Using What-if Analysis: sequence length imbalance)',
};

/** Ranks that were given more work: the others wait for them as for a slow GPU, but theirs is as fast as any. */
export const workAboveSiblings: MetricDetector = {
  id: 'metric.gpu.work',
  kinds: [above],
  metrics: [...active, 'DCGM_FI_DEV_SM_CLOCK'],
  evaluate(range) {
    const metric = active.find((name) => gpuValues(range, name).length > 0);
    if (metric === undefined) return [];
    const clocks = new Map(gpuValues(range, 'DCGM_FI_DEV_SM_CLOCK').map((gpu) => [gpuKey(gpu), gpu.value]));
    const usualClock = clocks.size === 0 ? Number.NaN : median([...clocks.values()]);
    const before = new Map(valuesBefore(range, metric).map((gpu) => [gpuKey(gpu), gpu.value]));
    const usualBefore = before.size === 0 ? Number.NaN : median([...before.values()]);
    return outliers(gpuValues(range, metric), 'above', apartShare).flatMap(
      ({ node, device, value, siblings, siblingsMedian }) => {
        const key = gpuKey({ node, device });
        const clock = clocks.get(key) ?? Number.NaN;
        const asFast = clock >= sameClockShareMin * usualClock;
        const asBefore =
          usualBefore >= workingShareMin && (before.get(key) ?? Number.NaN) <= aboveBeforeMax * usualBefore;
        if (siblingsMedian < workingShareMin || !asFast || !asBefore) return [];
        return [
          {
            kind: above.id,
            node,
            device,
            text: `active ${percent(value)} of the time, its ${siblings} siblings ${percent(siblingsMedian)}, all at ${clock.toFixed(0)} MHz`,
            values: { share: value, siblingsShare: siblingsMedian, siblings, smMhz: clock },
          },
        ];
      },
    );
  },
};

function valuesBefore(range: MetricRange, metric: string): readonly GpuValue[] {
  return seriesOf(range, metric).flatMap(({ labels, points }) => {
    const place = gpuPlace(labels);
    const values = points
      .slice(0, Math.floor(points.length * beforeShare))
      .map(([, value]) => value)
      .filter(Number.isFinite);
    return place === null || values.length < beforePointsMin ? [] : [{ ...place, value: median(values) }];
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
