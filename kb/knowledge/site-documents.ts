import type { Recallable } from '../retrieval/recallable.ts';
import type { Chunk, SiteEvent } from './site-events.ts';
import { ofKind, openRevocations } from './site-trail.ts';

/** A runbook or report of the site. */
export interface SiteDocument {
  readonly path: string;
  readonly status: 'live' | 'removed' | 'revoked';
  readonly title: string;
  /** Hex SHA-256 of its pieces; null once removed. */
  readonly sha256: string | null;
  readonly chunks: readonly Chunk[];
  /** The event that brought this state; the next one names it. */
  readonly event: string;
  readonly trail: readonly SiteEvent[];
}

/** What the events about one path make of it; null where none is about a document. */
export function foldDocument(path: string, trail: readonly SiteEvent[]): SiteDocument | null {
  const states = trail.filter((event) => event.kind === 'document-imported' || event.kind === 'document-removed');
  const replaced = new Set(states.map(({ previous }) => previous));
  // More than one is current only where two imports ran at once: the later one stands.
  const current = states.findLast(({ id }) => !replaced.has(id));
  if (current === undefined) return null;
  const isRevoked = openRevocations(trail).length > 0;
  const imported = current.kind === 'document-imported' ? current : null;
  return {
    path,
    status: isRevoked ? 'revoked' : imported === null ? 'removed' : 'live',
    title: imported?.title ?? ofKind(trail, 'document-imported').at(-1)?.title ?? path,
    sha256: imported?.sha256 ?? null,
    chunks: imported?.chunks ?? [],
    event: current.id,
    trail,
  };
}

/** What revoked documents and pieces say or said: another file name, or another heading, does not bring it back. */
export function revokedTexts(
  trails: Iterable<readonly SiteEvent[]>,
  revokedIds: ReadonlySet<string>,
): ReadonlySet<string> {
  const texts = new Set<string>();
  if (revokedIds.size > 0)
    for (const trail of trails) {
      const isRevoked = openRevocations(trail).length > 0;
      for (const { chunks } of ofKind(trail, 'document-imported'))
        for (const { id, text } of chunks) if (isRevoked || revokedIds.has(id)) texts.add(text);
    }
  return texts;
}

/**
 * The pieces of a live document. They have no category, so they can be read and cited and weigh nothing; what a site
 * has written for itself is shown with full trust.
 */
export function runbookRecallables({ path, status, chunks }: SiteDocument): readonly Recallable[] {
  if (status !== 'live') return [];
  return chunks.map(({ id, headings, text, code }) => ({
    id,
    kind: 'runbook',
    category: null,
    text: [headings.join(' > '), text].filter(Boolean).join('\n'),
    signalText: code,
    signals: [],
    generations: [],
    components: [],
    trust: 1,
    source: `runbook:${path}${headings.length > 1 ? `#${headings.slice(1).join(' > ')}` : ''}`,
  }));
}
