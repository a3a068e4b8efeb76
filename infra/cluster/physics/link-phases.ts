import { integer, uniform } from '../noise.ts';
import { firmLink, type LinkSettings, type LooseSpan, type Span } from '../state/link-settings.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';

/**
 * A loose connector loses its link once in each such stretch of cluster time and gets it back within it: training an HDR
 * link and the subnet manager's sweep take seconds.
 */
const usualRhythmMs = 24_000;
/** Where in such a stretch it goes down, as a share of it: up again before its end. */
const begin = { min: 1 / 24, max: 7 / 24 };
/** For so long it usually is down, from two thirds to four thirds of it. */
const usualDownMs = 9_000;

/** A stretch in which a loose link is down, and what the port has counted from its first such stretch to this one. */
export interface DownPhase extends Span {
  readonly number: number;
  /** Milliseconds that were down before this phase. */
  readonly downBeforeMs: number;
  readonly recoveries: number;
  readonly symbolErrors: number;
  readonly receiveErrors: number;
  readonly transmitDiscards: number;
}

/** A port of a node, and what is unusual about it. */
export interface PortPlace {
  readonly world: World;
  readonly node: WorldNode;
  readonly hca: WorldHca;
  readonly link: LinkSettings | undefined;
}

/** When the link of a loose cable was or will be down between two moments, oldest first; a disabled port does not flap. */
export function downPhases(place: PortPlace, fromMs: number, toMs: number): readonly DownPhase[] {
  const phases = phasesUntil(place, toMs);
  const end = firstFrom(phases, toMs);
  // Phases do not overlap: of those that begin before `fromMs` only the last can reach into it.
  const begin = Math.max(0, firstFrom(phases, fromMs) - 1);
  return phases.slice(begin, end).filter((phase) => phase.toMs > fromMs);
}

/** The last phase that had begun at this moment. */
export function lastPhaseAt(place: PortPlace, ms: number): DownPhase | undefined {
  const phases = phasesUntil(place, ms + 1);
  const later = firstFrom(phases, ms);
  const there = phases[later];
  return there?.fromMs === ms ? there : phases[later - 1];
}

/** For how long a loose cable can be without its link. */
export function longestDownMs({ downMs = usualDownMs }: Pick<LooseSpan, 'downMs'>): number {
  return lengthsOf(downMs).max;
}

function lengthsOf(downMs: number): { readonly min: number; readonly max: number } {
  return { min: (downMs * 2) / 3, max: (downMs * 4) / 3 };
}

/** How often a loose cable loses its contact. */
export function rhythmOf({ everyMs = usualRhythmMs }: Pick<LooseSpan, 'everyMs'>): number {
  return everyMs;
}

interface PhaseLog {
  readonly phases: DownPhase[];
  /** The next stretch of the rhythm to look at, of which loose span. */
  span: number;
  beat: number | null;
}

// Phases follow from seed and settings alone; they are worked out once for every value of the settings, as far as asked.
const logs = new WeakMap<LinkSettings, PhaseLog>();

function phasesUntil({ world, node, hca, link = firmLink }: PortPlace, toMs: number): readonly DownPhase[] {
  if (link.loose.length === 0) return [];
  const shift = uniform(world.seed, 'flap-shift', node.index, hca.name);
  const log = logs.get(link) ?? { phases: [], span: 0, beat: null };
  logs.set(link, log);
  for (; log.span < link.loose.length; log.span += 1, log.beat = null) {
    const span: LooseSpan = link.loose[log.span] ?? { fromMs: toMs, toMs };
    const lengthMs = lengthsOf(span.downMs ?? usualDownMs);
    const rhythmMs = rhythmOf(span);
    // Every cable has its own beat.
    const shiftMs = rhythmMs * shift;
    let beat = log.beat ?? Math.floor((span.fromMs - shiftMs) / rhythmMs);
    for (; shiftMs + beat * rhythmMs < Math.min(span.toMs, toMs); beat += 1) {
      const drawn = (quantity: string, { min, max }: { readonly min: number; readonly max: number }) =>
        min + (max - min) * uniform(world.seed, quantity, node.index, hca.name, beat);
      const fromMs = shiftMs + beat * rhythmMs + rhythmMs * drawn('flap-begin', begin);
      const untilMs = fromMs + drawn('flap-length', lengthMs);
      // A phase that a person cut short by pushing the cable in or by disabling the port ends there.
      const whole = { fromMs: Math.max(fromMs, span.fromMs), toMs: Math.min(untilMs, span.toMs) };
      for (const piece of outside(whole, link.closed))
        log.phases.push(counted(world, node, hca, log.phases.at(-1), piece));
    }
    log.beat = beat;
    if (shiftMs + beat * rhythmMs < span.toMs) break;
  }
  return log.phases;
}

function counted(
  world: World,
  node: WorldNode,
  hca: WorldHca,
  before: DownPhase | undefined,
  { fromMs, toMs }: Span,
): DownPhase {
  const drawn = (below: number, quantity: string) => integer(world.seed, below, quantity, node.index, hca.name, fromMs);
  return {
    fromMs,
    toMs,
    number: (before?.number ?? 0) + 1,
    downBeforeMs: before === undefined ? 0 : before.downBeforeMs + before.toMs - before.fromMs,
    recoveries: (before?.recoveries ?? 0) + 1 + drawn(2, 'link-recovery'),
    symbolErrors: (before?.symbolErrors ?? 0) + 3 + drawn(40, 'symbol-error'),
    receiveErrors: (before?.receiveErrors ?? 0) + 1 + drawn(6, 'receive-error'),
    transmitDiscards: (before?.transmitDiscards ?? 0) + drawn(90, 'transmit-discard'),
  };
}

/** What of a stretch lies outside all others. */
function outside(whole: Span, others: readonly Span[]): readonly Span[] {
  return others
    .reduce<readonly Span[]>(
      (rest, other) =>
        rest.flatMap((one) => [
          { fromMs: one.fromMs, toMs: Math.min(one.toMs, other.fromMs) },
          { fromMs: Math.max(one.fromMs, other.toMs), toMs: one.toMs },
        ]),
      [whole],
    )
    .filter((one) => one.fromMs < one.toMs);
}

/** Index of the first phase that begins at this moment or later. */
function firstFrom(phases: readonly DownPhase[], ms: number): number {
  let low = 0;
  let high = phases.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((phases[middle]?.fromMs ?? Infinity) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
