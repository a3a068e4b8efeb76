import { evaluateRules } from '../alerts/evaluate.ts';
import { flushGroups, groupKey } from '../alerts/notify.ts';
import { alertRoute, evaluationMs } from '../alerts/rules.ts';
import type { Alert, AlertState } from '../alerts/state.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { MovingTime } from './moving-time.ts';

/** An alert that fires, in the words of Alertmanager's webhook. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339, cluster time. */
  readonly startsAt: string;
  readonly fingerprint: string;
  /** Alerts with the same key come in one notification. */
  readonly groupKey: string;
}

export interface HeadlessAlerts {
  /** Alerts of all severities and states at the present. */
  all(): readonly Alert[];
  /** Those that fire now and are sent to somebody. */
  firing(): readonly FiringAlert[];
  /** Brings time to the first moment after this one at which one that is sent begins to fire, or to `untilMs`: null. */
  next(fromMs: number, untilMs: number): number | null;
}

/**
 * The site's rules, evaluated every 5 s of cluster time from the beginning on: late, when somebody asks, and with the
 * same result, since the past of a timeline never changes.
 */
export function watchAlerts(timeline: Timeline, time: MovingTime): HeadlessAlerts {
  let state: AlertState = { evaluatedToMs: time.nowMs(), baselines: {}, alerts: [], groups: [], outboxes: {} };
  const evaluateNext = () => {
    const atMs = state.evaluatedToMs + evaluationMs;
    const { state: flushed } = flushGroups(evaluateRules(state, timeline, atMs), atMs, unusedUrl);
    state = { ...flushed, evaluatedToMs: atMs };
  };
  const evaluateDue = () => {
    while (state.evaluatedToMs + evaluationMs <= time.nowMs()) evaluateNext();
  };
  const firing = () => state.alerts.filter(isSent);

  return {
    all() {
      evaluateDue();
      return state.alerts;
    },
    firing() {
      evaluateDue();
      return firing().map(({ labels, annotations, fingerprint, firedAtMs }) => ({
        labels,
        annotations,
        startsAt: new Date(firedAtMs ?? Number.NaN).toISOString(),
        fingerprint,
        groupKey: groupKey(labels),
      }));
    },
    next(fromMs, untilMs) {
      time.passTo(Math.max(time.nowMs(), fromMs));
      evaluateDue();
      const begun = () =>
        firing().flatMap(({ firedAtMs }) => (firedAtMs !== null && firedAtMs > fromMs ? firedAtMs : []));
      while (begun().length === 0 && state.evaluatedToMs + evaluationMs <= untilMs) {
        time.passTo(state.evaluatedToMs + evaluationMs);
        evaluateNext();
      }
      if (begun().length > 0) return Math.min(...begun());
      time.passTo(Math.max(time.nowMs(), untilMs));
      return null;
    },
  };
}

function isSent({ state, labels }: Alert): boolean {
  return state === 'firing' && labels['severity'] === alertRoute.severity;
}

/** Stands in notifications that nobody gets. */
const unusedUrl = 'http://127.0.0.1:9';
