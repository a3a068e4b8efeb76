import type { Claim, Finding, ProbeWish, RankedCause, Verdict } from '../../../workflows/domain/finding.ts';
import { namePattern } from '../../../workflows/domain/ids.ts';
import { branchesOf, type Branch } from '../dot/branches.ts';
import type { Graph } from '../graph.ts';
import type { Knowledge } from '../knowledge.ts';
import type { ProgramRun } from '../model/program-nodes.ts';

export interface NarrateInput {
  readonly verdict: Verdict;
  /** All that were read: logs, metrics and probes. */
  readonly findings: readonly Finding[];
  /** `null` where no graph was made. */
  readonly graph: Graph | null;
  readonly knowledge: Pick<Knowledge, 'kinds' | 'measuredKinds' | 'metricKinds'>;
  /** Cluster milliseconds; absent or `null` where no alert is known. */
  readonly alertAtMs?: number | null;
  readonly job?: string | null;
  /** Probes that were run, whether or not they could be read. */
  readonly probesRun?: readonly Pick<ProbeWish, 'probeId' | 'nodes'>[];
  /** Could probes be run at all? Not where only logs were given. They could when absent. */
  readonly probes?: boolean;
  /** What would be measured next; taken where the verdict names no deciding probe. */
  readonly wanted?: readonly ProbeWish[];
  /** What programs that the model wrote came to. */
  readonly programs?: readonly ProgramRun[];
  /** What could not be done as usual, in our own words. */
  readonly degraded?: readonly string[];
}

/** The input as sections read it. */
export interface Told {
  readonly input: NarrateInput;
  readonly byId: ReadonlyMap<string, Finding>;
  readonly branches: readonly Branch[];
  /** The job's name, where it is known and looks like one. */
  readonly job: string;
  readonly alertAtMs: number | null;
}

export function tellable(input: NarrateInput): Told {
  const { graph, findings, job = null, alertAtMs = null } = input;
  return {
    input,
    byId: new Map(findings.map((finding) => [finding.id, finding])),
    branches: graph === null ? [] : branchesOf(graph),
    job: job !== null && namePattern.test(job) ? `the job ${job}` : 'the job',
    alertAtMs,
  };
}

export function citedBy({ byId }: Told, claims: readonly Claim[]): readonly Finding[] {
  return findingsOf(
    byId,
    claims.flatMap(({ findingIds }) => findingIds),
  );
}

export function findingsOf(byId: Told['byId'], ids: readonly string[]): readonly Finding[] {
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

export function causesOf({ input: { verdict } }: Told): readonly RankedCause[] {
  return verdict.kind === 'attributed' ? verdict.causes : [];
}
