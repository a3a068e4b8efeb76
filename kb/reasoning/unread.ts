import type { ProbeWish } from '../../workflows/domain/finding.ts';
import type { AskableProbe } from './knowledge.ts';

/** What came of one reading of a batch. */
export interface Attempt {
  readonly probeId: string;
  readonly node: string;
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome =
  | 'read'
  | 'unreadable' // it answered, and not in the tool's format: it would say the same again
  | 'missed' // refused, late, lost, or not tried because its tool or its node had failed before
  | 'left-out' // the time of the whole batch was up
  | 'unreachable'; // nobody could log in

type Asked = readonly Pick<ProbeWish, 'probeId' | 'nodes'>[];

/** What counts as asked, and which nodes say nothing. */
export interface Settled {
  readonly probesRun: Asked;
  /** Nodes of which the latest batches read nothing at all by a login, and how many in a row. */
  readonly silent: ReadonlyMap<string, number>;
}

/** A reading that was missed may be asked for once more. */
const readingTriesMax = 2;
/** Second tries in vain on one node, after which what else was missed there is left. */
const vainTriesMax = 2;
/** Of a node that missed fewer readings and was reached, other readings may well come. */
const missedOfSilentNodeMin = 3;

/**
 * A reading that nobody got is no reading: a tool that hung, a node that was down or a budget that was used up may be over
 * when the next round wishes for it. `batches` are the oldest first; what stands in none of them counts as read.
 */
export function settle(
  probesRun: Asked,
  batches: readonly (readonly Attempt[])[],
  probes: readonly Pick<AskableProbe, 'id' | 'via'>[],
): Settled {
  const outside = new Set(probes.flatMap(({ id, via }) => (via === 'management' ? [id] : [])));
  const tries = Map.groupBy(batches.flat(), keyOf);
  const vain = vainTries(tries, outside);
  const isOpen = (key: string): boolean => {
    const [first, ...more] = tries.get(key) ?? [];
    if (first === undefined || [first, ...more].some(isSettled)) return false;
    return more.length + 1 < readingTriesMax && (vain.get(placeOf(first, outside)) ?? 0) < vainTriesMax;
  };
  // One that was missed at first and read later was read once.
  const seen = new Map<string, number>();
  const counts = (probeId: string, node: string): boolean => {
    const key = keyOf({ probeId, node });
    const time = seen.get(key) ?? 0;
    seen.set(key, time + 1);
    const all = tries.get(key) ?? [];
    const attempt = all[time];
    return !isOpen(key) && (attempt === undefined || isSettled(attempt) || !all.some(isSettled));
  };
  return {
    probesRun: probesRun.flatMap(({ probeId, nodes }) => {
      const settled = nodes.filter((node) => counts(probeId, node));
      // What asks no node (a comparison) has nothing to miss.
      return nodes.length > 0 && settled.length === 0 ? [] : [{ probeId, nodes: settled }];
    }),
    silent: silentNodes(batches, outside),
  };
}

function isSettled({ outcome }: Attempt): boolean {
  return outcome === 'read' || outcome === 'unreadable';
}

function keyOf({ probeId, node }: Pick<Attempt, 'probeId' | 'node'>): string {
  return `${probeId}@${node}`;
}

/** The node itself, or the management host that answers about it. */
function placeOf({ probeId, node }: Attempt, outside: ReadonlySet<string>): string {
  return outside.has(probeId) ? `outside ${node}` : node;
}

function vainTries(
  tries: ReadonlyMap<string, readonly Attempt[]>,
  outside: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const vain = new Map<string, number>();
  for (const attempts of tries.values()) {
    const [first] = attempts;
    if (first === undefined || attempts.length < readingTriesMax || attempts.some(isSettled)) continue;
    const place = placeOf(first, outside);
    vain.set(place, (vain.get(place) ?? 0) + 1);
  }
  return vain;
}

function silentNodes(
  batches: readonly (readonly Attempt[])[],
  outside: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const silent = new Map<string, number>();
  for (const batch of batches) {
    const tried = batch.filter(({ probeId, outcome }) => outcome !== 'left-out' && !outside.has(probeId));
    for (const [node, attempts] of Map.groupBy(tried, (attempt) => attempt.node)) {
      const before = silent.get(node) ?? 0;
      const isUnreachable = attempts.some(({ outcome }) => outcome === 'unreachable');
      if (attempts.some(isSettled)) silent.delete(node);
      else if (isUnreachable || before > 0 || attempts.length >= missedOfSilentNodeMin) silent.set(node, before + 1);
    }
  }
  return silent;
}
