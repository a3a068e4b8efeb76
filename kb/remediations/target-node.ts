import { logFindingKinds } from '../detectors/index.ts';
import { probes } from '../probes/index.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { PlanNode, PlanSite } from '../schemas/remediation.ts';
import type { Category } from '../../workflows/domain/categories.ts';
import type { Device, Finding, RankedCause } from '../../workflows/domain/finding.ts';

/** The one node that a cause names, as the inventory knows it. */
export function targetNode(cause: RankedCause, site: PlanSite): PlanNode | { readonly notApplicable: string } {
  if (cause.node === undefined) return { notApplicable: `the cause ${cause.category} names no node` };
  const node = site.nodes.find(({ name }) => name === cause.node);
  return node ?? { notApplicable: `the inventory does not know the node ${cause.node}` };
}

/** Findings of one node in the order in which they were gathered: of two readings of a probe, the later one counts. */
export function findingsOfNode(node: string, findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.node === node);
}

// A repair that takes something away from a job rests on an observation that by itself makes its cause about ten times
// as likely (ln 10 = 2.3): less would be an act on a suspicion.
const provingWeight = 2.3;

const kinds = new Map<string, FindingKind>(
  [...logFindingKinds, ...probes.flatMap(({ outcomes }) => outcomes)].map((kind) => [kind.id, kind]),
);

/** What proves the cause at its place, from logs and probes of exactly that node and device; metrics alone do not. */
export function proofOf(category: Category, device: Device | undefined, here: readonly Finding[]): Finding | undefined {
  return here.findLast((finding) => {
    const weight = kinds.get(finding.kind)?.weighs[category] ?? 0;
    return (
      finding.role === 'cause' && weight >= provingWeight && (device === undefined || isSame(device, finding.device))
    );
  });
}

function isSame(device: Device, other: Device | undefined): boolean {
  if (other?.kind !== device.kind) return false;
  return device.index === undefined || other.index === undefined
    ? device.name === other.name
    : device.index === other.index;
}
