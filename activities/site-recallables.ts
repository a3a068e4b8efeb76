import type { Recallable } from '../kb/retrieval/recallable.ts';
import { siteBase, type SiteBase } from '../kb/knowledge/site-base.ts';
import type { Clock, SiteKnowledge } from './ports.ts';

// Trust fades over months: a day's step is below half a percent, and between steps nothing has to be indexed anew.
const stepMs = 24 * 3_600_000;

/**
 * What ships and what the site knows, as it is now: revoked records are out, those that were wrong are trusted less.
 * Asks the store each time, so that a revocation counts at once; answers the same list while nothing has changed.
 */
export function siteRecallables(ports: {
  readonly shipped: readonly Recallable[];
  readonly knowledge: SiteKnowledge;
  readonly clock: Clock;
  /** Hears once of each thing that counts for nothing, with its place. */
  readonly onProblem?: (text: string) => void;
}): (signal?: AbortSignal) => Promise<readonly Recallable[]> {
  const shippedIds = new Set(ports.shipped.map(({ id }) => id));
  const told = new Set<string>();
  let last: { readonly state: string; readonly recallables: readonly Recallable[] } | undefined;
  return async (signal) => {
    const { events, digest, problems, notices } = await ports.knowledge.events(signal);
    const nowMs = Math.floor(ports.clock.nowMs() / stepMs) * stepMs;
    const state = `${digest}/${nowMs}`;
    if (last?.state === state) return last.recallables;
    const base = siteBase(events, nowMs, { shippedIds });
    tell([...notices, ...[...problems, ...base.problems].map(({ place, message }) => `${place}: ${message}`)]);
    last = { state, recallables: withSite(ports.shipped, base) };
    return last.recallables;
  };

  function tell(texts: readonly string[]): void {
    for (const text of texts)
      if (!told.has(text) && told.size < toldMax) {
        told.add(text);
        ports.onProblem?.(text);
      }
  }
}

const toldMax = 1_000;

/** Shipped first, then the site's own; each with the trust that the site has in it. */
export function withSite(
  shipped: readonly Recallable[],
  { recallables, revokedIds, trustOf }: Pick<SiteBase, 'recallables' | 'revokedIds' | 'trustOf'>,
): readonly Recallable[] {
  return [
    ...shipped
      .filter(({ id }) => !revokedIds.has(id))
      .map((recallable) => {
        const trust = trustOf(recallable.id);
        return trust === recallable.trust ? recallable : { ...recallable, trust };
      }),
    ...recallables,
  ];
}
