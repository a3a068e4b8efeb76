import { median } from 'simple-statistics';
import { stepSpeed } from '../kb/performance/assess.ts';
import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import type { MetricSeries } from '../kb/schemas/metric.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { GatherPlan, SeverityInput, SeverityResult } from '../workflows/domain/phase-data.ts';
import type { Proposal } from '../workflows/domain/proposal.ts';
import type { Severity } from '../workflows/domain/severity.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type Clock, type EvidenceStore, type MetricsSource } from './ports.ts';
import { gpusOf, readFindings } from './read-findings.ts';

export interface MeasureSeverityPorts {
  readonly evidence: EvidenceStore;
  readonly inventories: Inventories;
  /** The metrics of one cluster; `null` where none are configured. */
  readonly metrics: (inventory: Inventory) => MetricsSource | null;
  readonly clock?: Clock;
}

/** The severity vector of one moment: what the probes found, which alerts fire, and how slow the job is. */
export function createMeasureSeverity(ports: MeasureSeverityPorts): (input: SeverityInput) => Promise<SeverityResult> {
  const clock = ports.clock ?? { nowMs: () => Date.now() };
  return async ({ key, plan, proposal, moment, probes }) =>
    withHeartbeats(
      () => ({ moment }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const nowMs = toClusterMs(inventory.clock, clock.nowMs());
        const source = ports.metrics(inventory);
        const otherJobs = inventory.jobs.map(({ name }) => name).filter((name) => name !== plan.job);
        const findings =
          probes === null ? [] : await readFindings(ports.evidence, [probes.findings], gpusOf(inventory), signal);
        const faults = findings.filter((finding) => finding.role === 'cause' && isTarget(finding, proposal));
        const alerts = source === null ? [] : await firingAlerts(source, { proposal, otherJobs, nowMs, signal });
        const speed = source === null ? notMeasured : await measureSpeed(source, plan, { otherJobs, nowMs, signal });
        const severity: Severity = {
          faults: faults.length,
          approvedCapacityLossGpus: 0,
          failingProbes: probes?.notClean ?? 0,
          unreadProbes: probes?.unread ?? 0,
          firingAlerts: alerts.length,
          slowdownRatio: speed.ratio,
        };
        const evidence = await putJson(
          ports.evidence,
          'severity',
          key.cluster,
          {
            moment,
            proposal: proposal.number,
            digest: proposal.digest,
            measuredAtClusterMs: nowMs,
            severity,
            faults: faults.map(({ id, kind }) => ({ id, kind })),
            alerts,
            speed,
            probeResults: probes?.results ?? null,
          },
          signal,
        );
        return { severity, evidence };
      },
    ).catch(rethrow);
}

/** A fault of the plan's own targets; the same fault elsewhere is another incident. */
function isTarget({ node, device }: Finding, { blastRadius }: Proposal): boolean {
  if (node === undefined || !blastRadius.nodes.includes(node)) return false;
  if (device === undefined || blastRadius.devices.length === 0) return true;
  return blastRadius.devices.some((target) => target.kind === device.kind && target.index === device.index);
}

// The length of `recent` is what a settle time of two minutes leaves after the last step that was still slow.
const recentMs = 90_000;
// Prometheus' usual scrape interval.
const stepMs = 15_000;
const alertsMax = 100;

/** Prometheus keeps what fires as a series of its own. A source without it can't say, and then alerts do not count. */
async function firingAlerts(
  source: MetricsSource,
  { proposal, otherJobs, nowMs, signal }: Moment & { readonly proposal: Proposal },
): Promise<readonly string[]> {
  const series = await ask(source, 'ALERTS{alertstate="firing"}', nowMs - recentMs, nowMs, signal);
  const names = series
    .filter(({ points }) => points.some(([atMs, value]) => atMs > nowMs - 2 * stepMs && value > 0))
    .filter(({ labels }) => concerns(labels, proposal, otherJobs))
    .map(
      ({ labels }) => `${labels['alertname'] ?? 'unnamed'}${labels['node'] === undefined ? '' : ` ${labels['node']}`}`,
    );
  return [...new Set(names)].toSorted().slice(0, alertsMax);
}

/** Of the targets or of the job; what names neither may be anybody's and counts. */
function concerns(labels: MetricSeries['labels'], proposal: Proposal, otherJobs: readonly string[]): boolean {
  const node = labels['node'] ?? labels['Hostname'];
  return node === undefined ? !isOfJob(labels, otherJobs) : proposal.blastRadius.nodes.includes(node);
}

/** `job` may also be the name of a scrape job, so only the name of a job that is known tells anything. */
function isOfJob(labels: MetricSeries['labels'], jobs: readonly string[]): boolean {
  return jobs.some((job) => job === labels['training_job'] || job === labels['job']);
}

const notMeasured = { ratio: null, nowMs: null, healthyMs: null } as const;

interface Moment {
  readonly otherJobs: readonly string[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

interface Speed {
  readonly ratio: number | null;
  readonly nowMs: number | null;
  readonly healthyMs: number | null;
}

/** Step time of the last moments over the healthy level that the gathered window showed. */
async function measureSpeed(
  source: MetricsSource,
  plan: GatherPlan,
  { otherJobs, nowMs, signal }: Moment,
): Promise<Speed> {
  const metric = 'training_step_seconds';
  const ours = (series: readonly MetricSeries[]) => series.filter(({ labels }) => !isOfJob(labels, otherJobs));
  const window = ours(await ask(source, metric, plan.fromMs, plan.toMs, signal));
  const { fromMs, toMs, alertAtMs } = plan;
  const healthyMs = stepSpeed({ fromMs, toMs, alertAtMs, stepMs, series: window, missing: [] })?.healthyMs ?? null;
  const recent = ours(await ask(source, metric, nowMs - recentMs, nowMs, signal))
    .flatMap(({ points }) => points.map(([, seconds]) => seconds))
    .filter(Number.isFinite);
  const recentMedianMs = recent.length === 0 ? null : 1000 * median(recent);
  return {
    ratio: healthyMs === null || recentMedianMs === null ? null : recentMedianMs / healthyMs,
    nowMs: recentMedianMs,
    healthyMs,
  };
}

/** What the server refuses or answers with nonsense is not measured; a server that is away is a retry. */
async function ask(
  source: MetricsSource,
  selector: string,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<readonly MetricSeries[]> {
  try {
    return await source.range({ selector, fromMs, toMs, stepMs, signal });
  } catch (error) {
    if (error instanceof PortError && notMeasurable.includes(error.kind)) return [];
    throw error;
  }
}

const notMeasurable: readonly string[] = ['refused', 'malformed', 'too-large', 'not-found'];
