import type { SiteDocument } from './site-documents.ts';
import type { Chunk } from './site-events.ts';

/** A document as it was read now. */
export interface ReadDocument {
  readonly path: string;
  readonly title: string;
  readonly sha256: string;
  readonly chunks: readonly Chunk[];
}

/** What one document changes. `kept` and `new` count pieces. */
export interface PlannedImport {
  readonly path: string;
  readonly change: 'new' | 'changed' | 'same' | 'removed';
  /** The event that it replaces. */
  readonly previous: string | null;
  readonly kept: number;
  readonly added: number;
  readonly dropped: number;
  readonly document: ReadDocument | null;
}

/**
 * Compares a folder, read as `name/…`, with what was imported from it before. `unread` are files that are there and
 * could not be read: what is known of them stays.
 */
export function planImport(
  known: ReadonlyMap<string, SiteDocument>,
  name: string,
  read: readonly ReadDocument[],
  unread: readonly string[],
): readonly PlannedImport[] {
  const present = new Set([...read.map(({ path }) => path), ...unread]);
  const gone = [...known.values()].filter(
    ({ path, sha256 }) => path.startsWith(`${name}/`) && sha256 !== null && !present.has(path),
  );
  return [
    ...read.map((document) => plannedImport(known.get(document.path), document)),
    ...gone.map(({ path, event, chunks }): PlannedImport => ({
      path,
      change: 'removed',
      previous: event,
      kept: 0,
      added: 0,
      dropped: chunks.length,
      document: null,
    })),
  ];
}

function plannedImport(before: SiteDocument | undefined, document: ReadDocument): PlannedImport {
  const had = new Set(before?.chunks.map(({ id }) => id));
  const kept = document.chunks.filter(({ id }) => had.has(id)).length;
  const isThere = before !== undefined && before.sha256 !== null;
  return {
    path: document.path,
    change: !isThere ? 'new' : before.sha256 === document.sha256 ? 'same' : 'changed',
    previous: before?.event ?? null,
    kept,
    added: document.chunks.length - kept,
    dropped: had.size - kept,
    document,
  };
}
