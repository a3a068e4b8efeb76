import { metrics } from '../metrics/index.ts';
import { scrapeAt, scrapeMs, type Labels, type Series } from '../metrics/metric.ts';
import type { Timeline } from '../physics/timeline.ts';
import { fingerprint } from './fingerprint.ts';
import type { AlertRule } from './rules.ts';
import type { Alert, AlertState } from './state.ts';

/** One evaluation of one rule at one moment: the alerts of this rule afterwards. */
export function evaluateRule(rule: AlertRule, state: AlertState, timeline: Timeline, atMs: number): AlertState {
  const scene: Scene = { timeline, atMs, reference: referenceOf(rule, timeline) };
  let next = state;
  for (const series of seriesOf(rule.metric, rule, timeline)) next = evaluateSeries(rule, series, next, scene);
  return next;
}

interface Scene {
  readonly timeline: Timeline;
  readonly atMs: number;
  /** The series that one is compared with, by its labels. */
  readonly reference: ReadonlyMap<string, Series>;
}

function seriesOf(name: string, { where = {} }: AlertRule, timeline: Timeline): readonly Series[] {
  const wanted = Object.entries(where);
  const all = metrics.find((metric) => metric.name === name)?.series(timeline) ?? [];
  return wanted.length === 0 ? all : all.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
}

function referenceOf(rule: AlertRule, timeline: Timeline): ReadonlyMap<string, Series> {
  const { condition } = rule;
  const series = condition.kind === 'below-share' ? seriesOf(condition.of, rule, timeline) : [];
  return new Map(series.map((one) => [keyOf(one.labels), one]));
}

/** Metrics of one exporter have their labels in the same order. */
function keyOf(labels: Labels): string {
  return Object.values(labels).join('\n');
}

function evaluateSeries(rule: AlertRule, series: Series, state: AlertState, scene: Scene): AlertState {
  const { timeline, atMs } = scene;
  // Prometheus adds its external labels, the cluster here, to everything that it sends.
  const labels = {
    alertname: rule.alertname,
    severity: rule.severity,
    cluster: timeline.world.cluster,
    ...series.labels,
  };
  const { baselines, judged } = judge(rule, series, state, scene, labels);
  const known = state.alerts.some((alert) => alert.alertname === rule.alertname);
  // The usual case, with a thousand nodes: nothing is wrong, and nothing was.
  if (!judged.holds && !known) return baselines === state.baselines ? state : { ...state, baselines };
  const id = fingerprint(labels);
  const before = state.alerts.find((alert) => alert.fingerprint === id);
  const fresh = (): Alert => ({
    alertname: rule.alertname,
    fingerprint: id,
    labels,
    annotations: {
      summary: rule.summary(series.labels, judged.value, judged.reference),
      description: rule.description,
    },
    state: 'pending',
    activeAtMs: atMs,
    firedAtMs: null,
    resolvedAtMs: null,
  });
  const after = transition(rule, before, judged.holds, fresh, atMs);
  const others = state.alerts.filter((alert) => alert.fingerprint !== id);
  return { ...state, baselines, alerts: after === undefined ? others : [...others, after] };
}

/** Whether a condition holds, what it looked at and what that was compared with. */
interface Judged {
  readonly holds: boolean;
  readonly value: number;
  readonly reference: number;
}

const silent: Judged = { holds: false, value: 0, reference: 0 };

function judge(
  { condition }: AlertRule,
  series: Series,
  { baselines }: AlertState,
  { timeline, atMs, reference }: Scene,
  labels: Labels,
): { readonly baselines: AlertState['baselines']; readonly judged: Judged } {
  const value = series.at(scrapeAt(atMs));
  const same = (judged: Judged) => ({ baselines, judged });
  switch (condition.kind) {
    case 'above-baseline': {
      const id = fingerprint(labels);
      const kept = baselines[id] ?? { value: null, toMs: timeline.world.historyFromMs };
      const baseline = advanceBaseline(condition.baselineWindowMs, series, kept, atMs);
      const usual = baseline.value;
      const judged =
        value === undefined || usual === null
          ? silent
          : { holds: value > condition.factor * usual, value, reference: usual };
      return { baselines: { ...baselines, [id]: baseline }, judged };
    }
    case 'above':
      return same(value === undefined ? silent : { holds: value > condition.limit, value, reference: condition.limit });
    case 'below-share': {
      const whole = reference.get(keyOf(series.labels))?.at(scrapeAt(atMs));
      if (value === undefined || whole === undefined) return same(silent);
      return same({ holds: value < condition.share * whole, value, reference: whole });
    }
    case 'increase': {
      const grown = increase(series, timeline, atMs, condition.windowMs);
      return same({ holds: grown > condition.above, value: grown, reference: condition.above });
    }
    case 'unchanged': {
      if (value === undefined) return same(silent);
      const fromMs = scrapeAt(atMs - condition.windowMs);
      let holds = true;
      for (let ms = scrapeAt(atMs); holds && ms >= fromMs; ms -= scrapeMs) holds = series.at(ms) === value;
      return same({ holds, value, reference: condition.windowMs });
    }
  }
}

/** What a counter gained in the window, resets bridged as `increase()` does. */
function increase(series: Series, timeline: Timeline, atMs: number, windowMs: number): number {
  const fromMs = scrapeAt(Math.max(timeline.world.historyFromMs, atMs - windowMs));
  // A counter that stands where it stood gained nothing: the usual case, of thousands.
  if (series.at(fromMs) === series.at(scrapeAt(atMs))) return 0;
  let grown = 0;
  let later: number | undefined;
  // From the newest scrape backwards; samples that are missing are bridged.
  for (let ms = scrapeAt(atMs); ms >= fromMs; ms -= scrapeMs) {
    const earlier = series.at(ms);
    if (earlier === undefined) continue;
    if (later !== undefined) grown += later >= earlier ? later - earlier : later;
    later = earlier;
  }
  return grown;
}

/** inactive, pending, firing, resolved: Prometheus' life of an alert. */
function transition(
  rule: AlertRule,
  before: Alert | undefined,
  over: boolean,
  fresh: () => Alert,
  atMs: number,
): Alert | undefined {
  if (!over) {
    if (before?.state === 'firing') return { ...before, state: 'resolved', resolvedAtMs: atMs };
    return before?.state === 'resolved' ? before : undefined;
  }
  const active = before === undefined || before.state === 'resolved' ? fresh() : before;
  if (active.state === 'pending' && atMs - active.activeAtMs >= rule.forMs)
    return { ...active, annotations: fresh().annotations, state: 'firing', firedAtMs: atMs };
  return active;
}

const baselineStepMs = 60_000;
// Five minutes of samples: a median of less says little.
const baselineSamplesMin = 60;
/** Steps of the baseline that are caught up after a stop; older ones would not lower it noticeably. */
const baselineStepsMax = 2_000;

interface Baseline {
  readonly value: number | null;
  readonly toMs: number;
}

function advanceBaseline(windowMs: number, series: Series, baseline: Baseline, atMs: number): Baseline {
  let { value, toMs } = baseline;
  toMs = Math.max(toMs, atMs - baselineStepsMax * baselineStepMs);
  for (; toMs + baselineStepMs <= atMs; toMs += baselineStepMs) {
    const median = medianBefore(series, toMs + baselineStepMs, windowMs);
    if (median !== null) value = Math.min(value ?? Infinity, median);
  }
  return { value, toMs };
}

function medianBefore(series: Series, endMs: number, windowMs: number): number | null {
  const values: number[] = [];
  for (let ms = scrapeAt(endMs); ms > endMs - windowMs; ms -= scrapeMs) {
    const value = series.at(ms);
    if (value !== undefined) values.push(value);
  }
  if (values.length < baselineSamplesMin) return null;
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? null;
}
