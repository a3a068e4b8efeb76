import type { Finding } from '../../workflows/domain/finding.ts';
import { jobNormal } from '../performance/kinds.ts';
import { allWait } from '../probes/gpu-fields-over-time.ts';
import { allWait as ranksWait } from '../probes/stack-kinds.ts';

// More than half of the nodes: a few wait for the others in every step.
const waitingShareMin = 0.5;

/** The GPUs of most nodes were busy and computed nothing when they were read. */
export function gpusWait(findings: readonly Finding[], nodes: readonly string[]): boolean {
  return isOnMost(findings, allWait.id, nodes);
}

/**
 * The speed of a job is that of the minutes before the alert. Where its GPUs were seen waiting everywhere, and later its
 * ranks still were, that it ran well then says nothing of now.
 */
export function withoutSpeedOfBefore(findings: readonly Finding[], nodes: readonly string[]): readonly Finding[] {
  const standsStill = gpusWait(findings, nodes) && isOnMost(findings, ranksWait.id, nodes);
  return standsStill ? findings.filter(({ kind }) => kind !== jobNormal.id) : findings;
}

/** Seen on more than half of the nodes. */
export function isOnMost(findings: readonly Finding[], kindId: string, nodes: readonly string[]): boolean {
  const waiting = new Set(findings.flatMap(({ kind, node }) => (kind === kindId ? (node ?? []) : [])));
  return nodes.filter((node) => waiting.has(node)).length > waitingShareMin * nodes.length;
}
