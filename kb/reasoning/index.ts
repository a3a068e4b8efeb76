import type { Finding } from '../../workflows/domain/finding.ts';
import { logFindingKinds } from '../detectors/index.ts';
import { noteKinds } from '../detectors/notes/index.ts';
import { metricDetectors } from '../metrics/index.ts';
import { performanceKinds } from '../performance/kinds.ts';
import { probes } from '../probes/index.ts';
import { nodeUnreachable } from '../probes/node-unreachable.ts';
import { analysisKinds } from './analysis/kinds.ts';
import { diagnose, type Diagnosis } from './diagnose.ts';
import type { RecalledWeight } from './hypotheses.ts';
import { kindRegistry } from './kinds.ts';
import { derivedKinds } from './derived-findings.ts';
import type { Knowledge } from './knowledge.ts';

const metricKinds = [...metricDetectors.flatMap((detector) => detector.kinds), ...performanceKinds];
const probeKinds = probes.flatMap((probe) => probe.outcomes);

/** Everything that Wardround's own lists declare. */
export const knowledge: Knowledge = {
  kinds: kindRegistry(
    logFindingKinds,
    noteKinds,
    metricKinds,
    probeKinds,
    [nodeUnreachable],
    analysisKinds,
    derivedKinds,
  ),
  probes: probes.filter(({ insteadOf }) => insteadOf === undefined),
  metricKinds: new Set(metricKinds.map((kind) => kind.id)),
  // What is derived is made from readings.
  measuredKinds: new Set(
    [...probeKinds.filter((kind) => !logFindingKinds.includes(kind)), ...derivedKinds].map((kind) => kind.id),
  ),
};

/** Findings of log detectors to ranked causes; needs no server. */
export function diagnoseFindings({
  findings,
  recalled,
}: {
  readonly findings: readonly Finding[];
  /** What similar incidents of the knowledge base say. */
  readonly recalled?: readonly RecalledWeight[];
}): Diagnosis {
  return diagnose(findings, knowledge, recalled);
}

export type { Diagnosis };
