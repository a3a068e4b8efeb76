import { logs, reasoning } from './activity-proxies.ts';
import type { EvidenceRef } from './domain/evidence.ts';
import type {
  GatheredLogs,
  GatheredMetrics,
  GatherPlan,
  IncidentKey,
  PerformanceResult,
  PredictResult,
} from './domain/phase-data.ts';
import type { IncidentChart } from './incident-chart.ts';
import { orWithout } from './or-without.ts';

/** What every comparison of one incident shares; the metrics are those of the moment. */
export interface SpeedCase {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly logs: GatheredLogs | null;
  readonly prediction: EvidenceRef | null;
}

/** The speed that the incident's job should have; null where no job is concerned. */
export async function predictSpeed(
  chart: IncidentChart,
  { key, plan, logs: gathered }: Omit<SpeedCase, 'prediction'>,
): Promise<PredictResult | null> {
  const { job } = plan;
  if (job === null) return null;
  return orWithout(chart, 'a prediction of the speed', () =>
    logs.predictPerformance({ cluster: key.cluster, job, logs: gathered }),
  );
}

export async function compareSpeed(
  chart: IncidentChart,
  speedCase: SpeedCase,
  metrics: GatheredMetrics | null,
): Promise<PerformanceResult | null> {
  return orWithout(chart, 'the performance check', () => logs.comparePerformance({ ...speedCase, metrics }));
}

/** As incidents did before a speed could be predicted. */
export async function checkSpeed(
  chart: IncidentChart,
  { key, plan }: Pick<SpeedCase, 'key' | 'plan'>,
  metrics: GatheredMetrics | null,
): Promise<PerformanceResult | null> {
  return orWithout(chart, 'the performance check', () => reasoning.checkPerformance({ key, plan, metrics }));
}

/** What a round wishes for as a probe: the metrics until now, compared again. */
export async function compareAgain(chart: IncidentChart, speedCase: SpeedCase): Promise<PerformanceResult | null> {
  const { key, plan } = speedCase;
  const metrics = await orWithout(chart, 'newer metrics', () => logs.gatherMetrics({ key, plan, untilNow: true }));
  return metrics === null ? null : compareSpeed(chart, speedCase, metrics);
}
