import type { Finding, FindingRole } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { nodeUnreachable } from '../probes/node-unreachable.ts';
import { tellsOfPath } from './path-kinds.ts';
import { isProbed, probeIn } from './probe-source.ts';
import { xidGaugePrefix } from './timeliness.ts';
import { anywhere, isPlaced, placeKey, placeOf, type Place } from './places.ts';

/** All findings of one kind at one place: counted as one observation, however often it was made. */
export interface Observation {
  readonly kind: FindingKind;
  readonly role: FindingRole;
  readonly place: Place;
  readonly findings: readonly Finding[];
  readonly count: number;
  readonly earliest: Finding;
  /** A probe has read it, whoever else told of it. */
  readonly probed: boolean;
  /** Other nodes on which the same probes were read and showed no cause. */
  readonly cleanSiblings: number;
  /** From before the incident: shown, and weighs nothing. */
  readonly past?: true;
}

// At most three causes are named (design.md, "verdict"), so a kind seen at more places than that tells nothing
// about where: a suspect has to differ from its siblings.
const tellingPlacesMax = 3;

/** Groups findings and takes the place from kinds that are seen nearly everywhere. Unknown kinds are left out. */
export function observe(findings: readonly Finding[], kinds: ReadonlyMap<string, FindingKind>): readonly Observation[] {
  const byKind = Map.groupBy(findings, (finding) => finding.kind);
  const cleanAt = cleanNodes(findings);
  const observations: Observation[] = [];
  for (const [id, ofKind] of byKind) {
    const kind = kinds.get(id);
    if (kind === undefined) continue;
    const placeFor =
      tellsOfPath(id) || kind.ofProgram === true
        ? () => anywhere
        : kind.role === 'clean'
          ? placeOf
          : tellingPlace(ofKind);
    for (const group of Map.groupBy(ofKind, (finding) => placeKey(placeFor(finding))).values()) {
      const sorted = group.toSorted(inOrder);
      const earliest = sorted[0];
      if (earliest === undefined) continue;
      observations.push({
        kind,
        role: kind.role,
        place: placeFor(earliest),
        findings: sorted,
        count: sorted.reduce((sum, finding) => sum + finding.count, 0),
        earliest,
        probed: sorted.some(isProbed),
        cleanSiblings: siblingsOf(sorted, cleanAt),
      });
    }
  }
  // A stable order, so that sums and ties do not depend on the order in which findings arrived.
  return observations.toSorted((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1));
}

/** By probe, the nodes on which it found nothing that points at a cause. */
function cleanNodes(findings: readonly Finding[]): ReadonlyMap<string, ReadonlySet<string>> {
  const nodes = new Map<string, Set<string>>();
  const showing = new Set<string>();
  for (const { kind, role, node, range } of findings) {
    const probeId = probeIn(range.source);
    if (node === undefined || probeId === null || kind === nodeUnreachable.id) continue;
    const known = nodes.get(probeId) ?? new Set<string>();
    nodes.set(probeId, known.add(node));
    if (role === 'cause') showing.add(`${probeId}|${node}`);
  }
  return new Map(
    [...nodes].map(([probeId, read]) => [
      probeId,
      new Set([...read].filter((node) => !showing.has(`${probeId}|${node}`))),
    ]),
  );
}

function siblingsOf(findings: readonly Finding[], cleanAt: ReadonlyMap<string, ReadonlySet<string>>): number {
  const own = new Set(findings.map(({ node }) => node));
  const counts = findings.map(({ range }) => {
    const clean = cleanAt.get(probeIn(range.source) ?? '') ?? new Set<string>();
    return [...clean].filter((node) => !own.has(node)).length;
  });
  return Math.max(0, ...counts);
}

/** What happened before the incident, as context: it explains what is still shown and speaks for no cause. */
export function observePast(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  { alertAtMs, mended }: { readonly alertAtMs: number; readonly mended: ReadonlySet<Finding> },
): readonly Observation[] {
  return observe(findings, kinds).map((observation) => {
    const { kind } = observation;
    const isMended = observation.findings.every((finding) => mended.has(finding));
    const when = isMended ? 'from before a repair that mended it' : whenText(observation, alertAtMs);
    const summary = `${kind.summary.replace(/\.$/, '')}, ${when}`;
    return { ...observation, kind: { ...kind, role: 'context', weighs: {}, summary }, role: 'context', past: true };
  });
}

function whenText({ kind, findings }: Observation, alertAtMs: number): string {
  // The moment at which a gauge is shown again is not the moment of what it shows.
  if (kind.id.startsWith(xidGaugePrefix)) return 'which the exporter shows again without a new event';
  const lastMs = Math.max(...findings.map(({ atMs, lastMs: last }) => last ?? atMs ?? Number.NEGATIVE_INFINITY));
  if (!Number.isFinite(lastMs)) return 'before the incident';
  return `${ageText(alertAtMs - lastMs)} before the alert, last at ${new Date(lastMs).toISOString().slice(0, 16)}Z`;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

function ageText(ms: number): string {
  if (ms < hourMs) return `${Math.max(1, Math.round(ms / minuteMs))} min`;
  const hours = Math.round(ms / hourMs);
  return hours < 48 ? `${hours} hour${hours === 1 ? '' : 's'}` : `${Math.round(hours / 24)} days`;
}

function orderKey({ kind, place }: Observation): string {
  return `${kind.id} ${placeKey(place)}`;
}

/** Devices when few of them show it, else the node when few nodes do, else anywhere. */
function tellingPlace(findings: readonly Finding[]): (finding: Finding) => Place {
  const places = findings.map(placeOf).filter(isPlaced);
  const nodes = new Set(places.map((place) => place.node));
  if (nodes.size > tellingPlacesMax) return () => anywhere;
  const spreadNodes = new Set(
    [...nodes].filter((node) => {
      const devices = new Set(places.filter((place) => place.node === node).map(placeKey));
      return devices.size > tellingPlacesMax;
    }),
  );
  return (finding) => {
    const place = placeOf(finding);
    if (!spreadNodes.has(place.node)) return place;
    return place.node === undefined ? anywhere : { node: place.node };
  };
}

/** A total order that does not depend on the order of arrival. */
function inOrder(a: Finding, b: Finding): number {
  return ascending(a.atMs, b.atMs) || ascending(a.range.line, b.range.line) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Unknown times and lines come last. */
function ascending(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : a - b;
}

// Clocks of nodes in one cluster agree within a second under NTP; log lines are stamped to the second.
const clearlyMs = 2_000;

/**
 * Did `a` clearly happen before `b`? Within one source the order of lines decides, across sources the clocks do, where
 * they are apart by `apartMs`.
 */
export function clearlyBefore(a: Finding, b: Finding, apartMs = clearlyMs): boolean {
  const sameSource = a.range.evidenceId === b.range.evidenceId;
  if (sameSource && a.range.line !== undefined && b.range.line !== undefined) return a.range.line < b.range.line;
  if (a.atMs === undefined || b.atMs === undefined) return false;
  return b.atMs - a.atMs >= apartMs;
}
