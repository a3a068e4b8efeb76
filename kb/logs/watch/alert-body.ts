import type { z } from 'zod';
import type { alertGroupSchema } from '../../schemas/alert-group.ts';
import type { Delivery, WatchAlert } from './alert-table.ts';

export interface AlertNames {
  /** Empty where no inventory is known: the API then takes its only cluster. */
  readonly cluster: string;
  /** What the person who watches adds; never one of our own names. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A group of alerts as Alertmanager would send it (webhook, version 4). */
export function alertBody({ group, alerts, leftOut }: Delivery, names: AlertNames): z.input<typeof alertGroupSchema> {
  const [first] = alerts;
  const scope = first?.job === undefined ? (first?.node === undefined ? {} : { node: first.node }) : { job: first.job };
  return {
    version: '4',
    groupKey: group,
    truncatedAlerts: leftOut,
    status: alerts.some(({ stage }) => stage === 'firing') ? 'firing' : 'resolved',
    receiver: 'wardround-watch',
    groupLabels: { ...clusterLabel(names), ...scope },
    commonLabels: { ...clusterLabel(names), ...scope, ...names.labels },
    commonAnnotations: {},
    alerts: alerts.map((one) => ({
      status: one.stage === 'resolved' ? ('resolved' as const) : ('firing' as const),
      labels: labelsOf(one, names),
      annotations: annotationsOf(one),
      startsAt: new Date(one.startsAtMs).toISOString(),
      ...(one.stage === 'resolved' ? { endsAt: new Date(Math.max(one.startsAtMs, one.lastAtMs)).toISOString() } : {}),
      fingerprint: one.fingerprint,
    })),
  };
}

function clusterLabel({ cluster }: AlertNames): Readonly<Record<string, string>> {
  return cluster === '' ? {} : { cluster };
}

function labelsOf(one: WatchAlert, names: AlertNames): Readonly<Record<string, string>> {
  const gpu = /^gpu (?<index>\d+)$/.exec(one.device ?? '')?.groups?.['index'];
  return {
    ...names.labels,
    alertname: alertName(one),
    ...clusterLabel(names),
    severity: one.telling ? 'critical' : 'warning',
    ...(one.node === undefined ? {} : { node: one.node }),
    ...(one.job === undefined ? {} : { job: one.job }),
    ...(one.rank === undefined ? {} : { rank: String(one.rank) }),
    ...(one.device === undefined ? {} : { device: one.device }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(one.role === 'cause' ? { category: one.category } : {}),
    kind: one.kind,
    source: 'wardround-watch',
  };
}

/** By its name an alert finds its handler (`kb/handlers`): `LogGpuFellOffBus` one for GPUs. */
export function alertName({ role, category }: Pick<WatchAlert, 'role' | 'category'>): string {
  if (role === 'symptom') return 'LogTrainingFailure';
  const words = (category === 'unlisted' ? 'unlisted-fault' : category).split('-');
  return `Log${words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')}`;
}

/** The excerpt and the file name are text of others: data that is shown, never more. */
function annotationsOf(one: WatchAlert): Readonly<Record<string, string>> {
  const where = [one.node, one.rank === undefined ? undefined : `rank ${one.rank}`, one.device].filter(
    (part) => part !== undefined,
  );
  return {
    summary: `${one.summary}${where.length === 0 ? '' : ` (${where.join(', ')})`}: ${one.excerpt}`,
    excerpt: one.excerpt,
    file: one.file.slice(-fileCharsMax),
    ...(one.line === undefined ? {} : { line: String(one.line) }),
    byte: String(one.byte),
    count: String(one.count),
    kinds: one.kinds.join(', '),
    ...(one.ranks.length > 1 ? { ranks: one.ranks.join(', ') } : {}),
    ...(one.devices.length > 1 ? { devices: one.devices.join(', ') } : {}),
    ...(one.followers > 0 ? { followed_by: `${one.followers} lines that follow from it` } : {}),
    last_seen: new Date(one.lastAtMs).toISOString(),
  };
}

const fileCharsMax = 500;
