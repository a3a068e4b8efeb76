import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { absentInContainer, containerKinds } from './absent-in-container.ts';
import { attemptKinds, changesBeforeTrouble } from './attempt-changes.ts';
import { countWithoutFabric, fabricKinds } from './count-without-fabric.ts';
import { hangsOnOneHost, oneHostKinds } from './hang-on-one-host.ts';
import { outlastedWaits, waitKinds } from './outlasted-wait.ts';
import { sharedPlaceKinds, sharedPlaces, type NodeSite } from './shared-place.ts';
import { spaceInCollective, spaceKinds } from './space-in-collective.ts';

/** What no line and no reading shows alone. */
export const derivedKinds: readonly FindingKind[] = [
  ...sharedPlaceKinds,
  ...attemptKinds,
  ...waitKinds,
  ...spaceKinds,
  ...fabricKinds,
  ...oneHostKinds,
  ...containerKinds,
];

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

/** What a log shows together with what people tell beside it, and neither alone. */
export function toldBeside(findings: readonly Finding[]): readonly Finding[] {
  return [
    ...spaceInCollective(findings),
    ...countWithoutFabric(findings),
    ...hangsOnOneHost(findings),
    ...absentInContainer(findings),
  ];
}
