import { setTimeout as sleep } from 'node:timers/promises';
import { planLook } from '../../activities/plan-look.ts';
import { readBatch } from '../../activities/probe-batch/read-batch.ts';
import { wishesOf } from '../../activities/probe-batch/wishes.ts';
import { PortError, type MetricsSource, type ProbeRunner } from '../../activities/ports.ts';
import { attemptsOf } from '../../activities/probe-entries.ts';
import { roundInput, type RoundAsked } from '../../activities/round-input.ts';
import { steadyClock } from '../../activities/steady-clock.ts';
import { anyAlert } from '../../kb/handlers/any-alert.ts';
import type { Phase } from '../../kb/performance/detect/phases.ts';
import { probeById } from '../../kb/probes/index.ts';
import { wishesOfLook } from '../../kb/reasoning/first-look.ts';
import type { Graph } from '../../kb/reasoning/graph.ts';
import type { RecalledWeight } from '../../kb/reasoning/hypotheses.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { reason, type Reasoned } from '../../kb/reasoning/rounds.ts';
import type { Attempt } from '../../kb/reasoning/unread.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import { budgets } from '../../workflows/domain/budgets.ts';
import type { Finding, ProbeWish, Verdict } from '../../workflows/domain/finding.ts';
import { performanceCompareId } from '../../workflows/domain/ids.ts';
import { defaultIncidentSettings } from '../../workflows/domain/incident-input.ts';
import { readMetrics, readMetricsAgain, type MeasuredMetrics, type MetricsAsked } from './diagnose-metrics.ts';
import type { ReportedBatch, ReportedMetrics } from './diagnose-report.ts';
import { forgotten } from './probe-run.ts';

/** How the batch before round 1 is called. */
export const firstLookName = 'first look';

/** The cluster that logs are from, and how its nodes are read. */
export interface Site {
  readonly inventory: Inventory;
  readonly runner: ProbeRunner;
  /** Where its metrics are asked; `null` where nothing says. */
  readonly metrics: MetricsSource | null;
  /** When the trouble began, cluster milliseconds. */
  readonly alertAtMs: number;
  readonly signal: AbortSignal;
  readonly progress: SiteProgress;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

export interface SiteProgress {
  /** A batch begins; `why` of its first probe. */
  readonly onBatch: (batch: string, wanted: readonly Asked[]) => void;
  readonly onRead: (done: number, of: number) => void;
  readonly onEnd: (batch: ReportedBatch) => void;
  /** So many metrics have been asked for; beside a batch. */
  readonly onMetrics: (done: number, of: number) => void;
  /** What could not be had as usual. */
  readonly onWithout: (what: string) => void;
}

type Asked = Pick<ProbeWish, 'probeId' | 'nodes'>;

/** What was known before the cluster was asked. */
export interface SiteTold {
  /** Of logs, and what people said. */
  readonly findings: readonly Finding[];
  /** Pauses that rank 0 tells of. */
  readonly phases: readonly Phase[];
  /** Like incidents, once metrics have been read as well. */
  readonly recall: (findings: readonly Finding[]) => Promise<readonly RecalledWeight[]>;
}

export interface SiteDiagnosis {
  readonly verdict: Verdict;
  readonly last: Reasoned;
  /** All that the last round stands on. */
  readonly findings: readonly Finding[];
  readonly job: string | null;
  readonly nodes: readonly string[];
  readonly batches: readonly ReportedBatch[];
  readonly metrics: ReportedMetrics | null;
  /** What could not be had as usual. */
  readonly without: readonly string[];
}

/** Which part of the cluster is looked at: the nodes that logs name and those of their job, else all. */
export function concernedNodes(
  inventory: Inventory,
  findings: readonly Finding[],
): { readonly job: string | null; readonly nodes: readonly string[]; readonly named: ReadonlySet<string> } {
  const known = new Set(inventory.nodes.map(({ name }) => name));
  const named = new Set(findings.flatMap(({ node }) => (node !== undefined && known.has(node) ? [node] : [])));
  const ofNamed = inventory.jobs.filter(({ ranks }) => named.size === 0 || ranks.some(({ node }) => named.has(node)));
  const job = ofNamed.length === 1 ? ofNamed[0] : undefined;
  const nodes = new Set([...named, ...(job?.ranks.map(({ node }) => node) ?? [])]);
  return { job: job?.name ?? null, nodes: (nodes.size > 0 ? [...nodes] : [...known]).toSorted(), named };
}

/**
 * The procedure of an incident from the first look to the verdict, on what logs tell and what nodes and metrics answer.
 * The order of the calls is that of `workflows/incident.ts` and `workflows/reason.ts`; what is thought is thought by the
 * same functions. Only what is passive or light is asked.
 */
export async function reasonOnSite(told: SiteTold, site: Site): Promise<SiteDiagnosis> {
  const { inventory, alertAtMs } = site;
  const { job, nodes, named } = concernedNodes(inventory, told.findings);
  const plan = planLook(inventory, anyAlert, { job, nodes, alerted: named, alertAtMs }, knowledge);
  const measuring = measuringOn(site, told.phases);
  const without: string[] = [];
  const orWithout = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (site.signal.aborted || !(error instanceof PortError)) throw error;
      without.push(`${what}: ${error.message}`);
      site.progress.onWithout(`${what}: ${error.message}`);
      return null;
    }
  };

  const looks = wishesOfLook(plan.firstLook ?? []);
  const [looked, metrics] = await both(
    looks.length === 0 ? Promise.resolve(null) : runBatch(firstLookName, looks, site, plan.firstLookMsMax),
    measuring === null
      ? Promise.resolve(null)
      : orWithout('the metrics could not be read', () => readMetrics(measuring, plan, 'metrics')),
  );
  const known = [...told.findings, ...(metrics?.findings ?? [])];
  const recalled = await told.recall(known);

  let findings = [...known, ...(metrics?.speed ?? []), ...(looked?.findings ?? [])];
  let latest: MeasuredMetrics | null = metrics;
  let thought: readonly Finding[] = [];
  let previousGraph: Graph | null = null;
  const probesRun: Asked[] = [];
  const batches: ReportedBatch[] = looked === null ? [] : [looked.reported];
  const attempts: (readonly Attempt[])[] = looked === null ? [] : [looked.attempts];

  const think = (round: 1 | 2 | 3): Reasoned => {
    const read = { findings: distinct(findings), recalled, previousGraph, evidence: new Map<string, number>() };
    const asked: RoundAsked = {
      round,
      plan,
      probesRun,
      attempts,
      ...(looked === null ? {} : { looked: true }),
      ...(measuring === null ? {} : { speed: { compared: metrics !== null } }),
    };
    const input = roundInput(read, asked, inventory, knowledge);
    const result = reason(input, knowledge);
    thought = input.findings;
    previousGraph = result.graph;
    return result;
  };

  const probe = async (batch: string, wanted: readonly ProbeWish[]): Promise<void> => {
    const probes = wanted.filter(({ probeId }) => probeId !== performanceCompareId);
    const again = probes.length < wanted.length ? measuring : null;
    const [read, compared] = await both(
      probes.length === 0 ? Promise.resolve(null) : runBatch(batch, probes, site),
      again === null ? Promise.resolve(null) : compareAgain(again, batch),
    );
    probesRun.push(...wanted.map(({ probeId, nodes: asked }) => ({ probeId, nodes: asked })));
    findings = [...findings, ...(read?.findings ?? []), ...(compared?.speed ?? [])];
    latest = compared ?? latest;
    if (read === null) return;
    batches.push(read.reported);
    attempts.push(read.attempts);
  };

  const compareAgain = (asked: MetricsAsked, batch: string): Promise<MeasuredMetrics | null> =>
    orWithout('newer metrics could not be read', () =>
      readMetricsAgain(asked, plan, `metrics of ${batch}`, Date.now()),
    );

  const last = await inRounds(think, probe);
  return {
    verdict: last.verdict ?? undecided(last),
    last,
    findings: thought,
    job,
    nodes,
    batches,
    metrics: latest?.reported ?? null,
    without,
  };
}

function measuringOn({ inventory, metrics, progress, signal }: Site, phases: readonly Phase[]): MetricsAsked | null {
  return metrics === null ? null : { inventory, source: metrics, phases, onAsked: progress.onMetrics, signal };
}

/** Three rounds with the bounds of an incident; the last one's result. */
async function inRounds(
  think: (round: 1 | 2 | 3) => Reasoned,
  probe: (batch: string, wanted: readonly ProbeWish[]) => Promise<void>,
): Promise<Reasoned> {
  const first = think(1);
  if (first.verdict !== null) return first;
  const second = await asLongAsItAsks(2, defaultIncidentSettings.probeBatchesMax, think, probe);
  if (second.verdict !== null) return second;
  return asLongAsItAsks(3, budgets.refutingBatchesMax, think, probe);
}

async function asLongAsItAsks(
  round: 2 | 3,
  batchesMax: number,
  think: (round: 2 | 3) => Reasoned,
  probe: (batch: string, wanted: readonly ProbeWish[]) => Promise<void>,
): Promise<Reasoned> {
  let result = think(round);
  for (let batch = 1; batch <= batchesMax && result.verdict === null; batch += 1) {
    if (result.wantedProbes.length === 0) break;
    await probe(`round ${round}, batch ${batch}`, result.wantedProbes);
    result = think(round);
  }
  return result;
}

/** Waits for both, whichever fails: nothing of it goes on when the first failure is told. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()];
}

function undecided({ wantedProbes: [decidingProbe], hypotheses }: Reasoned): Verdict {
  return {
    kind: 'not-proven',
    candidates: hypotheses,
    ...(decidingProbe === undefined ? {} : { decidingProbe }),
    reason: 'the bound on probe batches was reached before one cause stood out',
  };
}

const unreadShownMax = 20;

interface BatchRun {
  readonly findings: readonly Finding[];
  readonly attempts: readonly Attempt[];
  readonly reported: ReportedBatch;
}

/** `msMax`: for the whole batch; what was not read by then is missing. */
async function runBatch(
  batch: string,
  wanted: readonly Asked[],
  { inventory, runner, signal, progress, nowMs }: Site,
  msMax?: number,
): Promise<BatchRun> {
  const wishes = wishesOf(wanted);
  const startedMs = nowMs();
  let done = 0;
  progress.onBatch(batch, wanted);
  progress.onRead(done, wishes.length);
  const judged = await readBatch(
    {
      runner,
      evidence: forgotten,
      clock: steadyClock,
      inventory,
      probe: probeById,
      pause: (ms, until) => sleep(ms, undefined, { signal: until }),
      load: false,
      shares: true,
      ...(msMax === undefined ? {} : { time: { msMax, leftMs: msMax } }),
      signal,
      onRead: () => progress.onRead((done += 1), wishes.length),
    },
    wishes,
  );
  const entries = judged.map(({ entry }) => entry);
  const findings = entries.flatMap((entry) => entry.findings);
  const unread = entries.flatMap((entry) =>
    entry.read ? [] : [{ id: entry.probeId, node: entry.node, reason: entry.reason }],
  );
  const reported = {
    batch,
    probes: wanted.map(({ probeId, nodes }) => ({ id: probeId, nodes })),
    readings: entries.length,
    telling: entries.filter((entry) => entry.findings.some(({ role }) => role === 'cause' || role === 'symptom'))
      .length,
    unreadCount: unread.length,
    overdue: entries.filter((entry) => !entry.read && entry.overdue === true).length,
    unread: unread.slice(0, unreadShownMax),
    elapsedMs: Math.round(nowMs() - startedMs),
  };
  progress.onEnd(reported);
  return { findings, attempts: attemptsOf(entries), reported };
}
