import { linearRegression, median, sampleRankCorrelation } from 'simple-statistics';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { changePoint } from '../../metrics/change-point.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { FollowedSource, SequenceDetector } from '../../schemas/sequence-detector.ts';
import { progressKinds } from './progress-track.ts';
import { sequenceFinding } from './sequence-finding.ts';
import { followSeries, type StepPoint, type StepSeries } from './step-series.ts';
import { robustSigma } from '../../metrics/robust-sigma.ts';

// Shares of slow jobs by cause (Greyhound, ATC 2025: a throttled GPU costs most, the network is the most frequent), at
// half of what `metric.training.step-time.jumped` weighs: where both are seen they tell the same.
const ofSlowness: FindingKind['weighs'] = {
  'gpu-clock-throttle': 0.8,
  'rdma-link-fault': 0.5,
  'dataloader-stall': 0.5,
  'shared-fs-problem': 0.4,
  'foreign-gpu-process': 0.3,
  'cpu-affinity-misconfig': 0.2,
  'facility-fault': 0.2,
  'host-hardware-fault': 0.2,
  'gpu-fell-off-bus': -0.8,
  'gpu-oom': -0.8,
  'user-code-error': -0.8,
};
const greyhound = 'https://www.usenix.org/conference/atc25/presentation/wu-tianyuan';

/** Step times and throughput of a job against its own history. */
export const stepTimes: SequenceDetector<readonly StepSeries[]> = {
  id: 'step-times',
  kinds: [
    {
      id: 'job.step-time.jumped',
      summary: 'from one step on, steps take clearly longer than before',
      role: 'symptom',
      weighs: ofSlowness,
      source: greyhound,
    },
    {
      id: 'job.step-time.drifting',
      summary: 'steps take longer and longer',
      role: 'symptom',
      // What grows slowly: heat, memory that fills, a cache or a file system that does not keep up.
      weighs: { 'gpu-clock-throttle': 0.5, 'host-oom': 0.4, 'dataloader-stall': 0.5, 'shared-fs-problem': 0.4 },
      source: 'https://www.usenix.org/conference/nsdi24/presentation/jiang-ziheng',
    },
    {
      id: 'job.throughput.dropped',
      summary: 'the job does clearly fewer samples or tokens a second than before',
      role: 'symptom',
      weighs: ofSlowness,
      source: greyhound,
    },
  ],
  listens: progressKinds.filter((kind) => kind !== 'job.progress.finished'),
  follow() {
    const follower = followSeries();
    return {
      note: (line, match) => follower.note(line, match),
      summary() {
        const series = follower.series();
        return series.length === 0 ? null : series;
      },
    };
  },
  conclude(sources) {
    const found = longest(sources).flatMap((series) => judge(series) ?? []);
    // A synchronous job has one step time, whoever tells it: the clearest series speaks for all, times before rates.
    const clearest = found.toSorted(
      (a, b) =>
        Number(a.series.measure === 'rate') - Number(b.series.measure === 'rate') ||
        b.slowdown.ratio - a.slowdown.ratio,
    )[0];
    return clearest === undefined ? [] : [findingOf(clearest)];
  },
};

// Every series costs milliseconds; ranks of one job tell the same.
const seriesJudgedMax = 16;
// The first steps compile, allocate and fill caches: at least three, and a twentieth of what is there.
const warmUpPointsMin = 3;
const warmUpShare = 0.05;
// After the warm-up there have to be five points on each side of a change (`sideMin` of the change point).
const pointsMin = 10;
// Healthy jobs spread by about 2 %, and 15 % is the smallest loss that published detectors act on (as in
// kb/metrics/step-time-jumped.ts; perf-model, tier "own history").
const apartShare = 0.15;
// A rank correlation of 0.7 with time over twenty points or more has p < 0.001.
const driftCorrelationMin = 0.7;
const driftPointsMin = 20;

interface Judged {
  readonly series: Joined;
  readonly slowdown: Slowdown;
}

interface Slowdown {
  readonly how: 'jump' | 'drift';
  readonly since: PlacedPoint;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
}

type PlacedPoint = StepPoint & { readonly evidenceId: string; readonly source: string };

interface Joined extends Omit<StepSeries, 'points'> {
  readonly points: readonly PlacedPoint[];
}

/** The series with the most points; what one rank tells in many windows is one series. */
function longest(sources: readonly FollowedSource<readonly StepSeries[]>[]): readonly Joined[] {
  const joined = new Map<string, Joined>();
  const inTime = sources.toSorted((a, b) => (a.source.firstMs ?? 0) - (b.source.firstMs ?? 0));
  for (const { source: facts, summary } of inTime)
    for (const series of summary) {
      const { evidenceId, source } = facts;
      // Without node and rank, two files are two writers.
      const key = series.node === undefined && series.rank === undefined ? `${source}|${series.key}` : series.key;
      const points = series.points.map((point) => ({ ...point, evidenceId, source }));
      joined.set(key, { ...series, points: [...(joined.get(key)?.points ?? []), ...points] });
    }
  return [...joined.values()].toSorted((a, b) => b.points.length - a.points.length).slice(0, seriesJudgedMax);
}

function judge(series: Joined): Judged | null {
  const warmUp = Math.max(warmUpPointsMin, Math.ceil(series.points.length * warmUpShare));
  const points = series.points.slice(warmUp);
  if (points.length < pointsMin) return null;
  const jump = jumpIn(points);
  const drift = driftIn(points);
  const slowdown = jump !== null && (drift === null || fits(points, jump) <= fits(points, drift)) ? jump : drift;
  return slowdown === null ? null : { series, slowdown };
}

function jumpIn(points: readonly PlacedPoint[]): Slowdown | null {
  const change = changePoint(
    points.map(({ value }, index) => [index, value] as const),
    apartShare,
  );
  const since = change === null ? undefined : points[change.atMs];
  return change === null || since === undefined || change.ratio < 1
    ? null
    : { how: 'jump', since, before: change.before, after: change.after, ratio: change.ratio };
}

/** Over the middle of its points, so that pauses for checkpoints and evaluations do not count. */
function driftIn(points: readonly PlacedPoint[]): Slowdown | null {
  const steady = withoutPauses(points);
  if (steady.length < driftPointsMin) return null;
  const logs = steady.map(({ value }) => Math.log(value));
  const indexes = logs.map((_, index) => index);
  if (sampleRankCorrelation(indexes, logs) < driftCorrelationMin) return null;
  const { m, b } = linearRegression(indexes.map((index) => [index, logs[index] ?? 0]));
  const rise = m * (logs.length - 1);
  const [since] = steady;
  return since === undefined || rise < Math.log(1 + apartShare)
    ? null
    : { how: 'drift', since, before: Math.exp(b), after: Math.exp(b + rise), ratio: Math.exp(rise) };
}

// Five robust standard deviations, as for outliers among peers (perf-model, tier 3).
const pauseSigmas = 5;

function withoutPauses(points: readonly PlacedPoint[]): readonly PlacedPoint[] {
  const logs = points.map(({ value }) => Math.log(value));
  const middle = median(logs);
  const spread = Math.max(Math.log(1 + apartShare), robustSigma(logs));
  return points.filter((_, index) => Math.abs((logs[index] ?? middle) - middle) <= pauseSigmas * spread);
}

/** How far the points are from what a slow-down says of them, on the logarithm. */
function fits(points: readonly PlacedPoint[], { how, since, before, after }: Slowdown): number {
  const turn = points.indexOf(since);
  const [from, to] = [Math.log(before), Math.log(after)];
  return points.reduce((sum, { value }, index) => {
    const said = how === 'jump' ? (index < turn ? from : to) : from + ((to - from) * index) / (points.length - 1);
    return sum + Math.abs(Math.log(value) - said);
  }, 0);
}

function findingOf({ series, slowdown }: Judged): Finding {
  const { since, ratio } = slowdown;
  const { evidenceId, source, line, byteStart, byteEnd, atMs, step } = since;
  const from = step === null ? '' : ` from step ${step} on`;
  const place = {
    range: { evidenceId, source, line, byteStart, byteEnd },
    ...(atMs === null ? {} : { atMs }),
  };
  if (series.measure === 'rate') {
    const [before, after] = [1 / slowdown.before, 1 / slowdown.after];
    return sequenceFinding('job.throughput.dropped', 'symptom', {
      ...place,
      text: `throughput fell from ${digits(before)} to ${digits(after)} a second${from}`,
      values: { beforePerSecond: before, afterPerSecond: after, ratio, ...(step === null ? {} : { sinceStep: step }) },
    });
  }
  const kind = slowdown.how === 'jump' ? 'job.step-time.jumped' : 'job.step-time.drifting';
  const verb = slowdown.how === 'jump' ? 'rose' : 'grew little by little';
  return sequenceFinding(kind, 'symptom', {
    ...place,
    text: `step time ${verb} from ${digits(slowdown.before / 1000)} s to ${digits(slowdown.after / 1000)} s${from}`,
    values: {
      beforeMs: slowdown.before,
      afterMs: slowdown.after,
      ratio,
      ...(step === null ? {} : { sinceStep: step }),
    },
  });
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
