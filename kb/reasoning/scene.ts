import type { Finding } from '../../workflows/domain/finding.ts';
import { noTrainers } from '../probes/job-blocks.ts';
import { jobProfile } from '../probes/job-profile.ts';
import { jobStacks } from '../probes/job-stacks.ts';
import { nodeUnreachable } from '../probes/node-unreachable.ts';
import { isAtWork } from './at-work.ts';
import { endsOfEarlierAttempts } from './attempt-changes.ts';
import { unifyDevices, type GpuAlias } from './devices.ts';
import type { Graph } from './graph.ts';
import type { Ground } from './grounding.ts';
import { rankHypotheses, type Hypothesis, type RankInput, type RecalledWeight } from './hypotheses.ts';
import type { Knowledge } from './knowledge.ts';
import { placeMemoryLimit } from './job-memory-limit.ts';
import { placeStatements } from './job-statements.ts';
import { observe, observePast } from './observations.ts';
import type { ChoiceInput } from './probe-choice.ts';
import { placeRanks, type RankPlace } from './rank-places.ts';
import { rereadingProbes } from './rereading.ts';
import { withoutSpeedOfBefore } from './standstill.ts';
import { splitByTime, type IncidentWindow } from './timeliness.ts';
import type { Proof } from './verdict.ts';

export interface ReasonInput {
  readonly round: 1 | 2 | 3;
  readonly findings: readonly Finding[];
  readonly recalled: readonly RecalledWeight[];
  readonly nodes: readonly string[];
  readonly gpus: readonly GpuAlias[];
  /** Placement of the job's ranks; empty where no job is concerned. */
  readonly ranks: readonly RankPlace[];
  /** `null`: nothing is known of time, so everything counts as of the incident. */
  readonly window: IncidentWindow | null;
  /** Without critique (`RankInput.uncritical`), and without a probe that tries to refute. */
  readonly uncritical?: boolean;
  /** May probes be asked for that need an idle device? Not when absent. */
  readonly load?: boolean;
  /** Whether a probe has anything to ask about a node (`kb/probes/can-ask.ts`); all have when absent. */
  readonly canAsk?: (probeId: string, node: string) => boolean;
  /** Taken in round 1 when nothing stands out. */
  readonly firstProbes: readonly string[];
  readonly probesRun: readonly { readonly probeId: string; readonly nodes: readonly string[] }[];
  /**
   * Nodes of which the latest batches read nothing by a login, and how many in a row (`settle`); absent where nobody
   * counts: then who was unreachable once stays so.
   */
  readonly silent?: ReadonlyMap<string, number>;
  readonly previousGraph: Graph | null;
  /** Whether the job's speed was compared when the evidence was gathered; absent where it can not be compared (again). */
  readonly speed?: { readonly compared: boolean };
  /** Sizes of evidence that was read whole. */
  readonly evidence: Ground['evidence'];
}

export const hypothesesMax = 5;

/** What one round looks at: the findings in their places and times, and what they make of the hypotheses. */
export interface Scene {
  readonly input: ReasonInput;
  readonly ranking: RankInput;
  readonly ranked: readonly Hypothesis[];
  /** Those with something in their favour, best first. */
  readonly standing: readonly Hypothesis[];
  readonly proof: Proof;
  readonly choice: ChoiceInput;
  readonly ground: Ground;
  readonly knowledge: Knowledge;
  /** Nodes that a batch could not log in to, and that have not come back since. */
  readonly unreachable: ReadonlySet<string>;
  /** The job works as it did before the alert. */
  readonly atWork: boolean;
}

export function survey(input: ReasonInput, knowledge: Knowledge): Scene {
  const still = stillTrue(unifyDevices(placed(input, knowledge), input.gpus), input);
  const findings = withoutSpeedOfBefore(still, input.nodes);
  const { current, past, mended } = splitByTime(findings, knowledge.kinds, input.window);
  const ended = new Set(endsOfEarlierAttempts(current, input.nodes));
  const observations = [
    ...observe(
      current.filter((finding) => !ended.has(finding)),
      knowledge.kinds,
    ),
    ...observePast([...past, ...ended], knowledge.kinds, { alertAtMs: input.window?.alertAtMs ?? 0, mended }),
  ];
  const ranking = {
    observations,
    recalled: input.recalled,
    nodes: input.nodes,
    ...(input.uncritical === true ? { uncritical: true } : {}),
  };
  const ranked = rankHypotheses(ranking);
  const { canAsk, silent } = input;
  const unreachable = new Set(
    findings.flatMap(({ kind, node }) => (kind === nodeUnreachable.id && node !== undefined ? [node] : [])),
  );
  const idle = new Set(
    findings.flatMap(({ kind, node }) => (kind === noTrainers.id && node !== undefined ? [node] : [])),
  );
  return {
    input,
    unreachable,
    ranking,
    ranked,
    standing: ranked
      .filter((hypothesis) => hypothesis.for.length > 0 || hypothesis.recalled.length > 0)
      .slice(0, hypothesesMax),
    proof: {
      from: 'probes',
      ofJob: input.ranks.length > 0,
      alertAtMs: input.window?.alertAtMs ?? null,
      isMeasured: (kind) => knowledge.measuredKinds.has(kind),
      isMetric: (kind) => knowledge.metricKinds.has(kind),
    },
    choice: {
      probes: knowledge.probes,
      hypotheses: ranked,
      nodes: input.nodes,
      ran: new Set(input.probesRun.flatMap(({ probeId, nodes }) => nodes.map((node) => `${probeId}@${node}`))),
      rereading: rereadingProbes(knowledge),
      unreachable: new Set([...unreachable, ...(silent?.keys() ?? [])]),
      load: input.load === true,
      canAsk: ({ id }, node) => (canAsk?.(id, node) ?? true) && !(asksRanks(id) && idle.has(node)),
    },
    ground: { findings: new Map(findings.map((finding) => [finding.id, finding])), evidence: input.evidence },
    knowledge,
    atWork: isAtWork(findings, input.window?.alertAtMs ?? null),
  };
}

/** Without nodes that nobody could log in to and somebody can now: what they were silent about has been read since. */
export function stillTrue(findings: readonly Finding[], { silent }: Pick<ReasonInput, 'silent'>): readonly Finding[] {
  return findings.filter(
    ({ kind, node }) => kind !== nodeUnreachable.id || node === undefined || silent?.has(node) !== false,
  );
}

/** Stacks and profiles are of running ranks. */
function asksRanks(probeId: string): boolean {
  return probeId === jobStacks.id || probeId === jobProfile.id;
}

/** Every finding at the place that it speaks of; in a job of one node, that node. */
function placed(input: ReasonInput, { kinds }: Knowledge): readonly Finding[] {
  const nodes = [...new Set([...input.nodes, ...input.ranks.map(({ node }) => node)])];
  const told = nodes.length === 1 ? input.findings : placeStatements(input.findings, nodes);
  return placeMemoryLimit(placeRanks(told, input, kinds));
}
