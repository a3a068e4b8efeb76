import { alertRoute, alertRules } from './rules.ts';
import type { Alert, AlertGroup, AlertState, Delivery } from './state.ts';

/** Alertmanager's grouping and timing at one moment: groups afterwards, and what is to be sent. */
export function flushGroups(
  state: AlertState,
  atMs: number,
  externalUrl: string,
): { readonly state: AlertState; readonly deliveries: readonly Delivery[] } {
  const deliveries: Delivery[] = [];
  const groups: AlertGroup[] = [];
  const told = new Set<string>();
  for (const group of openGroups(state, atMs)) {
    const members = state.alerts.filter(
      (alert) => alert.state !== 'pending' && routed(alert) && groupKey(alert.labels) === group.key,
    );
    const waitedMs = group.lastFlushMs === null ? atMs - group.openedAtMs : atMs - group.lastFlushMs;
    const due = waitedMs >= (group.lastFlushMs === null ? alertRoute.groupWaitMs : alertRoute.groupIntervalMs);
    if (!due) {
      groups.push(group);
      continue;
    }
    const content = members.map((alert) => `${alert.fingerprint}:${alert.state}:${alert.firedAtMs}`).join(' ');
    const repeat = group.lastSentMs === null || atMs - group.lastSentMs >= alertRoute.repeatIntervalMs;
    const status = members.some((alert) => alert.state === 'firing') ? 'firing' : 'resolved';
    // Nobody is told of the end of what they never heard of.
    const news = status === 'firing' || group.lastSentMs !== null;
    const send = members.length > 0 && news && (content !== group.lastSent || repeat);
    if (send) {
      const body = JSON.stringify(webhookBody(group, members, status, externalUrl));
      deliveries.push({ groupKey: group.key, status, body });
    }
    if (send || !news) for (const alert of members) if (alert.state === 'resolved') told.add(alert.fingerprint);
    const left = members.filter((alert) => !told.has(alert.fingerprint));
    if (left.length > 0)
      groups.push({
        ...group,
        lastFlushMs: atMs,
        lastSentMs: send ? atMs : group.lastSentMs,
        lastSent: send ? content : group.lastSent,
      });
  }
  return {
    state: {
      ...state,
      groups,
      alerts: state.alerts.filter(
        (alert) => !told.has(alert.fingerprint) && (routed(alert) || alert.state !== 'resolved'),
      ),
    },
    deliveries,
  };
}

/** `{}/{severity="critical"}:{alertname="…", cluster="…", job="…"}`. */
export function groupKey(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(groupLabels(labels)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{}/${alertRoute.matcher}:{${pairs.join(', ')}}`;
}

function openGroups(state: AlertState, atMs: number): readonly AlertGroup[] {
  const groups = new Map(state.groups.map((group) => [group.key, group]));
  for (const alert of state.alerts) {
    const key = groupKey(alert.labels);
    if (alert.state === 'firing' && routed(alert) && !groups.has(key))
      groups.set(key, {
        key,
        labels: groupLabels(alert.labels),
        openedAtMs: atMs,
        lastFlushMs: null,
        lastSentMs: null,
        lastSent: '',
      });
  }
  return [...groups.values()];
}

/** Whether somebody is told of it. */
function routed({ labels }: Alert): boolean {
  return labels['severity'] === alertRoute.severity;
}

function groupLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    alertRoute.groupBy.flatMap((name) => {
      const value = labels[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The webhook body of Alertmanager, version 4 (notify/webhook/webhook.go, template/template.go). */
function webhookBody(group: AlertGroup, members: readonly Alert[], status: string, externalUrl: string): object {
  return {
    receiver: alertRoute.receiver,
    status,
    alerts: members.map((alert) => ({
      status: alert.state,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: rfc3339(alert.firedAtMs),
      endsAt: rfc3339(alert.resolvedAtMs),
      generatorURL: `${externalUrl}/graph?g0.expr=${encodeURIComponent(expressionOf(alert))}&g0.tab=1`,
      fingerprint: alert.fingerprint,
    })),
    groupLabels: group.labels,
    commonLabels: common(members.map((alert) => alert.labels)),
    commonAnnotations: common(members.map((alert) => alert.annotations)),
    externalURL: externalUrl,
    version: '4',
    groupKey: group.key,
    truncatedAlerts: 0,
  };
}

function expressionOf({ alertname }: Alert): string {
  return alertRules.find((rule) => rule.alertname === alertname)?.expression ?? alertname;
}

function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all[0] ?? {}).filter(([name, value]) => all.every((one) => one[name] === value)),
  );
}

/** Go prints the zero time for an alert that has not ended. */
function rfc3339(ms: number | null): string {
  return ms === null ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString();
}
