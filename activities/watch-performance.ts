import { ApplicationFailure } from '@temporalio/common';
import pLimit, { type LimitFunction } from 'p-limit';
import {
  beginHistory,
  emptyHistory,
  healthySeconds,
  observeSteps,
  type HistoryState,
} from '../kb/performance/detect/history.ts';
import { judge } from '../kb/performance/detect/judge.ts';
import { layoutOf } from '../kb/performance/detect/layout.ts';
import { alarmPolicy, type AlarmPolicy } from '../kb/performance/detect/policy.ts';
import { stepsOf } from '../kb/performance/detect/steps.ts';
import { pausesOf, periodicPhases } from '../kb/performance/detect/pauses.ts';
import { warmUpPhases } from '../kb/performance/detect/warm-up.ts';
import type { PerformanceVerdict, TierAlarm } from '../kb/performance/detect/verdict.ts';
import { measuredNow } from '../kb/performance/measured-now.ts';
import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import type { MetricRange, MetricSeries } from '../kb/schemas/metric.ts';
import {
  historyBytesMax,
  quietWallMsMax,
  timerWallMsMin,
  withPower,
  type CarriedHistory,
  type Look,
  type LookInput,
  type Suspicion,
  type WatchedSpeed,
} from '../workflows/domain/perf-watch.ts';
import { withHeartbeats } from './heartbeats.ts';
import { jsonDigest } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { Clock, MetricsSource } from './ports.ts';
import { suspicionText } from './suspicion-text.ts';
import { partMetrics, partsOf, partStepMs, stepSeries, usualPartMetrics } from './watch-metrics.ts';
import type { Expectation, ExpectationOf } from './watch-expectation.ts';
import { isUneasy } from '../kb/performance/detect/uneasy.ts';

export interface WatchPerformancePorts {
  readonly inventories: ReadonlyMap<string, Inventory>;
  /** The metrics of one cluster; `null` where none are configured. */
  readonly metrics: (inventory: Inventory) => MetricsSource | null;
  readonly expected: ExpectationOf;
  /** Wall time. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

type Job = Inventory['jobs'][number];
type Looked = Extract<Look, { kind: 'looked' }>;

/** Looks at the speed of one job until there is something to decide. Reads and changes nothing, so that it may run twice. */
export function createWatchPerformance(ports: WatchPerformancePorts): (input: LookInput) => Promise<Look> {
  const load: Load = { looks: 0, quiet: 0, parts: pLimit(partsAtOnceMax) };
  return async (input) => {
    const inventory = ports.inventories.get(input.cluster);
    if (inventory === undefined) return { kind: 'gone', why: `cluster ${input.cluster} has no inventory` };
    const job = inventory.jobs.find(({ name }) => name === input.job);
    if (job === undefined) return { kind: 'gone', why: `the inventory has no job ${input.job} any more` };
    if (load.looks >= looksAtOnceMax) throw busy();
    load.looks += 1;
    try {
      return await withHeartbeats(
        () => null,
        async (signal) => {
          await ports.pause(Math.min(input.restWallMs, timerWallMsMin), signal);
          return lookUntilNews(ports, { input, inventory, job, signal, load });
        },
      ).catch(rethrow);
    } finally {
      load.looks -= 1;
    }
  };
}

/** What the looks of this worker are at. */
interface Load {
  looks: number;
  /** Looks that stay to look again. */
  quiet: number;
  readonly parts: LimitFunction;
}

/**
 * Half of what a worker runs at once (`activitiesMax` in workers/worker.ts): where a metrics server hangs, hundred watches
 * must not keep the logs of an incident from being gathered.
 */
const looksAtOnceMax = 10;
/** Looks with nothing new that stay in their place; the others give it back and come again by a timer. */
const quietAtOnceMax = 4;
/** Answers are held whole until they are parsed, and those of large clusters are large. */
const partsAtOnceMax = 2;
const busyRetryMs = 5_000;

function busy(): ApplicationFailure {
  return ApplicationFailure.create({
    message: `this worker looks at ${looksAtOnceMax} jobs already; more log workers would help, or a faster metrics server`,
    type: 'Busy',
    nextRetryDelay: busyRetryMs,
  });
}

interface Scene {
  readonly input: LookInput;
  readonly inventory: Inventory;
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly load: Load;
}

/** Looks that see what was expected follow each other here; the last of them tells for all. */
async function lookUntilNews(ports: WatchPerformancePorts, scene: Scene): Promise<Look> {
  const { load } = scene;
  const untilWallMs = ports.clock.nowMs() + quietWallMsMax;
  const seen = await look(ports, scene);
  if (load.quiet >= quietAtOnceMax) return seen;
  load.quiet += 1;
  try {
    return await lookAgain(ports, scene, seen, untilWallMs);
  } finally {
    load.quiet -= 1;
  }
}

/** Slow answers of the metrics server count as well: the time of an activity is bounded. */
async function lookAgain(
  ports: WatchPerformancePorts,
  scene: Scene,
  first: Looked,
  untilWallMs: number,
): Promise<Looked> {
  const { input, signal } = scene;
  const looksMax = 1 + Math.floor(quietWallMsMax / Math.max(1, input.periodWallMs));
  let seen = first;
  for (let looks = 2; looks <= looksMax && isQuiet(seen, input); looks += 1) {
    if (ports.clock.nowMs() + input.periodWallMs > untilWallMs) break;
    await ports.pause(input.periodWallMs, signal);
    const { history, layout, atMs: lastLookAtMs } = seen;
    const gpus = input.gpus === 'always' && input.expects === 'normal' ? 'never' : input.gpus;
    const next = { ...input, history, layout, lastLookAtMs, gpus };
    const { speed, ...again } = await look(ports, { ...scene, input: next });
    seen = { ...again, looks, speed: withPower(speed, seen.speed) };
  }
  return seen;
}

function isQuiet({ verdict, uneasy }: Looked, { expects }: LookInput): boolean {
  return verdict === expects && (expects === 'slow' || !uneasy);
}

async function look(ports: WatchPerformancePorts, scene: Scene): Promise<Looked> {
  const { input, inventory, job, signal } = scene;
  const atMs = Math.round(toClusterMs(inventory.clock, ports.clock.nowMs()));
  const { rate } = inventory.clock;
  const layout = jsonDigest(job.ranks).slice(0, 16);
  const source = ports.metrics(inventory);
  if (source === null)
    return { ...nothingSeen(input), atMs, rate, layout, degraded: ['no metrics server is configured'] };

  const known = knownHistory(input, layout, atMs);
  const { document, degraded: doubts } = await ports.expected(inventory, job, signal);
  const policy = policyFor(scene);
  const steps = await stepSeries(source, known, atMs, scene);
  const stepRange = rangeOf(steps, atMs);
  const tokensPerStep = tokensOf(document.run);
  const { samples } = stepsOf(stepRange, tokensPerStep);
  const pauses = periodicPhases(pausesOf(samples, stepRange));
  const { state } = observeSteps(
    beginHistory(known ?? emptyHistory, samples, stepRange),
    samples,
    policy.history,
    pauses,
  );
  const weigh = (range: MetricRange) =>
    judge({
      range,
      prediction: document.prediction,
      site: document.calibration.site,
      layout: layoutOf(job.ranks, document.run ?? job.training),
      history: known,
      phases: warmUpPhases(state.warmUp),
      policy,
      modelOf: ({ node, device }) => gpuModel(inventory, node, device.index),
    });

  let range = stepRange;
  let verdict = weigh(range);
  const degraded = [...doubts];
  const newestStepMs = state.last?.atMs ?? null;
  const isNews = newestStepMs === null || newestStepMs !== input.votedStepMs;
  const read = async (metrics: readonly string[]): Promise<void> => {
    const parts = await partsOf(source, metrics, atMs, scene, scene.load.parts);
    if (parts.kind === 'read') {
      range = rangeOf([...range.series, ...parts.series], atMs);
      verdict = weigh(range);
    } else degraded.push(`no metrics of the GPUs: ${parts.why}`);
  };
  const isDue = input.gpus === 'always';
  if (isDue) await read(usualPartMetrics);
  if (input.gpus !== 'never' && verdict.kind === 'slow' && (isNews || isDue) && degraded.length === doubts.length)
    await read(isDue ? partMetrics.filter((metric) => !usualPartMetrics.includes(metric)) : partMetrics);
  signal.throwIfAborted();
  const speed = speedOf(range, verdict, document, state, job);
  return {
    kind: 'looked',
    looks: 1,
    atMs,
    rate,
    verdict: verdict.kind,
    speed,
    newestStepMs,
    uneasy: isUneasy(state),
    suspicion: verdict.kind === 'slow' ? suspicionOf(job, verdict, speed) : null,
    history: carried(state),
    layout,
    degraded,
  };
}

function nothingSeen({ history }: LookInput): Omit<Looked, 'atMs' | 'rate' | 'layout'> {
  return {
    kind: 'looked',
    looks: 1,
    verdict: 'unmeasured',
    speed: null,
    newestStepMs: null,
    uneasy: false,
    suspicion: null,
    history,
    degraded: [],
  };
}

/** Clocks of two log workers differ by less; a clock that was set back by more tells of another time. */
const clockSlackMs = 60_000;

/** What an earlier look carried on, unless it is of other ranks or of a time that is still to come. */
function knownHistory({ history, layout: known, lastLookAtMs }: LookInput, layout: string, atMs: number) {
  if (history === null || known !== layout || (lastLookAtMs !== null && lastLookAtMs > atMs + clockSlackMs))
    return null;
  // Written by `carried` below; one of another version is learned anew.
  return history['version'] === emptyHistory.version ? (history as unknown as HistoryState) : null;
}

function carried(state: HistoryState): CarriedHistory {
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes > historyBytesMax)
    throw new Error(
      `the history of a job takes ${bytes} bytes; at most ${historyBytesMax} are carried from look to look`,
    );
  return { ...state };
}

function policyFor({ input: { settings }, inventory, job }: Scene): AlarmPolicy {
  return alarmPolicy({
    falseAlarmsPerDay: settings.falseAlarmsPerDay,
    jobs: Math.max(1, inventory.jobs.length),
    sampleSeconds: settings.intervalMs / 1000,
    gpus: job.ranks.length,
  });
}

function rangeOf(series: readonly MetricSeries[], atMs: number): MetricRange {
  const fromMs = Math.min(atMs, ...series.map(({ points }) => points[0]?.[0] ?? atMs));
  return { fromMs, toMs: atMs, alertAtMs: atMs, stepMs: partStepMs, series, missing: [] };
}

function tokensOf(run: Expectation['document']['run']): number | null {
  const { global_batch: batch, seq } = run ?? {};
  return batch === undefined || batch === null || seq === undefined || seq === null ? null : batch * seq;
}

function gpuModel(inventory: Inventory, node: string, index: number | undefined): string | undefined {
  return inventory.nodes.find(({ name }) => name === node)?.gpus.find((gpu) => gpu.index === index)?.model;
}

function speedOf(
  range: MetricRange,
  { measuredStepMs }: PerformanceVerdict,
  { prediction }: Expectation['document'],
  history: HistoryState,
  job: Job,
): WatchedSpeed | null {
  if (measuredStepMs === null) return null;
  const places = new Set(job.ranks.map(({ node, gpu }) => `${node}|${gpu}`));
  const { tokensPerSecond, powerWattsPerGpu } = measuredNow(range, (gpu) => places.has(`${gpu.node}|${gpu.index}`));
  return {
    stepSeconds: measuredStepMs / 1000,
    predictedStepSeconds: prediction?.iterationSeconds ?? null,
    baselineStepSeconds: healthySeconds(history),
    tokensPerSecond,
    predictedTokensPerSecond: prediction?.tokensPerSecond ?? null,
    powerWattsPerGpu,
    predictedPowerWattsPerGpu: prediction?.powerWattsPerGpu ?? null,
  };
}

/** The strongest word of the verdict, and the place that likely holds the cause: one of the job's, whatever labels say. */
function suspicionOf(job: Job, verdict: PerformanceVerdict, speed: WatchedSpeed | null): Suspicion {
  const [component] = verdict.components;
  const spoke = verdict.alarms.find(({ tier }) => tier !== 'peers') ?? verdict.alarms[0];
  const peer = verdict.alarms.find(({ node }) => node !== undefined);
  const place = component?.node === undefined ? peer : component;
  const suspicion = {
    tier: spoke?.tier ?? 'absolute',
    component: component?.component ?? 'unknown',
    ...placeIn(job, place),
    ratio: verdict.slowdownRatio ?? spoke?.ratio ?? 1,
    sinceMs: verdict.sinceMs,
  };
  return { ...suspicion, summary: suspicionText(job.name, suspicion, speed) };
}

function placeIn(job: Job, place: Pick<TierAlarm, 'node' | 'device'> | undefined): Pick<Suspicion, 'node' | 'gpu'> {
  const { node, device } = place ?? {};
  if (node === undefined || !job.ranks.some((rank) => rank.node === node)) return {};
  return device?.kind === 'gpu' && device.index !== undefined ? { node, gpu: device.index } : { node };
}
