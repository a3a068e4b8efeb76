import type { EvidenceRange } from './evidence.ts';

/**
 * What happened, told for people, also for those who are no experts. Every sentence comes from our own templates; names
 * in it have the form of names. Bounded, so that it may stand in a history.
 */
export interface Narrative {
  /** One sentence that says it all. */
  readonly headline: string;
  readonly sections: readonly NarrativeSection[];
}

export interface NarrativeSection {
  readonly topic: NarrativeTopic;
  readonly title: string;
  readonly sentences: readonly NarrativeSentence[];
}

export type NarrativeTopic = 'what' | 'when' | 'where' | 'why' | 'ruled-out' | 'open' | 'to-do' | 'sure';

export interface NarrativeSentence {
  /** Words that need no knowledge of the machines. */
  readonly text: string;
  /** The same for experts: kinds, numbers, odds. */
  readonly expert?: string;
  readonly findingIds: readonly string[];
  readonly ranges: readonly EvidenceRange[];
}
