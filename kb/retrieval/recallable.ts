import type { Component, KnowledgeRecord } from '../schemas/record.ts';
import { recordText, signalText } from './record-text.ts';

/** One thing that can be recalled and cited: a record, a fact, or a piece of a site's own runbook. */
export interface Recallable {
  /** A record's id, or `runbook-…` of a piece. Unique in a base. */
  readonly id: string;
  readonly kind: 'incident' | 'fact' | 'runbook';
  /** Of its cause; null where it has none. */
  readonly category: string | null;
  /** Searched and embedded. */
  readonly text: string;
  /** Exact lines, kinds and codes; weighs more in the word search. */
  readonly signalText: string;
  /** Finding kinds that announce it, with how much each says, 0 to 1. */
  readonly signals: readonly { readonly kind: string; readonly weight: number }[];
  readonly generations: readonly string[];
  readonly components: readonly Component[];
  /** How far it may be relied upon, 0 to 1: shipped records 1, learned ones by how often they were right. */
  readonly trust: number;
  readonly source: string;
}

// How much one signal of a strength counts when signals overlap: by order, our judgement.
const weights = { strong: 1, moderate: 0.5, weak: 0.2 } as const;

export function recallableOf(record: KnowledgeRecord, trust = 1): Recallable {
  const incident = record.kind === 'incident' ? record : null;
  return {
    id: record.id,
    kind: record.kind,
    category: incident?.category ?? null,
    text: recordText(record),
    signalText: signalText(record),
    signals: (incident?.signals ?? []).flatMap(({ kind, strength }) =>
      kind === undefined ? [] : [{ kind, weight: weights[strength] }],
    ),
    generations: record.platform.generations,
    components: record.platform.components,
    trust,
    source: record.source,
  };
}
