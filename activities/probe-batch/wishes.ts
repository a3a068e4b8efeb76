import type { Probe } from '../../kb/schemas/probe.ts';
import type { ProbeBatchInput } from '../../workflows/domain/phase-data.ts';
import { PortError } from '../ports.ts';

export type ProbeArguments = Readonly<Record<string, string | number>>;

/** One probe on one node. */
export interface Wish {
  readonly probeId: string;
  readonly node: string;
  /** Instead of the devices of the node: what a person typed. */
  readonly args?: ProbeArguments;
}

/** Probes times nodes of one batch; more than a thousand nodes with two probes each is not a question but a survey. */
const readingsMax = 2_000;

/** Each probe and node once, in the order in which they were asked for. */
export function wishesOf(probes: ProbeBatchInput['probes']): readonly Wish[] {
  const wishes = new Map<string, Wish>();
  for (const { probeId, nodes } of probes)
    for (const node of nodes) wishes.set(`${probeId}|${node}`, { probeId, node });
  if (wishes.size > readingsMax)
    throw new PortError('too-large', `a batch of ${wishes.size} readings; at most ${readingsMax}`);
  return [...wishes.values()];
}

/** What a load changes on a node would be in the readings after it, so loads come last. */
export function isLoad({ probeId }: Wish, probeOf: (id: string) => Probe | undefined): boolean {
  return probeOf(probeId)?.impact === 'load';
}
