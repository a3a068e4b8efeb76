import { mean, median } from 'simple-statistics';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector, MetricRange } from '../schemas/metric.ts';
import { robustSigma } from './robust-sigma.ts';
import { gpuKey, gpuPlace, idleGpus, seriesOf } from './series.ts';

const worsened: FindingKind = {
  id: 'metric.gpu.cooling.worsened',
  summary: 'A GPU gives off its heat worse than before, and the other GPUs in the same air do not',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1 },
  source:
    'https://www.analog.com/en/resources/technical-articles/thermal-characterization-of-ic-packages.html (thermal resistance: kelvins above the air for each watt)',
};

export const coolingWorsened: MetricDetector = {
  id: 'metric.gpu.cooling',
  kinds: [worsened],
  metrics: ['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_GPU_UTIL'],
  evaluate(range) {
    const idle = idleGpus(range);
    const busy = heatOf(range).filter((gpu) => !idle.has(gpuKey(gpu)));
    const compared = [...Map.groupBy(busy, ({ node }) => node).values()].flatMap(againstMates);
    if (compared.length === 0) return [];
    const ofAll = robustSigma(compared.map(({ worse }) => worse));
    const odd = compared.filter(
      ({ worse, spread }) => worse > worseMin && worse > robustSigmas * Math.max(ofAll, spread),
    );
    // Two of one node share more than that: a fan, an air baffle.
    return odd
      .filter(({ node }) => odd.filter((other) => other.node === node).length === 1)
      .map(({ node, device, worse, mates, spread }) => ({
        kind: worsened.id,
        node,
        device,
        text: `${percent(worse)} more degrees for each watt than before, beside the ${mates} other GPUs of its node in the same air (spread ${percent(spread)})`,
        values: { worsePercent: Math.round(100 * worse), mates },
      }));
  },
};

// The least of which a median is one that a faulty GPU does not move.
const matesMin = 3;
/** Our judgement, from the simulated cluster: equal GPUs of hot racks went apart by up to 5 % within half an hour, one with dried paste by 10 % and more. */
const worseMin = 0.08;
/** As for other figures of the exporter (kb/metrics/outliers.ts). */
const robustSigmas = 5;

interface Heat {
  readonly node: string;
  readonly device: Device;
  readonly before: State;
  readonly now: State;
  /** How many degrees it is warmer at the end of `now` than at its beginning. */
  readonly drift: number;
}

interface State {
  readonly celsius: number;
  readonly watts: number;
}

interface Compared {
  readonly node: string;
  readonly device: Device;
  /** Logarithm of its thermal resistance now by that of before, less the same of its mates. */
  readonly worse: number;
  readonly mates: number;
  readonly spread: number;
}

// ASHRAE's recommended inlet of servers is 18 to 27 °C; ten degrees more or less change what is compared by a tenth of it.
const airCelsius = 25;
/** A GPU that is hardly warmer than the air tells nothing, as temperatures are whole degrees. */
const aboveAirMin = 15;

/**
 * A heat sink follows its GPU's power by minutes: one that just began to draw less is warm of before. A GPU that cools faster
 * than its mates, beyond what whole degrees and the rhythm of steps leave, is not judged.
 */
const driftMax = 2;

/** The GPUs of a node breathe the same air: how warm it is now, the one in the middle tells. */
function againstMates(gpus: readonly Heat[]): readonly Compared[] {
  if (gpus.length <= matesMin) return [];
  const middle = (value: (gpu: Heat) => number): number => median(gpus.map(value));
  const drift = middle(({ drift: degrees }) => degrees);
  const ratio = middle(({ now }) => now.watts) / middle(({ before }) => before.watts);
  const airNow = middle(({ now }) => now.celsius) - ratio * (middle(({ before }) => before.celsius) - airCelsius);
  const warm = gpus.filter(
    (gpu) =>
      gpu.before.celsius - airCelsius >= aboveAirMin &&
      gpu.now.celsius - airNow >= aboveAirMin &&
      gpu.drift - drift >= -driftMax,
  );
  if (warm.length <= matesMin) return [];
  const grown = warm.map(({ before, now }) =>
    Math.log(((now.celsius - airNow) * before.watts) / ((before.celsius - airCelsius) * now.watts)),
  );
  const ofMates = median(grown);
  const spread = robustSigma(grown);
  return warm.map(({ node, device }, at) => ({
    node,
    device,
    worse: (grown[at] ?? 0) - ofMates,
    mates: warm.length - 1,
    spread,
  }));
}

/** The beginning of the range, and its end. */
const beforeShare = 1 / 6;
const nowMs = 2 * 60_000;
/** Whole degrees and noisy watts: fewer samples leave some per cent of error. */
const samplesMin = 6;

function heatOf(range: MetricRange): readonly Heat[] {
  const celsius = windowsOf(range, 'DCGM_FI_DEV_GPU_TEMP');
  const watts = windowsOf(range, 'DCGM_FI_DEV_POWER_USAGE');
  return [...celsius].flatMap(([key, { node, device, before, now, drift }]) => {
    const power = watts.get(key);
    if (power === undefined || power.before <= 0 || power.now <= 0) return [];
    return [
      {
        node,
        device,
        before: { celsius: before, watts: power.before },
        now: { celsius: now, watts: power.now },
        drift,
      },
    ];
  });
}

interface Windows {
  readonly node: string;
  readonly device: Device;
  readonly before: number;
  readonly now: number;
  readonly drift: number;
}

function windowsOf(range: MetricRange, name: string): ReadonlyMap<string, Windows> {
  const untilMs = range.fromMs + beforeShare * (range.alertAtMs - range.fromMs);
  return new Map(
    seriesOf(range, name).flatMap(({ labels, points }) => {
      const place = gpuPlace(labels);
      const lastMs = points.at(-1)?.[0] ?? 0;
      const known = points.filter(([, value]) => Number.isFinite(value));
      const before = known.filter(([atMs]) => atMs <= untilMs).map(([, value]) => value);
      const now = known.filter(([atMs]) => atMs > Math.max(untilMs, lastMs - nowMs)).map(([, value]) => value);
      if (place === null || before.length < samplesMin || now.length < samplesMin) return [];
      const half = Math.floor(now.length / 2);
      const drift = mean(now.slice(-half)) - mean(now.slice(0, half));
      return [[gpuKey(place), { ...place, before: mean(before), now: mean(now), drift }] as const];
    }),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < worseMin ? 1 : 0)} %`;
}
