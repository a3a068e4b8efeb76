import type { Narrative, NarrativeSentence } from '../../../workflows/domain/narrative.ts';

/** What a narrative in a history holds at most, bytes of JSON. */
export const narrativeBytesMax = 6_000;

/**
 * The narrative within a bound: first all citations but one a sentence go, then all, then what is for experts, then the last
 * sentences of its longest sections. The graph and the verdict keep what is left out.
 */
export function withinBytes(narrative: Narrative, bytesMax: number = narrativeBytesMax): Narrative {
  let kept = narrative;
  for (const shorten of [oneCitation, noCitations, noExperts]) {
    if (bytesOf(kept) <= bytesMax) return kept;
    kept = everySentence(kept, shorten);
  }
  const sentences = kept.sections.reduce((sum, section) => sum + section.sentences.length, 0);
  for (let left = sentences; left > 0 && bytesOf(kept) > bytesMax; left -= 1) kept = withoutLastOfLongest(kept);
  return kept;
}

function bytesOf(narrative: Narrative): number {
  return new TextEncoder().encode(JSON.stringify(narrative)).length;
}

function everySentence(narrative: Narrative, change: (sentence: NarrativeSentence) => NarrativeSentence): Narrative {
  return {
    ...narrative,
    sections: narrative.sections.map((section) => ({ ...section, sentences: section.sentences.map(change) })),
  };
}

function oneCitation(sentence: NarrativeSentence): NarrativeSentence {
  return { ...sentence, findingIds: sentence.findingIds.slice(0, 1), ranges: sentence.ranges.slice(0, 1) };
}

function noCitations(sentence: NarrativeSentence): NarrativeSentence {
  return { ...sentence, findingIds: sentence.findingIds.slice(0, 1), ranges: [] };
}

function noExperts({ text, findingIds, ranges }: NarrativeSentence): NarrativeSentence {
  return { text, findingIds, ranges };
}

function withoutLastOfLongest(narrative: Narrative): Narrative {
  const longest = Math.max(...narrative.sections.map(({ sentences }) => sentences.length));
  const at = narrative.sections.findIndex(({ sentences }) => sentences.length === longest);
  return {
    ...narrative,
    sections: narrative.sections
      .map((section, index) => (index === at ? { ...section, sentences: section.sentences.slice(0, -1) } : section))
      .filter(({ sentences }) => sentences.length > 0),
  };
}
