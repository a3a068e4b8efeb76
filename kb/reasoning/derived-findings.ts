import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { attemptKinds, changesBeforeTrouble } from './attempt-changes.ts';
import { outlastedWaits, waitKinds } from './outlasted-wait.ts';
import { sharedPlaceKinds, sharedPlaces, type NodeSite } from './shared-place.ts';
import { spaceKinds } from './space-in-collective.ts';

/** What no line and no reading shows alone. */
export const derivedKinds: readonly FindingKind[] = [...sharedPlaceKinds, ...attemptKinds, ...waitKinds, ...spaceKinds];

/** @param nodes Those of the incident, in the places where they stand. */
export function derivedFindings(
  findings: readonly Finding[],
  nodes: readonly NodeSite[],
  alertAtMs: number,
): readonly Finding[] {
  const names = nodes.map(({ name }) => name);
  return [
    ...sharedPlaces(findings, nodes),
    ...changesBeforeTrouble(findings, names),
    ...outlastedWaits(findings, alertAtMs),
  ];
}
