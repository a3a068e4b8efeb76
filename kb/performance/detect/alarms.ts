import { changePoint } from '../../metrics/change-point.ts';
import { gpuKey, gpuPlace, seriesOf } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import type { Prediction } from '../prediction.ts';
import type { AbsoluteJudgement } from './absolute.ts';
import type { OwnHistory } from './own-history.ts';
import type { BegunPauses } from './pauses.ts';
import type { PeerComparison, PeerOutlier } from './peers.ts';
import type { RecentSteps } from './recent-steps.ts';
import type { Scene } from './scene.ts';
import { slowdownOfClock } from './slowdown.ts';
import type { TierAlarm } from './verdict.ts';

export function absoluteAlarm(
  { ratio, limit, sigma, distance }: AbsoluteJudgement,
  recent: Extract<RecentSteps, { kind: 'measured' }>,
  prediction: Prediction,
): TierAlarm {
  return {
    tier: 'absolute',
    ratio,
    sinceMs: null,
    text:
      `steps take ${recent.seconds.toFixed(2)} s, predicted ${prediction.iterationSeconds.toFixed(2)} s: ${ratio.toFixed(2)} times, ` +
      `${distance.toFixed(1)} sigma of ${sigma.toFixed(3)} (alarm above ${limit.toFixed(2)} times)`,
    values: { measuredSeconds: recent.seconds, predictedSeconds: prediction.iterationSeconds, sigma, limit, distance },
  };
}

export function historyAlarm({
  ratio,
  healthySeconds,
  measuredSeconds,
  sinceMs,
  by,
  learnedSteps,
}: OwnHistory): TierAlarm {
  return {
    tier: 'history',
    ratio,
    sinceMs,
    text: `steps take ${measuredSeconds.toFixed(2)} s, the job's own healthy ${healthySeconds.toFixed(2)} s: ${ratio.toFixed(2)} times`,
    values: { measuredSeconds, healthySeconds, by, learnedSteps },
  };
}

/** Steps that take as long as ever, and more and more time between them. */
export function pausesAlarm({ sinceMs, share, every }: BegunPauses): TierAlarm {
  return {
    tier: 'history',
    ratio: 1 / (1 - share),
    sinceMs,
    text: `pauses every ${every.every.toFixed(0)} ${every.unit} that were not there before take ${(100 * share).toFixed(0)} % of the time`,
    values: { share, every: every.every, unit: every.unit },
  };
}

// More alarms say no more than that many GPUs are slow; their number is in the text.
const alarmsMax = 8;

interface Reading {
  readonly what: string;
  readonly unit: string;
  readonly metric: string;
  readonly comparison: PeerComparison;
  readonly holdsBack: boolean;
  readonly scale: number;
}

/** GPUs apart from the like GPUs. A low clock holds a synchronous job back by itself; the rest shows where to look. */
export function peerAlarms(scene: Scene): readonly TierAlarm[] {
  const { clock, memoryClock, ofu, tensor, power } = scene.peers;
  const readings: readonly Reading[] = [
    { what: 'SM clock', unit: 'MHz', metric: 'DCGM_FI_DEV_SM_CLOCK', comparison: clock, holdsBack: true, scale: 1 },
    {
      what: 'memory clock',
      unit: 'MHz',
      metric: 'DCGM_FI_DEV_MEM_CLOCK',
      comparison: memoryClock,
      holdsBack: true,
      scale: 1,
    },
    {
      what: 'tensor activity',
      unit: '%',
      metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
      comparison: tensor,
      holdsBack: false,
      scale: 100,
    },
    {
      what: 'tensor activity times clock',
      unit: '% of peak',
      metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
      comparison: ofu,
      holdsBack: false,
      scale: 100,
    },
    { what: 'power', unit: 'W', metric: 'DCGM_FI_DEV_POWER_USAGE', comparison: power, holdsBack: false, scale: 1 },
  ];
  return readings.flatMap((reading) => alarmsOf(reading, scene)).slice(0, alarmsMax);
}

function alarmsOf(reading: Reading, scene: Scene): readonly TierAlarm[] {
  const { comparison } = reading;
  switch (comparison.kind) {
    case 'none':
      return [];
    case 'split':
      // Two kinds of settings or of work: worth a word, no fault of one device.
      return reading.holdsBack ? [splitAlarm(reading, comparison)] : [];
    case 'nodes':
      return comparison.nodes.slice(0, alarmsMax).map((node) => nodeAlarm(reading, comparison.outliers, node, scene));
    case 'single':
      return comparison.outliers.slice(0, alarmsMax).map((outlier) => gpuAlarm(reading, outlier, scene));
  }
}

function gpuAlarm(reading: Reading, outlier: PeerOutlier, { range, shares }: Scene): TierAlarm {
  const { node, device, value, likeMedian, likes, sigmas } = outlier;
  return {
    tier: 'peers',
    ratio: ratioOf(value, likeMedian),
    sinceMs: sinceOf(range, reading.metric, outlier),
    node,
    device,
    text: `${node} GPU ${device.index ?? '?'}: ${reading.what} ${shown(value, reading)}, ${likes} like GPUs ${shown(likeMedian, reading)} (${sigmas.toFixed(0)} sigma)`,
    values: {
      metric: reading.metric,
      value,
      likeMedian,
      likes,
      sigmas,
      holdsBack: reading.holdsBack ? 'yes' : 'no',
      ...(reading.metric === 'DCGM_FI_DEV_SM_CLOCK'
        ? { predictedSlowdown: slowdownOfClock(likeMedian / Math.max(1, value), shares) }
        : {}),
    },
  };
}

function nodeAlarm(reading: Reading, outliers: readonly PeerOutlier[], node: string, scene: Scene): TierAlarm {
  const own = outliers.filter((outlier) => outlier.node === node);
  const [worst] = own;
  if (worst === undefined) throw new Error(`no GPU of ${node} is apart`);
  const { device: _device, ...alarm } = gpuAlarm(reading, worst, scene);
  return {
    ...alarm,
    text: `all ${own.length} busy GPUs of ${node}: ${reading.what} from ${shown(worst.value, reading)}, ${worst.likes} like GPUs ${shown(worst.likeMedian, reading)}`,
    values: { ...alarm.values, gpus: own.length },
  };
}

function splitAlarm(reading: Reading, { outliers, of }: Extract<PeerComparison, { kind: 'split' }>): TierAlarm {
  const [worst] = outliers;
  const value = worst?.value ?? 0;
  const likeMedian = worst?.likeMedian ?? 0;
  return {
    tier: 'peers',
    ratio: ratioOf(value, likeMedian),
    sinceMs: null,
    text: `two groups: ${outliers.length} of ${of} GPUs have a lower ${reading.what}, down to ${shown(value, reading)} against ${shown(likeMedian, reading)}`,
    values: { metric: reading.metric, gpus: outliers.length, ofGpus: of, value, likeMedian, holdsBack: 'unclear' },
  };
}

/** Higher is worse, whatever the direction. */
function ratioOf(value: number, likeMedian: number): number {
  const [low, high] = value < likeMedian ? [value, likeMedian] : [likeMedian, value];
  return low > 0 ? high / low : 1;
}

// Clocks step; what changes by less is noise.
const changeMin = 0.05;

function sinceOf(range: MetricRange, metric: string, gpu: PeerOutlier): number | null {
  const series = seriesOf(range, metric).find(({ labels }) => {
    const place = gpuPlace(labels);
    return place !== null && gpuKey(place) === gpuKey(gpu);
  });
  return series === undefined ? null : (changePoint(series.points, changeMin)?.atMs ?? null);
}

function shown(value: number, { unit, scale }: Reading): string {
  return `${(scale * value).toFixed(0)} ${unit}`;
}
