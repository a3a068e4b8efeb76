import type { Category } from '../../workflows/domain/categories.ts';
import type { Claim, Device, Finding, ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { firstFault } from '../../kb/logs/first-fault.ts';
import type { PerformanceVerdict } from '../../kb/performance/detect/verdict.ts';
import type { Graph } from '../../kb/reasoning/graph.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { narrate, type Narrative } from '../../kb/reasoning/narrative/index.ts';
import type { SimilarIncident } from './diagnose-recall.ts';

/** What `wardround diagnose --json` prints for one path: stable; later versions only add fields. */
export interface DiagnosisReport {
  readonly file: string;
  readonly verdict: Verdict['kind'];
  /** Why it is so; `null` where the causes say it. */
  readonly reason: string | null;
  /** Best first: what is attributed, then the other candidates. */
  readonly causes: readonly ReportedCause[];
  readonly firstFault: QuotedLine | null;
  /** What was weighed against each other, best first, each at its place. */
  readonly hypotheses: readonly Omit<ReportedCause, 'because'>[];
  /** What would be measured next, the most telling first; no nodes where the logs name none. */
  readonly nextProbes: readonly ReportedWish[];
  /** Incidents of the knowledge base that it resembles. */
  readonly similar: readonly SimilarIncident[];
  readonly narrative: Narrative;
  /** The three rounds of thought; only where asked for. */
  readonly graph?: Graph;
  /** Only where a cluster was asked. */
  readonly site?: ReportedSite;
  readonly elapsedMs: number;
}

export interface ReportedCause {
  readonly category: Category;
  readonly probability: number;
  readonly node?: string;
  readonly device?: Device;
  /** The lines that speak for it. */
  readonly because: readonly QuotedLine[];
  readonly claims: readonly ReportedClaim[];
}

export interface ReportedClaim {
  readonly text: string;
  readonly cites: readonly Omit<QuotedLine, 'text'>[];
}

export interface QuotedLine {
  readonly source: string;
  /** From 1; 0 where it is no line of a file. */
  readonly line: number;
  readonly text: string;
}

export interface ReportedWish {
  readonly id: string;
  readonly why: string;
  readonly nodes: readonly string[];
  readonly gainBits: number;
  readonly costMs: number;
}

/** What was asked of a cluster, batch by batch. */
export interface ReportedSite {
  readonly cluster: string;
  readonly job: string | null;
  readonly nodes: readonly string[];
  readonly alertAt: string;
  readonly batches: readonly ReportedBatch[];
  /** `null` where no metrics server is named, or it did not answer. */
  readonly metrics: ReportedMetrics | null;
}

/** What was asked of the metrics, and the job's speed by them. */
export interface ReportedMetrics {
  readonly series: number;
  /** Names of metrics that have none. */
  readonly missing: readonly string[];
  readonly speed: PerformanceVerdict['kind'];
  /** Step time now over the right one; `null` where it was not measured. */
  readonly slowdownRatio: number | null;
  readonly summary: string;
}

export interface ReportedBatch {
  readonly batch: string;
  readonly probes: readonly { readonly id: string; readonly nodes: readonly string[] }[];
  readonly readings: number;
  /** Readings that show a cause or a symptom. */
  readonly telling: number;
  readonly unreadCount: number;
  /** Of these, for want of time. */
  readonly overdue: number;
  /** At most 20 of those that failed. */
  readonly unread: readonly { readonly id: string; readonly node: string; readonly reason: string }[];
  readonly elapsedMs: number;
}

/** What the rounds came to, however they got there. */
export interface Concluded {
  readonly verdict: Verdict;
  readonly hypotheses: readonly RankedCause[];
  readonly nextProbes: readonly ProbeWish[];
  readonly graph: Graph;
  /** In logs and notes; what nodes and metrics showed, and what follows from it. */
  readonly logged: readonly Finding[];
  readonly noted: readonly Finding[];
  readonly measured: readonly Finding[];
  readonly similar: readonly SimilarIncident[];
  readonly site?: ReportedSite;
  readonly alertAtMs?: number;
  readonly degraded?: readonly string[];
}

export function diagnosisReport(
  file: string,
  concluded: Concluded,
  elapsedMs: number,
  withGraph = false,
): DiagnosisReport {
  const { verdict, hypotheses, nextProbes, graph, logged, noted, measured, similar, site } = concluded;
  const findings = [...logged, ...noted, ...measured];
  const fault = firstFaultOf({ logged, noted }, verdict);
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return {
    file,
    verdict: verdict.kind,
    reason: reasonText(verdict),
    causes:
      verdict.kind === 'no-fault' ? [] : rankedCauses(verdict, hypotheses).map((cause) => reportedCause(cause, byId)),
    firstFault: fault === null ? null : quoted(fault),
    hypotheses: hypotheses.map((hypothesis) => {
      const { because: _lines, ...rest } = reportedCause(hypothesis, byId);
      return rest;
    }),
    nextProbes: nextProbes.map(({ probeId, why, nodes, gainBits, costMs }) => ({
      id: probeId,
      why,
      nodes,
      gainBits,
      costMs,
    })),
    similar,
    narrative: narrate({
      verdict,
      findings,
      graph,
      knowledge,
      alertAtMs: concluded.alertAtMs ?? null,
      job: site?.job ?? null,
      probesRun: (site?.batches ?? []).flatMap(({ probes }) => probes.map(({ id, nodes }) => ({ probeId: id, nodes }))),
      wanted: nextProbes,
      probes: site !== undefined,
      degraded: concluded.degraded ?? [],
    }),
    ...(withGraph ? { graph } : {}),
    ...(site === undefined ? {} : { site }),
    elapsedMs,
  };
}

/** The line with which it began. A note has no moment: it tells where the trouble began only where no log does. */
export function firstFaultOf(
  { logged, noted }: { readonly logged: readonly Finding[]; readonly noted: readonly Finding[] },
  verdict: Verdict,
): Finding | null {
  const leading = verdict.kind === 'attributed' ? verdict.causes.map(({ category }) => category) : [];
  return firstFault(logged, knowledge.kinds, leading) ?? firstFault(noted, knowledge.kinds, leading);
}

function reasonText(verdict: Verdict): string | null {
  switch (verdict.kind) {
    case 'attributed':
      return null;
    case 'no-fault':
      return verdict.explanation.text;
    case 'not-proven':
      return verdict.reason;
  }
}

const causesMax = 5;
// A candidate that a hundred like it would prove wrong ninety-nine times is noise to a reader.
const candidateMin = 0.01;

/** The proven causes, each at its place, then the other candidates: each category at its likeliest place. */
export function rankedCauses(verdict: Verdict, hypotheses: readonly RankedCause[]): readonly RankedCause[] {
  const kept = verdict.kind === 'attributed' ? [...verdict.causes] : [];
  for (const hypothesis of hypotheses) {
    if (hypothesis.probability < candidateMin || hypothesis.category === 'unlisted') continue;
    if (!kept.some(({ category }) => category === hypothesis.category)) kept.push(hypothesis);
  }
  return kept.slice(0, causesMax);
}

const linesPerCauseMax = 6;

function reportedCause(cause: RankedCause, findings: ReadonlyMap<string, Finding>): ReportedCause {
  const lines = new Map<string, QuotedLine>();
  for (const id of cause.because.flatMap(({ findingIds }) => findingIds)) {
    const finding = findings.get(id);
    if (finding !== undefined) lines.set(`${finding.range.source}:${finding.range.line ?? 0}`, quoted(finding));
  }
  return {
    category: cause.category,
    probability: cause.probability,
    ...(cause.node === undefined ? {} : { node: cause.node }),
    ...(cause.device === undefined ? {} : { device: cause.device }),
    because: [...lines.values()].slice(0, linesPerCauseMax),
    claims: cause.because.map(reportedClaim),
  };
}

function reportedClaim({ text, ranges }: Claim): ReportedClaim {
  return { text, cites: ranges.map(({ source, line }) => ({ source, line: line ?? 0 })) };
}

function quoted({ range, text }: Finding): QuotedLine {
  return { source: range.source, line: range.line ?? 0, text };
}
