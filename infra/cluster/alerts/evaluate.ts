import { metrics } from '../metrics/index.ts';
import { scrapeAt, scrapeMs, type Series } from '../metrics/metric.ts';
import type { Timeline } from '../physics/timeline.ts';
import { fingerprint } from './fingerprint.ts';
import type { AlertRule } from './rules.ts';
import type { Alert, AlertState } from './state.ts';

/** One evaluation of one rule at one moment: the alerts of this rule afterwards. */
export function evaluateRule(rule: AlertRule, state: AlertState, timeline: Timeline, atMs: number): AlertState {
  let next = state;
  for (const series of metrics.find((metric) => metric.name === rule.metric)?.series(timeline) ?? [])
    next = evaluateSeries(rule, series, next, timeline.world.historyFromMs, atMs);
  return next;
}

function evaluateSeries(rule: AlertRule, series: Series, state: AlertState, fromMs: number, atMs: number): AlertState {
  const labels = { alertname: rule.alertname, severity: rule.severity, ...series.labels };
  const id = fingerprint(labels);
  const baseline = advanceBaseline(rule, series, state.baselines[id] ?? { value: null, toMs: fromMs }, atMs);
  const baselines = { ...state.baselines, [id]: baseline };
  const value = series.at(scrapeAt(atMs));
  const over = value !== undefined && baseline.value !== null && value > rule.factor * baseline.value;
  const before = state.alerts.find((alert) => alert.fingerprint === id);
  const fresh = (): Alert => ({
    alertname: rule.alertname,
    fingerprint: id,
    labels,
    annotations: {
      summary: rule.summary(series.labels, value ?? 0, baseline.value ?? 0),
      description: rule.description,
    },
    state: 'pending',
    activeAtMs: atMs,
    firedAtMs: null,
    resolvedAtMs: null,
  });
  const after = transition(rule, before, over, fresh, atMs);
  const others = state.alerts.filter((alert) => alert.fingerprint !== id);
  return { ...state, baselines, alerts: after === undefined ? others : [...others, after] };
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

function advanceBaseline(rule: AlertRule, series: Series, baseline: Baseline, atMs: number): Baseline {
  let { value, toMs } = baseline;
  toMs = Math.max(toMs, atMs - baselineStepsMax * baselineStepMs);
  for (; toMs + baselineStepMs <= atMs; toMs += baselineStepMs) {
    const median = medianBefore(series, toMs + baselineStepMs, rule.baselineWindowMs);
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
