import type { FindingKind } from '../schemas/finding-kind.ts';

/** One registry of kinds from many lists. Ids are stored in histories, so two meanings under one id are an error. */
export function kindRegistry(...lists: readonly (readonly FindingKind[])[]): ReadonlyMap<string, FindingKind> {
  const kinds = new Map<string, FindingKind>();
  for (const kind of lists.flat()) {
    const known = kinds.get(kind.id);
    // The same object may stand in two lists: one kind that two detectors report.
    if (known !== undefined && known !== kind)
      throw new Error(`finding kind ${kind.id} is declared twice; rename one of them`);
    kinds.set(kind.id, kind);
  }
  return kinds;
}
