import type { Knowledge } from './knowledge.ts';

/** Probes whose faults the log detectors know as well: the gathered kernel logs have been read for them. */
export function rereadingProbes({ probes, measuredKinds }: Knowledge): ReadonlySet<string> {
  const measures = ({ outcomes }: Knowledge['probes'][number]): boolean =>
    outcomes.some(({ id, role }) => role !== 'clean' && measuredKinds.has(id));
  return new Set(probes.filter((probe) => !measures(probe)).map(({ id }) => id));
}
