import type { Finding } from '../../workflows/domain/finding.ts';
import { logFindingKinds } from '../detectors/index.ts';
import { noteKinds } from '../detectors/notes/index.ts';
import { metricDetectors } from '../metrics/index.ts';
import { performanceKinds } from '../performance/kinds.ts';
import { probes } from '../probes/index.ts';
import { nodeUnreachable } from '../probes/node-unreachable.ts';
import { diagnose, type Diagnosis } from './diagnose.ts';
import { kindRegistry } from './kinds.ts';
import type { Knowledge } from './knowledge.ts';

const metricKinds = [...metricDetectors.flatMap((detector) => detector.kinds), ...performanceKinds];
const probeKinds = probes.flatMap((probe) => probe.outcomes);

/** Everything that Wardround's own lists declare. */
export const knowledge: Knowledge = {
  kinds: kindRegistry(logFindingKinds, noteKinds, metricKinds, probeKinds, [nodeUnreachable]),
  probes,
  metricKinds: new Set(metricKinds.map((kind) => kind.id)),
  measuredKinds: new Set(probeKinds.filter((kind) => !logFindingKinds.includes(kind)).map((kind) => kind.id)),
};

/** Findings of log detectors to ranked causes; needs no server. */
export function diagnoseFindings({ findings }: { readonly findings: readonly Finding[] }): Diagnosis {
  return diagnose(findings, knowledge);
}

export type { Diagnosis };
