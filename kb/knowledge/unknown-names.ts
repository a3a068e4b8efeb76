import type { KnowledgeRecord } from '../schemas/record.ts';
import type { Nameable } from './check-records.ts';

export { nameable } from './nameable.ts';

export type NamedIds = Pick<Nameable, 'probeIds' | 'remediationIds'>;

/** Probes and remediations that a record names and this build does not have: no text can bring in a command. */
export function unknownNames(record: KnowledgeRecord, { probeIds, remediationIds }: NamedIds): readonly string[] {
  if (record.kind !== 'incident') return [];
  return [
    ...record.probes.map(({ id }) => id).filter((id) => !probeIds.has(id)),
    ...record.remedy.remediations.filter((id) => !remediationIds.has(id)),
  ];
}
