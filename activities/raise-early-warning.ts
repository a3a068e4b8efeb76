import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import { fingerprint } from '../kb/logs/fingerprint.ts';
import type { alertGroupSchema } from '../kb/schemas/alert-group.ts';
import type { EarlyWarning, RaiseResult, Suspicion } from '../workflows/domain/perf-watch.ts';

/** What the API says to a body of alerts. */
export type AlertsSent =
  | { readonly kind: 'accepted'; readonly incidents: readonly { readonly incidentId: string }[] }
  /** Not now: the same body again, not before `afterMs` if the API says so. */
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | null }
  | { readonly kind: 'refused' | 'stop'; readonly why: string };

type AlertBody = z.input<typeof alertGroupSchema>;

/**
 * Brings one early warning to the API as Alertmanager would. The body of a warning is the same on every attempt, and
 * the API knows it by fingerprint and start: however often it is sent, it is one incident.
 */
export function createRaiseEarlyWarning(ports: {
  /** `null` where no token for the API is configured. */
  readonly send: ((body: AlertBody, signal: AbortSignal) => Promise<AlertsSent>) | null;
}): (warning: EarlyWarning) => Promise<RaiseResult> {
  return async (warning) => {
    if (ports.send === null)
      return { kind: 'refused', why: 'no token for the API is configured (WARDROUND_API_TOKEN of the orchestrator)' };
    const sent = await ports.send(earlyWarningBody(warning), cancellationSignal());
    switch (sent.kind) {
      case 'accepted':
        return {
          kind: 'accepted',
          incidents: [...new Set(sent.incidents.map(({ incidentId }) => incidentId))].slice(0, incidentsMax),
        };
      case 'refused':
      case 'stop':
        return { kind: 'refused', why: sent.why };
      case 'later':
        throw ApplicationFailure.create({
          message: sent.why,
          type: 'Unreachable',
          ...(sent.afterMs === null ? {} : { nextRetryDelay: Math.min(sent.afterMs, retryMsMax) }),
        });
    }
  };
}

/** One body holds one alert of one cluster. */
const incidentsMax = 5;
/** Longer waits are the next look's. */
const retryMsMax = 10_000;

/**
 * An alert group of its own for each cluster and job: all that this watch finds about a job is one incident. The start
 * is the look that found it, as with every alert rule; the slowdown itself began earlier, which the annotations say.
 */
export function earlyWarningBody(warning: EarlyWarning): AlertBody {
  const { cluster, job, stage, suspicion, startsAtMs, endsAtMs, why } = warning;
  const { tier, component, node, gpu } = suspicion;
  const group = { cluster, job };
  const groupKey = `wardround-perf:{cluster=${JSON.stringify(cluster)}, job=${JSON.stringify(job)}}`;
  const labels = {
    alertname: earlyWarningName(suspicion),
    ...group,
    severity: suspicion.ratio >= criticalRatio ? 'critical' : 'warning',
    tier,
    component,
    ...(node === undefined ? {} : { node }),
    ...(gpu === undefined ? {} : { gpu: String(gpu) }),
    source: 'wardround-perf',
  };
  return {
    version: '4',
    groupKey,
    truncatedAlerts: 0,
    status: stage,
    receiver: 'wardround-perf',
    groupLabels: group,
    commonLabels: group,
    commonAnnotations: {},
    alerts: [
      {
        status: stage,
        labels,
        annotations: {
          summary: suspicion.summary,
          description: `${tierText[tier]}; measured over expected step time ${suspicion.ratio.toFixed(2)}, ${component === 'unknown' ? 'cause unknown' : `consistent with ${component}`}.${why === null ? '' : ` Over: ${why}.`}`,
          ...(suspicion.sinceMs === null ? {} : { since: isoTime(suspicion.sinceMs) }),
        },
        startsAt: isoTime(startsAtMs),
        ...(stage === 'resolved' ? { endsAt: isoTime(Math.max(startsAtMs, endsAtMs ?? startsAtMs)) } : {}),
        fingerprint: fingerprint(groupKey),
      },
    ],
  };
}

// A third of what the job's GPUs cost is lost.
const criticalRatio = 1.5;

const tierText: Readonly<Record<Suspicion['tier'], string>> = {
  absolute: 'Slower than predicted for this run on this hardware',
  history: "Slower than the job's own healthy steps",
  peers: 'A GPU does less than its like',
};

/** By its name an alert finds its handler (`kb/handlers`). */
export function earlyWarningName({ tier }: Pick<Suspicion, 'tier'>): string {
  return tier === 'absolute' ? 'TrainingBelowPrediction' : 'TrainingSlowdown';
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
