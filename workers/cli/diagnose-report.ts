import type { Category } from '../../workflows/domain/categories.ts';
import type { Device, Finding, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { firstFault } from '../../kb/logs/first-fault.ts';
import { diagnoseFindings, knowledge } from '../../kb/reasoning/index.ts';

/** What `wardround diagnose --json` prints for one path: stable, see docs of the command. */
export interface DiagnosisReport {
  readonly file: string;
  readonly verdict: Verdict['kind'];
  /** Best first. */
  readonly causes: readonly ReportedCause[];
  readonly firstFault: QuotedLine | null;
  readonly nextProbes: readonly { readonly id: string; readonly why: string }[];
  readonly elapsedMs: number;
}

export interface ReportedCause {
  readonly category: Category;
  readonly probability: number;
  readonly node?: string;
  readonly device?: Device;
  readonly because: readonly QuotedLine[];
}

export interface QuotedLine {
  readonly source: string;
  readonly line: number;
  readonly text: string;
}

/** What logs tell, and what people say that they saw beside them. */
export interface Told {
  readonly logged: readonly Finding[];
  readonly noted: readonly Finding[];
}

export function diagnosisReport(file: string, { logged, noted }: Told, elapsedMs: number): DiagnosisReport {
  const findings = [...logged, ...noted];
  const { verdict, hypotheses, nextProbes } = diagnoseFindings({ findings });
  const proven = verdict.kind === 'attributed' ? verdict.causes : [];
  const leading = proven.map(({ category }) => category);
  // A note has no moment: it tells where the trouble began only where no log does.
  const fault = firstFault(logged, knowledge.kinds, leading) ?? firstFault(noted, knowledge.kinds, leading);
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return {
    file,
    verdict: verdict.kind,
    causes: verdict.kind === 'no-fault' ? [] : ranked(proven, hypotheses).map((cause) => reportedCause(cause, byId)),
    firstFault: fault === null ? null : quoted(fault),
    nextProbes: nextProbes.map(({ probeId, why }) => ({ id: probeId, why })),
    elapsedMs,
  };
}

const causesMax = 5;
// A candidate that a hundred like it would prove wrong ninety-nine times is noise to a reader.
const candidateMin = 0.01;

/** The proven causes, each at its place, then the other candidates: each category at its likeliest place. */
function ranked(proven: readonly RankedCause[], hypotheses: readonly RankedCause[]): readonly RankedCause[] {
  const kept = [...proven];
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
  };
}

function quoted({ range, text }: Finding): QuotedLine {
  return { source: range.source, line: range.line ?? 0, text };
}
