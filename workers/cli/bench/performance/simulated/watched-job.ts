import {
  beginHistory,
  emptyHistory,
  observeSteps,
  type HistoryState,
} from '../../../../../kb/performance/detect/history.ts';
import { judge } from '../../../../../kb/performance/detect/judge.ts';
import { layoutOf } from '../../../../../kb/performance/detect/layout.ts';
import { pausesOf, periodicPhases } from '../../../../../kb/performance/detect/pauses.ts';
import { alarmPolicy } from '../../../../../kb/performance/detect/policy.ts';
import { stepsOf } from '../../../../../kb/performance/detect/steps.ts';
import { warmUpPhases } from '../../../../../kb/performance/detect/warm-up.ts';
import type { PerformanceVerdict, Tier } from '../../../../../kb/performance/detect/verdict.ts';
import { predict } from '../../../../../kb/performance/model/predict.ts';
import type { Prediction } from '../../../../../kb/performance/prediction.ts';
import { resolveRun } from '../../../../../kb/performance/run/resolve.ts';
import type { Inventory } from '../../../../../kb/schemas/inventory.ts';
import type { MetricRange } from '../../../../../kb/schemas/metric.ts';
import {
  gpusAt,
  newWatch,
  noteLook,
  periodWallMs,
  type LookInput,
  type Suspicion,
  type WatchSettings,
  type WatchState,
} from '../../../../../workflows/domain/perf-watch.ts';
import { isUneasy } from '../../../../../kb/performance/detect/uneasy.ts';

/** A warning that a watch opened. */
export interface Warning {
  readonly atMs: number;
  readonly suspicion: Suspicion;
  /** All that fired at that look. */
  readonly tiers: readonly Tier[];
}

/** One job under watch, without workflow and store: the same detectors, votes and cadence as the durable one. */
export class WatchedJob {
  readonly name: string;
  /** `null` where the inventory does not say what it trains. */
  readonly prediction: Prediction | null;
  readonly warnings: Warning[] = [];
  #watch: WatchState = newWatch();
  #history: HistoryState | null = null;
  readonly #inventory: Inventory;
  readonly #job: Inventory['jobs'][number];
  readonly #settings: WatchSettings;

  constructor(inventory: Inventory, job: Inventory['jobs'][number], settings: WatchSettings) {
    this.name = job.name;
    this.#inventory = inventory;
    this.#job = job;
    this.#settings = settings;
    const resolution = job.training === undefined ? null : resolveRun(job.training);
    this.prediction = resolution?.kind === 'resolved' ? predict(resolution.run) : null;
  }

  /** Which metrics the next look reads beside the steps. */
  get gpus(): LookInput['gpus'] {
    return gpusAt(this.#watch);
  }

  /** Will one of the next looks read the metrics of every GPU? */
  readsGpusWithin(looks: number): boolean {
    return Array.from({ length: looks + 1 }, (_, ahead) => ahead).some(
      (ahead) => gpusAt({ ...this.#watch, looks: this.#watch.looks + ahead }) === 'always',
    );
  }

  /** How long the watch waits for its next look; it hurries after a slow step. */
  get periodMs(): number {
    return periodWallMs(this.#watch, this.#settings);
  }

  /** The warning that is open now, if it was opened no earlier. */
  openSince(fromMs: number): Warning | undefined {
    const latest = this.#watch.warning === null ? undefined : this.warnings.at(-1);
    return latest !== undefined && latest.atMs >= fromMs ? latest : undefined;
  }

  /** Its own votes count it as slow, or the warning is open. */
  get isSuspect(): boolean {
    return this.#watch.warning !== null || this.#watch.votes.includes(true);
  }

  /** Steps measured now over predicted ones; `null` before the first look that measures. */
  get ratio(): number | null {
    const speed = this.#watch.speed;
    return speed === null || speed.predictedStepSeconds === null
      ? null
      : speed.stepSeconds / speed.predictedStepSeconds;
  }

  look(range: MetricRange): PerformanceVerdict {
    const known = this.#history;
    const policy = alarmPolicy({
      falseAlarmsPerDay: this.#settings.falseAlarmsPerDay,
      jobs: Math.max(1, this.#inventory.jobs.length),
      sampleSeconds: this.#settings.intervalMs / 1_000,
      gpus: this.#job.ranks.length,
    });
    const { samples } = stepsOf(range);
    const pauses = periodicPhases(pausesOf(samples, range));
    this.#history = observeSteps(
      beginHistory(known ?? emptyHistory, samples, range),
      samples,
      policy.history,
      pauses,
    ).state;
    const verdict = judge({
      range,
      prediction: this.prediction,
      site: null,
      layout: layoutOf(this.#job.ranks, this.#job.training),
      history: known,
      phases: warmUpPhases(this.#history.warmUp),
      policy,
      modelOf: ({ node, device }) => this.#modelOf(node, device.index),
    });
    this.#note(range.toMs, verdict);
    return verdict;
  }

  #note(atMs: number, verdict: PerformanceVerdict): void {
    const before = this.#watch.warning;
    const { measuredStepMs } = verdict;
    const speed =
      measuredStepMs === null
        ? null
        : {
            stepSeconds: measuredStepMs / 1_000,
            predictedStepSeconds: this.prediction?.iterationSeconds ?? null,
            baselineStepSeconds: null,
            tokensPerSecond: null,
            predictedTokensPerSecond: null,
            powerWattsPerGpu: null,
            predictedPowerWattsPerGpu: null,
          };
    this.#watch = noteLook(this.#watch, {
      kind: 'looked',
      looks: 1,
      atMs,
      rate: 1,
      verdict: verdict.kind,
      speed,
      newestStepMs: this.#history?.last?.atMs ?? null,
      uneasy: this.#history !== null && isUneasy(this.#history),
      suspicion: verdict.kind === 'slow' ? suspicionOf(verdict) : null,
      history: null,
      layout: 'fixed',
      degraded: [],
    });
    const { warning } = this.#watch;
    const tiers = [...new Set(verdict.alarms.map(({ tier }) => tier))];
    if (warning !== null && before === null) this.warnings.push({ atMs, suspicion: warning.suspicion, tiers });
    // Nobody is told here, so an end is heard at once.
    if (warning !== null && warning.resolvedAtMs !== null) this.#watch = { ...this.#watch, warning: null, votes: [] };
  }

  #modelOf(node: string, index: number | undefined): string | undefined {
    return this.#inventory.nodes.find(({ name }) => name === node)?.gpus.find((gpu) => gpu.index === index)?.model;
  }
}

function suspicionOf(verdict: PerformanceVerdict): Suspicion {
  const [component] = verdict.components;
  const spoke = verdict.alarms.find(({ tier }) => tier !== 'peers') ?? verdict.alarms[0];
  const peer = verdict.alarms.find(({ node }) => node !== undefined);
  const node = component?.node ?? peer?.node;
  return {
    tier: spoke?.tier ?? 'absolute',
    component: component?.component ?? 'unknown',
    ...(node === undefined ? {} : { node }),
    ratio: verdict.slowdownRatio ?? spoke?.ratio ?? 1,
    sinceMs: verdict.sinceMs,
    summary: verdict.summary,
  };
}
