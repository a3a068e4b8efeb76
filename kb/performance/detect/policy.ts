import { cusumThreshold, detectionDelay, normalSigmas } from './run-length.ts';

/** What an operator asks for. */
export interface AlarmWish {
  /** Over all jobs and all three tiers together. */
  readonly falseAlarmsPerDay: number;
  readonly jobs: number;
  /** Seconds between two looks at the metrics; a job whose steps take longer is looked at once a step. */
  readonly sampleSeconds: number;
  /** GPUs of one job; 0 where peers are not compared. */
  readonly gpus?: number;
}

/** What the own-history detector needs to know; all shifts are of the natural logarithm of step time. */
export interface HistoryThresholds {
  /** Samples between two false alarms. */
  readonly runLength: number;
  /** The smallest lasting slowdown that is worth an alarm: 0.03 is 3 %. */
  readonly shift: number;
  readonly warmUpSteps: number;
  /** A step time that has not come back to the healthy one so long after a start will not by itself. */
  readonly settleMs: number;
  /** Steps until the baseline can be used, and steps until it stands for good. */
  readonly learnStepsMin: number;
  readonly learnStepsMax: number;
  /** No alarm stands on fewer slow steps. */
  readonly persistSteps: number;
}

export interface AlarmPolicy {
  readonly wish: Required<AlarmWish>;
  readonly absolute: {
    /** A healthy job start is beyond its threshold with this probability. */
    readonly probability: number;
    /** The same in standard deviations of a well-known sigma. */
    readonly sigmas: number;
  };
  readonly history: HistoryThresholds;
  readonly peers: {
    readonly probability: number;
    readonly sigmas: number;
  };
  /** How the thresholds follow from the wish, one sentence each. */
  readonly derivation: readonly string[];
}

const daySeconds = 86_400;
const tierCount = 3;
// What a peers look compares of each GPU: clock, memory clock, power, tensor activity, OFU, NVLink, PCIe.
const peerMetricCount = 7;
// A job is started anew about once a day: 419 interruptions in 54 days of one job of 16,384 GPUs (arXiv:2407.21783,
// section 3.3.4) are eight a day; jobs of this size have far fewer.
const startsPerJobDay = 1;
// SuperBench (ATC 2024) calls 5 % a regression; healthy jobs of ours spread by 1 to 2 %, and 3 % is what CUSUM still
// tells from that within a minute or two (perf-model notes, section 6.4: 3 to 5 %).
const shift = 0.03;
// Compilation, allocator and autotuning: torchtitan and Megatron both leave out the first steps of their own averages.
const warmUpSteps = 10;
// Caches that fill, data that is indexed and graphs that are compiled piece by piece go on for minutes after those: 5 from
// a cache and 15 without one are reported (openbmb.github.io/MiniCPM-o-Demo/site/en/compile.html). A job that is slow from
// its start on is told of so much later.
const settleMs = 10 * 60_000;
const learnStepsMin = 24;
// An hour and a half at a sample each quarter of a minute, and what a watch can carry in 4 KB.
const learnStepsMax = 360;
// A checkpoint and an evaluation may follow each other; three slow steps in a row are neither.
const persistSteps = 3;
// Two sigma are the least that anybody should act on (perf-model notes, section 6.4).
const absoluteSigmasMin = 2;

/** Thresholds of the three tiers from the false alarms that are allowed. */
export function alarmPolicy(wanted: AlarmWish): AlarmPolicy {
  const wish = { gpus: 0, ...wanted };
  checkWish(wish);
  const perTierDay = wish.falseAlarmsPerDay / tierCount / wish.jobs;
  const looksPerDay = daySeconds / wish.sampleSeconds;
  const absoluteProbability = Math.min(0.5, perTierDay / startsPerJobDay);
  const runLength = Math.max(2, looksPerDay / perTierDay);
  const peersProbability = perTierDay / (looksPerDay * Math.max(1, wish.gpus) * peerMetricCount);
  const absolute = {
    probability: absoluteProbability,
    sigmas: Math.max(absoluteSigmasMin, normalSigmas(absoluteProbability)),
  };
  const peers = { probability: peersProbability, sigmas: normalSigmas(peersProbability) };
  const history = { runLength, shift, warmUpSteps, settleMs, learnStepsMin, learnStepsMax, persistSteps };
  return {
    wish,
    absolute,
    history,
    peers,
    derivation: derivation(wish, { perTierDay, looksPerDay, absolute, runLength, peers }),
  };
}

function checkWish(wish: Required<AlarmWish>): void {
  for (const field of ['falseAlarmsPerDay', 'jobs', 'sampleSeconds'] as const)
    if (!(wish[field] > 0) || !Number.isFinite(wish[field]))
      throw new RangeError(`alarm policy: ${field} is ${wish[field]}, a positive number is needed`);
  if (!(wish.gpus >= 0)) throw new RangeError(`alarm policy: gpus is ${wish.gpus}, zero or more is needed`);
}

interface Derived {
  readonly perTierDay: number;
  readonly looksPerDay: number;
  readonly absolute: AlarmPolicy['absolute'];
  readonly runLength: number;
  readonly peers: AlarmPolicy['peers'];
}

// An example that reads well: allowance half the shift, steps that spread by 2 %.
const exampleSigma = 0.02;

function derivation(wish: Required<AlarmWish>, derived: Derived): readonly string[] {
  const { perTierDay, looksPerDay, absolute, runLength, peers } = derived;
  const k = Math.max(0.5, shift / 2 / exampleSigma);
  const h = cusumThreshold(k, runLength);
  return [
    `${wish.falseAlarmsPerDay} false alarms a day over ${wish.jobs} jobs, shared by three tiers: ${perTierDay.toPrecision(3)} a job, tier and day.`,
    `Absolute: the error of a prediction stays the same while a job runs, so a healthy job has one chance a start (${startsPerJobDay} a day): probability ${absolute.probability.toPrecision(3)}, ${absolute.sigmas.toFixed(2)} sigma.`,
    `Own history: ${Math.round(looksPerDay)} samples a day at ${wish.sampleSeconds} s, so ${runLength.toPrecision(3)} samples between false alarms (Siegmund: run length = (e^b - b - 1) / 2k^2, b = 2k(h + 1.166)); for steps that spread by ${(100 * exampleSigma).toFixed(0)} % allowance k = ${k.toFixed(2)} and threshold h = ${h.toFixed(1)} sigma, which finds 5 % in ${Math.ceil(detectionDelay(k, h, Math.log(1.05) / exampleSigma))} samples; no alarm stands on fewer than ${persistSteps} steps.`,
    wish.gpus > 0
      ? `Peers: ${Math.round(looksPerDay)} looks a day at ${wish.gpus} GPUs in ${peerMetricCount} metrics: probability ${peers.probability.toPrecision(2)} a comparison, ${peers.sigmas.toFixed(1)} robust sigma, and at least the metric's own smallest distance.`
      : 'Peers: no GPUs to compare.',
  ];
}
