import type { RecalledCase } from '../../kb/reasoning/model/case.ts';
import { recallableOf, type Recallable } from '../../kb/retrieval/recallable.ts';
import type { KnowledgeRecord } from '../../kb/schemas/record.ts';
import { PortError } from '../ports.ts';

type Recalled = (ids: readonly string[], signal?: AbortSignal) => Promise<readonly RecalledCase[]>;

/** The recalled incidents that are among these records, in the order of their ids. */
export function recalledFrom(records: readonly KnowledgeRecord[]): Recalled {
  const known = records.map((record) => recallableOf(record));
  return async (ids) => casesOf(known, ids);
}

/**
 * The same with what the site has learned, as it stands now: what was revoked is not shown. A store that is away is no
 * reason to show nothing, nor to ask nothing: then it is what ships.
 */
export function recalledAtSite(
  shipped: readonly KnowledgeRecord[],
  site: (signal?: AbortSignal) => Promise<readonly Recallable[]>,
): Recalled {
  const without = recalledFrom(shipped);
  return async (ids, signal) => {
    try {
      return casesOf(await site(signal), ids);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return without(ids);
    }
  };
}

function casesOf(known: readonly Recallable[], ids: readonly string[]): readonly RecalledCase[] {
  const byId = new Map(known.map((one) => [one.id, one]));
  return ids.flatMap((id) => {
    const one = byId.get(id);
    return one?.kind === 'incident' && one.category !== null ? [{ id, category: one.category, text: one.text }] : [];
  });
}
