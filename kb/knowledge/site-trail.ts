import type { EventProblem, SiteEvent, SiteEventOf } from './site-events.ts';
import { rankWeight, type Sight } from './trust.ts';

/** By time, then by id; of one id the earliest alone. */
export function inOrder(events: readonly SiteEvent[]): readonly SiteEvent[] {
  const sorted = events.toSorted((a, b) => a.atMs - b.atMs || compare(a.id, b.id) || tie(a, b));
  const seen = new Set<string>();
  return sorted.filter(({ id }) => !seen.has(id) && seen.add(id));
}

export function ofKind<K extends SiteEvent['kind']>(trail: readonly SiteEvent[], kind: K): readonly SiteEventOf<K>[] {
  return trail.filter((event): event is SiteEventOf<K> => event.kind === kind);
}

/** Ids of decisions that a later acceptance knew and overruled; a clock has no say in it. */
function lifted(trail: readonly SiteEvent[]): ReadonlySet<string> {
  return new Set(ofKind(trail, 'accepted').flatMap(({ lifts }) => lifts));
}

export function openRevocations(trail: readonly SiteEvent[]): readonly SiteEventOf<'revoked'>[] {
  const overruled = lifted(trail);
  return ofKind(trail, 'revoked').filter(({ id }) => !overruled.has(id));
}

export function openRejections(trail: readonly SiteEvent[], revision: number): readonly SiteEventOf<'rejected'>[] {
  const overruled = lifted(trail);
  return ofKind(trail, 'rejected').filter((event) => event.revision === revision && !overruled.has(event.id));
}

/** What an acceptance has to lift, so that the id counts again. */
export function standingAgainst(trail: readonly SiteEvent[], revision: number): readonly string[] {
  return [...openRevocations(trail), ...openRejections(trail, revision), ...openMerges(trail)].map(({ id }) => id);
}

/** For each merged record the one that holds its evidence now. */
export function mergedInto(trails: ReadonlyMap<string, readonly SiteEvent[]>): {
  readonly roots: ReadonlyMap<string, string>;
  readonly problems: readonly EventProblem[];
} {
  const steps = new Map(
    [...trails].flatMap(([id, trail]) => {
      const last = openMerges(trail).at(-1);
      return last === undefined ? [] : [[id, last.into] as const];
    }),
  );
  const roots = new Map<string, string>();
  const problems: EventProblem[] = [];
  for (const id of steps.keys()) {
    const root = rootOf(id, steps);
    if (root === null) problems.push({ place: id, message: 'was merged in a circle; it stands for itself' });
    else roots.set(id, root);
  }
  return { roots, problems };
}

/** Verified sights of a record: repairs that tell the same, people who read it, and incidents that had recalled it. */
export function sightsOf(id: string, trail: readonly SiteEvent[]): readonly Sight[] {
  const witnesses = witnessesOf(trail);
  const taught = new Set(witnesses.keys());
  const reviews = ofKind(trail, 'accepted').slice(0, 1);
  return [
    ...[...witnesses.values()].map((atMs) => ({ atMs, right: true, weight: 1 })),
    ...reviews.map(({ atMs }) => ({ atMs, right: true, weight: 1 })),
    ...ofKind(trail, 'outcome').flatMap(({ atMs, incident, recalled }) => {
      // An incident that taught a record has said already that it is right.
      if (taught.has(incident.firstRunId)) return [];
      const first = recalled.find((each) => each.id === id);
      return first === undefined ? [] : [{ atMs, right: first.right, weight: rankWeight(first.rank) }];
    }),
  ];
}

/** First run ids of the incidents that speak for a record, with the time of the first word. */
export function witnessesOf(trail: readonly SiteEvent[]): ReadonlyMap<string, number> {
  const witnesses = new Map<string, number>();
  for (const event of trail) {
    const incident = incidentBehind(event);
    if (incident !== null && !witnesses.has(incident.firstRunId)) witnesses.set(incident.firstRunId, event.atMs);
  }
  return witnesses;
}

/** Alert groups of the incidents that speak for a record: those of one group are not independent. */
export function alertGroupsOf(trail: readonly SiteEvent[]): ReadonlySet<string> {
  return new Set(trail.flatMap((event) => incidentBehind(event)?.workflowId ?? []));
}

function incidentBehind(event: SiteEvent) {
  if (event.kind === 'confirmed') return event.incident;
  return event.kind === 'proposed' && event.provenance.kind === 'incident' ? event.provenance.incident : null;
}

function openMerges(trail: readonly SiteEvent[]): readonly SiteEventOf<'merged'>[] {
  const overruled = lifted(trail);
  return ofKind(trail, 'merged').filter(({ id }) => !overruled.has(id));
}

function rootOf(id: string, steps: ReadonlyMap<string, string>): string | null {
  const passed = new Set([id]);
  let at = steps.get(id);
  for (let next = at; next !== undefined; next = steps.get(next)) {
    if (passed.has(next)) return null;
    passed.add(next);
    at = next;
  }
  return at ?? null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of two with one id and one time, which only forging makes, always the same one. */
function tie(a: SiteEvent, b: SiteEvent): number {
  return a === b ? 0 : compare(JSON.stringify(a), JSON.stringify(b));
}
