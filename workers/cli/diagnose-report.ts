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

export function diagnosisReport(file: string, findings: readonly Finding[], elapsedMs: number): DiagnosisReport {
  const { verdict, hypotheses, nextProbes } = diagnoseFindings({ findings });
  const proven = verdict.kind === 'attributed' ? verdict.causes : [];
  const fault = firstFault(
    findings,
    knowledge.kinds,
    proven.map(({ category }) => category),
  );
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return {
    file,
    verdict: verdict.kind === 'no-fault' && !showsProgress(findings) ? 'not-proven' : verdict.kind,
    causes: ranked(proven, hypotheses).map((cause) => reportedCause(cause, byId)),
    firstFault: fault === null ? null : quoted(fault),
    nextProbes: nextProbes.map(({ probeId, why }) => ({ id: probeId, why })),
    elapsedMs,
  };
}

/** "No fault" takes more than the absence of bad lines: the job has to be seen at work. */
function showsProgress(findings: readonly Finding[]): boolean {
  return findings.some(({ role }) => role === 'clean');
}

const causesMax = 5;
// A candidate that a hundred like it would prove wrong ninety-nine times is noise to a reader.
const candidateMin = 0.01;

/** The proven causes, then the other candidates; a category without a place yields to the same one with a place. */
function ranked(proven: readonly RankedCause[], hypotheses: readonly RankedCause[]): readonly RankedCause[] {
  const kept: RankedCause[] = [];
  for (const hypothesis of [...proven, ...hypotheses.filter(({ probability }) => probability >= candidateMin)]) {
    const placeless = hypothesis.node === undefined && hypothesis.device === undefined;
    const same = kept.filter(({ category }) => category === hypothesis.category);
    const known = same.some((other) => placeless || placeOf(other) === placeOf(hypothesis));
    if (!known && hypothesis.category !== 'unlisted') kept.push(hypothesis);
  }
  return kept.slice(0, causesMax);
}

function placeOf({ node, device }: RankedCause): string {
  return `${node ?? ''}|${device?.kind ?? ''}|${device?.index ?? ''}|${device?.name ?? ''}`;
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
