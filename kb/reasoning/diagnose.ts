import type { Finding, ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { namePattern } from '../../workflows/domain/ids.ts';
import { rankedCause } from './claims.ts';
import { unifyDevices } from './devices.ts';
import { rankHypotheses } from './hypotheses.ts';
import type { Knowledge } from './knowledge.ts';
import { placeStatements } from './job-statements.ts';
import { observe } from './observations.ts';
import { chooseProbes } from './probe-choice.ts';
import { verdictOf } from './verdict.ts';

export interface Diagnosis {
  readonly verdict: Verdict;
  /** The standing hypotheses with something in their favour, best first, at most 5. */
  readonly hypotheses: readonly RankedCause[];
  readonly nextProbes: readonly ProbeWish[];
}

const hypothesesShownMax = 5;
// Where the logs name no node, probes are still worth naming; this stands for "the node in question".
const unnamedNode = 'node';

/** A diagnosis from findings alone: no server, no probes, no history. */
export function diagnose(findings: readonly Finding[], knowledge: Knowledge): Diagnosis {
  const placed = unifyDevices(findings);
  const unified = placeStatements(placed, namesIn(placed));
  const observations = observe(unified, knowledge.kinds);
  const named = namesIn(unified);
  const input = { observations, recalled: [], nodes: named };
  const ranked = rankHypotheses(input);
  const nextProbes = chooseProbes({
    probes: knowledge.probes,
    hypotheses: ranked,
    nodes: named.length > 0 ? named : [unnamedNode],
    ran: new Set(),
  }).map((wish) => (named.length > 0 ? wish : { ...wish, nodes: [] }));
  return {
    verdict: verdictOf(
      input,
      {
        from: 'logs',
        ofJob: true,
        alertAtMs: null,
        isMeasured: (kind) => knowledge.measuredKinds.has(kind),
        isMetric: (kind) => knowledge.metricKinds.has(kind),
      },
      nextProbes[0],
    ),
    hypotheses: ranked
      .filter((hypothesis) => hypothesis.for.length > 0)
      .slice(0, hypothesesShownMax)
      .map((hypothesis) => rankedCause(hypothesis)),
    nextProbes,
  };
}

function namesIn(findings: readonly Finding[]): readonly string[] {
  const names = new Set(findings.flatMap(({ node }) => (node === undefined ? [] : [node])));
  return [...names].filter((node) => namePattern.test(node)).toSorted();
}
