import { faults } from '../faults/index.ts';
import { place as placeText, type ActiveFault } from '../state/simulator.ts';
import type { ActiveFaultView, FaultListing } from './api.ts';

/** Every fault that can be injected, and where it is active. */
export function faultListing(active: readonly ActiveFault[]): readonly FaultListing[] {
  return faults.map(({ id, kind, summary, categories, place, onsets, ranges, heals }) => ({
    id,
    kind,
    summary,
    category: categories[0] ?? null,
    categories: [...categories],
    place,
    onsets: onsets.map((one) => ({ ...one })),
    ranges: { ...ranges },
    heals,
    active: active.filter((one) => one.id === id).map(faultView),
  }));
}

export function faultView({ id, target, sinceMs, injection: { onset, values } }: ActiveFault): ActiveFaultView {
  const { node, gpu = null, hca } = target;
  return {
    id,
    node,
    gpu,
    ...(hca !== undefined && { hca }),
    place: placeText(target),
    onset,
    values: { ...values },
    sinceMs,
    since: new Date(sinceMs).toISOString(),
  };
}
