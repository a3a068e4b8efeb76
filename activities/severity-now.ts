import { median } from 'simple-statistics';
import { jobProgress, withPast } from '../kb/metrics/job-progress.ts';
import { stepSpeed } from '../kb/performance/assess.ts';
import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import type { MetricSeries } from '../kb/schemas/metric.ts';
import type { Device, Finding } from '../workflows/domain/finding.ts';
import type { GatherPlan, ProbeBatchResult } from '../workflows/domain/phase-data.ts';
import type { Proposal, VerifyProbe } from '../workflows/domain/proposal.ts';
import type { Severity } from '../workflows/domain/severity.ts';
import { isUndecided, isWanted, readProbeEntries } from './probe-entries.ts';
import { PortError, type Clock, type EvidenceStore, type MetricsSource } from './ports.ts';
import { gpusOf, readFindings } from './read-findings.ts';

export interface SeverityPorts {
  readonly evidence: EvidenceStore;
  /** The metrics of one cluster; `null` where none are configured. */
  readonly metrics: (inventory: Inventory) => MetricsSource | null;
  readonly clock?: Clock;
}

/** What is measured: the targets of a plan, or without one all nodes that the incident looks at. */
export interface SeverityScope {
  readonly plan: GatherPlan;
  readonly proposal: Proposal | null;
  /** The plan holds its capacity out of service, which only explains a lower speed; no fault is overlooked for it. */
  readonly contained?: boolean;
  readonly verifyProbes: readonly VerifyProbe[];
  readonly probes: ProbeBatchResult | null;
}

export interface SeverityNow {
  readonly severity: Severity;
  readonly atClusterMs: number;
  readonly faults: readonly Finding[];
  readonly alerts: readonly string[];
  readonly speed: Speed;
}

/** The severity vector of this moment: what the probes found, which alerts fire, and how slow the job is. */
export async function severityNow(
  ports: SeverityPorts,
  inventory: Inventory,
  { plan, proposal, contained = false, verifyProbes, probes }: SeverityScope,
  signal: AbortSignal,
): Promise<SeverityNow> {
  const nowMs = toClusterMs(inventory.clock, (ports.clock ?? { nowMs: () => Date.now() }).nowMs());
  const source = ports.metrics(inventory);
  const otherJobs = inventory.jobs.map(({ name }) => name).filter((name) => name !== plan.job);
  const targets = { nodes: proposal?.blastRadius.nodes ?? plan.nodes, devices: proposal?.blastRadius.devices ?? [] };
  const findings =
    probes === null ? [] : await readFindings(ports.evidence, [probes.findings], gpusOf(inventory), signal);
  const entries = probes === null ? [] : await readProbeEntries(ports.evidence, probes.results, signal);
  const read = entries.filter((entry) => entry.read);
  const undecided = read.filter((entry) => isUndecided(entry, verifyProbes));
  const unwanted = read.filter((entry) => !isWanted(entry, verifyProbes));
  // A node that the plan took out counts as taken out only when a probe says that it is.
  const confirmed = (proposal?.takesOut?.nodes ?? []).filter((node) =>
    entries.some(
      (entry) =>
        entry.node === node && entry.read && isExpected(entry.probeId, verifyProbes) && isWanted(entry, verifyProbes),
    ),
  );
  const isOut = proposal?.takesOut !== undefined && confirmed.length === proposal.takesOut.nodes.length;
  const faults = findings.filter(
    (finding) =>
      finding.role === 'cause' &&
      isTarget(finding, targets) &&
      !(isOut && finding.node !== undefined && confirmed.includes(finding.node)),
  );
  const firing = source === null ? [] : await firingAlerts(source, { nodes: targets.nodes, otherJobs, nowMs, signal });
  const alerts = (firing ?? [])
    .filter(({ node }) => !isOut || node === null || !confirmed.includes(node))
    .map(({ text }) => text);
  const speed = source === null ? notMeasured : await measureSpeed(source, plan, { otherJobs, nowMs, signal });
  return {
    severity: {
      faults: faults.length,
      approvedCapacityLossGpus: isOut ? (proposal?.takesOut?.gpus ?? 0) : 0,
      failingProbes: unwanted.length,
      unreadProbes: (probes?.unread ?? 0) + undecided.length,
      firingAlerts: alerts.length,
      slowdownRatio: speed.ratio,
      expectedRatio: isOut || contained ? withoutNodes(inventory, plan.job, proposal?.takesOut?.nodes ?? []) : 1,
      ...(speed.stopped === null ? {} : { jobStopped: speed.stopped }),
      ...(firing === null ? { alertsUnread: true as const } : {}),
    },
    atClusterMs: nowMs,
    faults,
    alerts,
    speed,
  };
}

/** The same work on the job's other nodes takes that many times as long. */
function withoutNodes(inventory: Inventory, job: string | null, out: readonly string[]): number {
  const ranks = inventory.jobs.find(({ name }) => name === job)?.ranks ?? [];
  const left = ranks.filter(({ node }) => !out.includes(node)).length;
  return left === 0 ? 1 : ranks.length / left;
}

function isExpected(probeId: string, verifyProbes: readonly VerifyProbe[]): boolean {
  return verifyProbes.some((probe) => probe.probeId === probeId && probe.expects !== undefined);
}

type Targets = Pick<Proposal['blastRadius'], 'nodes' | 'devices'>;

/** A fault of the targets; the same fault elsewhere is another incident. */
function isTarget({ node, device }: Finding, { nodes, devices }: Targets): boolean {
  if (node === undefined || !nodes.includes(node)) return false;
  if (device === undefined || devices.length === 0) return true;
  // GPUs go by index and have a bus id beside it; adapters go by name.
  const isSame = (target: Device): boolean =>
    target.index === undefined ? target.name === device.name : target.index === device.index;
  return devices.some((target) => target.kind === device.kind && isSame(target));
}

// The length of `recent` is what a settle time of two minutes leaves after the last step that was still slow.
const recentMs = 90_000;
// Long enough for ten steps of a large job, the silence after which a job counts as stopped.
const progressMs = 10 * 60_000;
// Prometheus' usual scrape interval.
const stepMs = 15_000;
const alertsMax = 100;

/**
 * Prometheus keeps what fires as a series of its own; a source without it has no such series, and then alerts do not
 * count. `null`: it could not be asked, which is not the same as none.
 */
async function firingAlerts(
  source: MetricsSource,
  { nodes, otherJobs, nowMs, signal }: Moment & { readonly nodes: readonly string[] },
): Promise<readonly FiringAlert[] | null> {
  const series = await ask(source, 'ALERTS{alertstate="firing"}', nowMs - recentMs, nowMs, signal);
  if (series === null) return null;
  const alerts = series
    .filter(({ points }) => points.some(([atMs, value]) => atMs > nowMs - 2 * stepMs && value > 0))
    .filter(({ labels }) => concerns(labels, nodes, otherJobs))
    .map(({ labels }): FiringAlert => {
      const node = nodeOf(labels) ?? null;
      return { node, text: `${labels['alertname'] ?? 'unnamed'}${node === null ? '' : ` ${node}`}` };
    });
  const distinct = new Map(alerts.map((alert) => [alert.text, alert]));
  return [...distinct.values()].toSorted((a, b) => (a.text < b.text ? -1 : 1)).slice(0, alertsMax);
}

interface FiringAlert {
  readonly text: string;
  readonly node: string | null;
}

/** dcgm-exporter names the node in its own label. */
function nodeOf(labels: MetricSeries['labels']): string | undefined {
  return labels['node'] ?? labels['Hostname'];
}

/** Of the targets or of the job; what names neither may be anybody's and counts. */
function concerns(labels: MetricSeries['labels'], nodes: readonly string[], otherJobs: readonly string[]): boolean {
  const node = nodeOf(labels);
  return node === undefined ? !isOfJob(labels, otherJobs) : nodes.includes(node);
}

/** `job` may also be the name of a scrape job, so only the name of a job that is known tells anything. */
function isOfJob(labels: MetricSeries['labels'], jobs: readonly string[]): boolean {
  return jobs.some((job) => job === labels['training_job'] || job === labels['job']);
}

const notMeasured = { ratio: null, nowMs: null, healthyMs: null, stopped: null } as const;

interface Moment {
  readonly otherJobs: readonly string[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

interface Speed {
  readonly ratio: number | null;
  readonly nowMs: number | null;
  readonly healthyMs: number | null;
  /** `null` where no step of late says that it goes on, and none before that it stopped. */
  readonly stopped: boolean | null;
}

/** Step time of the last moments over the healthy level that the gathered window showed. */
async function measureSpeed(
  source: MetricsSource,
  plan: GatherPlan,
  { otherJobs, nowMs, signal }: Moment,
): Promise<Speed> {
  const metric = 'training_step_seconds';
  const ours = (series: readonly MetricSeries[] | null) =>
    (series ?? []).filter(({ labels }) => !isOfJob(labels, otherJobs));
  const window = ours(await ask(source, metric, plan.fromMs, plan.toMs, signal));
  const { fromMs, toMs, alertAtMs } = plan;
  const healthyMs = stepSpeed({ fromMs, toMs, alertAtMs, stepMs, series: window, missing: [] })?.healthyMs ?? null;
  const lately = ours(await ask(source, metric, nowMs - progressMs, nowMs, signal));
  const now = { fromMs: nowMs - progressMs, toMs: nowMs, alertAtMs: nowMs, stepMs, missing: [] };
  // An exporter goes on repeating the last step of a job that has ended.
  if (jobProgress({ ...now, series: withPast(window, lately) })?.kind === 'stopped')
    return { ratio: null, nowMs: null, healthyMs, stopped: true };
  const recent = lately
    .flatMap(({ points }) => points.filter(([atMs]) => atMs >= nowMs - recentMs).map(([, seconds]) => seconds))
    .filter(Number.isFinite);
  const recentMedianMs = recent.length === 0 ? null : 1000 * median(recent);
  return {
    ratio: healthyMs === null || recentMedianMs === null ? null : recentMedianMs / healthyMs,
    nowMs: recentMedianMs,
    healthyMs,
    stopped: recentMedianMs === null ? null : false,
  };
}

/** `null` is what the server refuses or answers with nonsense: not measured. A server that is away is a retry. */
async function ask(
  source: MetricsSource,
  selector: string,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<readonly MetricSeries[] | null> {
  try {
    return await source.range({ selector, fromMs, toMs, stepMs, signal });
  } catch (error) {
    if (error instanceof PortError && notMeasurable.includes(error.kind)) return null;
    throw error;
  }
}

const notMeasurable: readonly string[] = ['refused', 'malformed', 'too-large', 'not-found'];
