import { setImmediate as nextTurn } from 'node:timers/promises';
import { median, quantile } from 'simple-statistics';
import { fitConstants, fitSiteScale } from '../../../../../kb/performance/fit/fit.ts';
import { siteRows } from '../../../../../kb/performance/fit/split.ts';
import { predict } from '../../../../../kb/performance/model/predict.ts';
import type { Constants } from '../../../../../kb/performance/model/constants.ts';
import { alarmPolicy } from '../../../../../kb/performance/detect/policy.ts';
import { paint, type Terminal } from '../../../output.ts';
import { describeHost, type Machine } from '../../machine.ts';
import { seededRandom } from '../../random.ts';
import type { Case } from '../candidate.ts';
import { measuredRun } from '../model-candidate.ts';
import { prepareCases } from '../prepare-cases.ts';
import { readRuns } from '../published-runs.ts';
import { absoluteTier } from './absolute-tier.ts';
import { fleetLayout, fleetOf, fullClockMhz, placeOf } from './fleet.ts';
import { historyTier, type TierAnswer } from './history-tier.ts';
import { jobStory, type JobStory } from './job-story.ts';
import { peersTier } from './peers-tier.ts';
import { gpuSlowFactor, jobSlowFactor } from './slow-factor.ts';

export const injectedTiers = ['absolute', 'absolute, site scale', 'history', 'peers'] as const;
export type InjectedTier = (typeof injectedTiers)[number];

export interface Detection {
  readonly tier: InjectedTier;
  /** Clock of the slow GPU, MHz; `null` where the factor itself was set. */
  readonly mhz: number | null;
  /** Median over the jobs, of the whole job's step time. */
  readonly factor: number;
  readonly jobs: number;
  readonly detected: number;
  /** Of those detected; seconds from the onset. */
  readonly delaySeconds: { readonly median: number; readonly p90: number } | null;
}

export interface Health {
  readonly tier: InjectedTier;
  /** Of a step's noise with that of the step before. */
  readonly correlation: number;
  readonly jobDays: number;
  readonly falseAlarms: number;
}

export interface InjectionReport {
  readonly runs: number;
  readonly derivation: readonly string[];
  readonly detections: readonly Detection[];
  readonly health: readonly Health[];
  /** Factor of the job's step time at which half of the jobs are detected; `null`: never or always. */
  readonly halfDetected: readonly { readonly tier: InjectedTier; readonly factor: number | null }[];
  readonly seconds: number;
  readonly machine: Machine;
}

const clocksMhz = [210, 600, 1_000, 1_200, 1_300];
const factors = [1.01, 1.02, 1.03, 1.05, 1.08, 1.12, 1.2, 1.3, 1.5, 1.8, 2.2, 3];
const correlations = [0, 0.5];
// Of a healthy step: the share that the SM clock bounds, and memory's; estimates of the domain notes' worked cases.
const shares = { compute: 0.7, memory: 0.15 };
const sampleSeconds = 15;
const wish = { falseAlarmsPerDay: 1, jobs: 100, sampleSeconds, gpus: 640 };
const siteRuns = 5;
// Sets of single nodes with tiny models say little about jobs that anybody watches.
const leftOutSets = ['vtrain-single'];
const runsASetMax = 40;
const healthyRunsMax = 100;
const onsetSecondsMin = 7_200;
const foundWithinSeconds = 1_800;
const foundWithinSteps = 10;
const daySeconds = 86_400;
const fleetNodes = 80;
const fleetsMax = 20;
const fleetLooksMax = 8;
const fleetHealthyLooks = 200;

/** Slows real runs down by the factors of a lower clock and lets the tiers look, beside the same runs left healthy. */
export async function runInjection(
  terminal: Terminal,
  options: { readonly published: string; readonly seed: number },
  stop: AbortSignal,
): Promise<InjectionReport> {
  const startedMs = performance.now();
  const progress = async (text: string): Promise<void> => {
    terminal.transient?.(paint(terminal, 'dim', `  … ${text}`));
    await nextTurn();
    stop.throwIfAborted();
  };
  const policy = alarmPolicy(wish);
  await progress('constants, source by source');
  const jobs = jobsOf(options.published);
  const detections: Detection[] = [];
  for (const mhz of clocksMhz) {
    await progress(`${jobs.length} jobs with one GPU at ${mhz} MHz`);
    const factorOf = ({ resolved }: Case): number =>
      jobSlowFactor(shares, resolved.gpu.smClockMaxMhz / mhz, {
        microBatches: resolved.microBatches,
        stages: resolved.pp,
      });
    detections.push(...detectionsOf(jobs, { mhz, factorOf, policy, seed: options.seed }));
  }
  const byFactor: Detection[] = [];
  for (const factor of factors) {
    await progress(`${jobs.length} jobs, ${factor} times slower`);
    byFactor.push(...detectionsOf(jobs, { mhz: null, factorOf: () => factor, policy, seed: options.seed }));
  }
  const health: Health[] = [];
  for (const correlation of correlations) {
    await progress(`healthy days, correlation ${correlation}`);
    health.push(...healthOf(siteRows(jobs, healthyRunsMax), { correlation, policy, seed: options.seed }));
  }
  for (const mhz of clocksMhz) {
    await progress(`one of ${fleetNodes * 8} GPUs at ${mhz} MHz`);
    detections.push(fleetDetection(mhz, policy, options.seed));
  }
  await progress('healthy fleet');
  health.push(fleetHealth(policy, options.seed));
  terminal.transient?.('');
  const half = (['absolute', 'absolute, site scale', 'history'] as const).map((tier) => ({
    tier,
    factor: halfOf(byFactor.filter((one) => one.tier === tier)),
  }));
  return {
    runs: jobs.length,
    derivation: policy.derivation,
    detections: [...detections, ...byFactor],
    health,
    halfDetected: half,
    seconds: (performance.now() - startedMs) / 1_000,
    machine: describeHost(),
  };
}

type Job = Case & { readonly constants: Constants; readonly site: ReturnType<typeof fitSiteScale> };
type Policy = ReturnType<typeof alarmPolicy>;

/** Runs on the model of GPU whose clocks are injected, each with constants that have not seen its source. */
function jobsOf(published: string): readonly Job[] {
  const { cases } = prepareCases(readRuns(published).runs);
  const jobs: Job[] = [];
  for (const [source, ofSource] of Map.groupBy(cases, (one) => one.source)) {
    const wanted = ofSource.filter(({ set, naive }) => naive.gpuGeneration === 'ampere' && !leftOutSets.includes(set));
    if (wanted.length === 0) continue;
    const constants = fitConstants(cases.filter((one) => one.source !== source).map(measuredRun));
    const own = siteRows(wanted, siteRuns);
    const site = fitSiteScale(own.map(measuredRun), constants);
    const others = wanted.filter((one) => !own.includes(one));
    jobs.push(...siteRows(others, runsASetMax).map((one) => ({ ...one, constants, site })));
  }
  return jobs;
}

function detectionsOf(
  jobs: readonly Job[],
  plan: {
    readonly mhz: number | null;
    readonly factorOf: (job: Case) => number;
    readonly policy: Policy;
    readonly seed: number;
  },
): readonly Detection[] {
  const answers = jobs.map((job, at) => {
    const random = seededRandom(plan.seed * 1_000 + at);
    const factor = plan.factorOf(job);
    const onsetSeconds = onsetSecondsMin + random() * 3_600;
    const window = Math.max(foundWithinSeconds, foundWithinSteps * factor * job.measuredSeconds);
    const endSeconds = onsetSeconds + window;
    const story = jobStory(
      { stepSeconds: job.measuredSeconds, endSeconds, slow: { fromSeconds: onsetSeconds, factor }, correlation: 0 },
      random,
    );
    return { factor, ...tiersOf(job, story, { policy: plan.policy, onsetSeconds, healthySeconds: 0, endSeconds }) };
  });
  const factor = median(answers.map((one) => one.factor));
  const told = (tier: InjectedTier, of: (answer: (typeof answers)[number]) => TierAnswer): Detection =>
    detection(
      { tier, mhz: plan.mhz, factor },
      answers.map((one) => of(one).delaySeconds),
    );
  return [
    told('absolute', ({ absolute }) => absolute),
    told('absolute, site scale', ({ atSite }) => atSite),
    told('history', ({ history }) => history),
  ];
}

function tiersOf(
  job: Job,
  story: JobStory,
  span: {
    readonly policy: Policy;
    readonly onsetSeconds: number;
    readonly healthySeconds: number;
    readonly endSeconds: number;
  },
): { readonly absolute: TierAnswer; readonly atSite: TierAnswer; readonly history: TierAnswer } {
  const { constants, site } = job;
  const common = { ...span, sampleSeconds };
  const general = predict(job.resolved, { constants });
  const scaled = predict(job.resolved, { constants, site });
  return {
    absolute: absoluteTier(story, { ...common, prediction: general, site: null }),
    atSite: absoluteTier(story, { ...common, prediction: scaled, site }),
    history: historyTier(story, { ...common, thresholds: span.policy.history }),
  };
}

function detection(about: Pick<Detection, 'tier' | 'mhz' | 'factor'>, delays: readonly (number | null)[]): Detection {
  const found = delays.filter((delay) => delay !== null);
  return {
    ...about,
    jobs: delays.length,
    detected: found.length,
    delaySeconds: found.length === 0 ? null : { median: median(found), p90: quantile(found, 0.9) },
  };
}

/** The absolute tier has one chance a start, the job's own history every step of a day. */
function healthOf(
  jobs: readonly Job[],
  { correlation, policy, seed }: { readonly correlation: number; readonly policy: Policy; readonly seed: number },
): readonly Health[] {
  const count = { absolute: 0, atSite: 0, history: 0 };
  jobs.forEach((job, at) => {
    const random = seededRandom(seed * 2_000 + at);
    const story = jobStory(
      { stepSeconds: job.measuredSeconds, endSeconds: daySeconds, slow: null, correlation },
      random,
    );
    const span = { policy, onsetSeconds: daySeconds + 1, healthySeconds: 3_600, endSeconds: daySeconds };
    const { absolute, atSite, history } = tiersOf(job, story, span);
    count.absolute += absolute.falseAlarms;
    count.atSite += atSite.falseAlarms;
    count.history += history.falseAlarms;
  });
  const health = (tier: InjectedTier, falseAlarms: number): Health => ({
    tier,
    correlation,
    jobDays: jobs.length,
    falseAlarms,
  });
  return [
    health('absolute', count.absolute),
    health('absolute, site scale', count.atSite),
    health('history', count.history),
  ];
}

function fleetDetection(mhz: number, policy: Policy, seed: number): Detection {
  const layout = fleetLayout(fleetNodes);
  const factor = gpuSlowFactor(shares, fullClockMhz / mhz);
  const delays = Array.from({ length: fleetsMax }, (_, at) => {
    const random = seededRandom(seed * 3_000 + at);
    const fleet = fleetOf(fleetNodes, random);
    const place = placeOf(Math.floor(random() * fleetNodes * 8));
    const slow = { ...place, mhz, fromSeconds: 3_600, jobFactor: factor };
    return peersTier(fleet, slow, { layout, policy, looksMax: fleetLooksMax, random }).delaySeconds;
  });
  return detection({ tier: 'peers', mhz, factor }, delays);
}

function fleetHealth(policy: Policy, seed: number): Health {
  const random = seededRandom(seed * 4_000);
  const layout = fleetLayout(fleetNodes);
  let falseAlarms = 0;
  // Another draw of GPUs for every ten looks: what a GPU sustains does not change from look to look.
  for (let looks = 0; looks < fleetHealthyLooks; looks += 10)
    falseAlarms += peersTier(fleetOf(fleetNodes, random), null, { layout, policy, looksMax: 10, random }).wrong;
  return {
    tier: 'peers',
    correlation: 0,
    jobDays: (fleetHealthyLooks * sampleSeconds) / daySeconds,
    falseAlarms,
  };
}

/** Between the last factor that fewer than half find and the first that half find, on a straight line. */
function halfOf(detections: readonly Detection[]): number | null {
  const share = ({ detected, jobs }: Detection): number => detected / jobs;
  const above = detections.findIndex((one) => share(one) >= 0.5);
  const [low, high] = [detections[above - 1], detections[above]];
  if (low === undefined || high === undefined) return null;
  const part = (0.5 - share(low)) / (share(high) - share(low));
  return low.factor + part * (high.factor - low.factor);
}
