import { metrics } from '../metrics/index.ts';
import { scrapeAt, scrapeMs, type Labels, type Series } from '../metrics/metric.ts';
import type { Timeline } from '../physics/timeline.ts';
import { fingerprint } from './fingerprint.ts';
import { alertRules, type AlertRule } from './rules.ts';
import type { Alert, AlertState } from './state.ts';

/** One evaluation of all rules at one moment. */
export function evaluateRules(state: AlertState, timeline: Timeline, atMs: number): AlertState {
  return alertRules.reduce((before, rule) => evaluateRule(rule, before, timeline, atMs), state);
}

/** One evaluation of one rule at one moment: the alerts of this rule afterwards. */
export function evaluateRule(rule: AlertRule, state: AlertState, timeline: Timeline, atMs: number): AlertState {
  const { looked, reference } = seriesOf(rule, timeline);
  const scene: Scene = { timeline, atMs, reference };
  let next = state;
  for (const series of looked) next = evaluateSeries(rule, series, next, scene);
  return next;
}

interface Scene {
  readonly timeline: Timeline;
  readonly atMs: number;
  /** The series that one is compared with, by its labels. */
  readonly reference: ReadonlyMap<string, Series>;
}

interface RuleSeries {
  readonly looked: readonly Series[];
  readonly reference: ReadonlyMap<string, Series>;
}

const kept = new WeakMap<Timeline, Map<AlertRule, RuleSeries>>();

/** The series of a rule; exporters have the same ones for ever, and of a thousand nodes they are many. */
function seriesOf(rule: AlertRule, timeline: Timeline): RuleSeries {
  const byRule = kept.get(timeline) ?? new Map<AlertRule, RuleSeries>();
  kept.set(timeline, byRule);
  let series = byRule.get(rule);
  if (series === undefined) {
    const { condition } = rule;
    const reference = condition.kind === 'below-share' ? named(condition.of, rule, timeline) : [];
    series = {
      looked: named(rule.metric, rule, timeline),
      reference: new Map(reference.map((one) => [keyOf(one.labels), one])),
    };
    byRule.set(rule, series);
  }
  return series;
}

function named(name: string, { where = {} }: AlertRule, timeline: Timeline): readonly Series[] {
  const wanted = Object.entries(where);
  const all = metrics.find((metric) => metric.name === name)?.series(timeline) ?? [];
  return wanted.length === 0 ? all : all.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
}

/** Metrics of one exporter have their labels in the same order. */
function keyOf(labels: Labels): string {
  return Object.values(labels).join('\n');
}

function evaluateSeries(rule: AlertRule, series: Series, state: AlertState, scene: Scene): AlertState {
  const { timeline, atMs } = scene;
  const { baselines, judged } = judge(rule, series, state, scene);
  const known = state.alerts.some((alert) => alert.alertname === rule.alertname);
  // The usual case, with a thousand nodes: nothing is wrong, and nothing was.
  if (!judged.holds && !known) return baselines === state.baselines ? state : { ...state, baselines };
  const { labels, id } = identityOf(rule, series, timeline);
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

interface Identity {
  readonly labels: Labels;
  readonly id: string;
}

const identities = new WeakMap<Series, Identity>();

/** Prometheus adds its external labels, the cluster here, to everything that it sends. */
function identityOf({ alertname, severity }: AlertRule, series: Series, { world }: Timeline): Identity {
  let identity = identities.get(series);
  if (identity === undefined) {
    const labels = { alertname, severity, cluster: world.cluster, ...series.labels };
    identity = { labels, id: fingerprint(labels) };
    identities.set(series, identity);
  }
  return identity;
}

/** Whether a condition holds, what it looked at and what that was compared with. */
interface Judged {
  readonly holds: boolean;
  readonly value: number;
  readonly reference: number;
}

const silent: Judged = { holds: false, value: 0, reference: 0 };

function judge(
  rule: AlertRule,
  series: Series,
  { baselines }: AlertState,
  { timeline, atMs, reference }: Scene,
): { readonly baselines: AlertState['baselines']; readonly judged: Judged } {
  const { condition } = rule;
  const value = series.at(scrapeAt(atMs));
  const same = (judged: Judged) => ({ baselines, judged });
  switch (condition.kind) {
    case 'above-baseline': {
      const { id } = identityOf(rule, series, timeline);
      const last = baselines[id] ?? { value: null, toMs: timeline.world.historyFromMs };
      const baseline = advanceBaseline(condition.baselineWindowMs, series, last, atMs);
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
/** Steps of the baseline that are caught up after a stop, four hours of cluster time; older ones would not lower it noticeably. */
const baselineStepsMax = 240;

interface Baseline {
  readonly value: number | null;
  readonly toMs: number;
}

function advanceBaseline(windowMs: number, series: Series, baseline: Baseline, atMs: number): Baseline {
  let { value, toMs } = baseline;
  toMs = Math.max(toMs, atMs - baselineStepsMax * baselineStepMs);
  const valueAt = remembered(series);
  for (; toMs + baselineStepMs <= atMs; toMs += baselineStepMs) {
    const median = medianBefore(valueAt, toMs + baselineStepMs, windowMs);
    if (median !== null) value = Math.min(value ?? Infinity, median);
  }
  return { value, toMs };
}

/** Windows of neighbouring steps have most of their samples in common. */
function remembered(series: Series): (ms: number) => number | undefined {
  const values = new Map<number, number | undefined>();
  return (ms) => {
    const value = values.has(ms) ? values.get(ms) : series.at(ms);
    values.set(ms, value);
    return value;
  };
}

function medianBefore(valueAt: (ms: number) => number | undefined, endMs: number, windowMs: number): number | null {
  const values: number[] = [];
  for (let ms = scrapeAt(endMs); ms > endMs - windowMs; ms -= scrapeMs) {
    const value = valueAt(ms);
    if (value !== undefined) values.push(value);
  }
  if (values.length < baselineSamplesMin) return null;
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? null;
}
