import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe } from '../schemas/probe.ts';

/** What reasoning knows: kinds with their weights, and the probes that can be asked for. */
export interface Knowledge {
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly probes: readonly AskableProbe[];
  /** Kinds that metric rules report: sampled and aggregated, so never decisive alone. */
  readonly metricKinds: ReadonlySet<string>;
  /** Kinds that only probes report; a kernel-log probe's kinds are those of the log detectors. */
  readonly measuredKinds: ReadonlySet<string>;
}

/** The part of a probe's declaration that choosing needs. */
export type AskableProbe = Pick<Probe, 'id' | 'summary' | 'impact' | 'costMs' | 'outcomes' | 'via'>;

/** The probe whose outcomes include this kind; findings of such kinds come from measurements, not from logs. */
export function probeOfKind(knowledge: Knowledge, kindId: string): AskableProbe | undefined {
  return knowledge.probes.find((probe) => probe.outcomes.some((kind) => kind.id === kindId));
}
