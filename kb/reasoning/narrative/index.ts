import type {
  Narrative,
  NarrativeSection,
  NarrativeSentence,
  NarrativeTopic,
} from '../../../workflows/domain/narrative.ts';
import { shown } from '../shown.ts';
import { howSure } from './how-sure.ts';
import { whatIsOpen } from './open.ts';
import { whatWasRuledOut } from './ruled-out.ts';
import { tellable, type NarrateInput, type Told } from './told.ts';
import { whatToDo } from './to-do.ts';
import { headlineOf, whatHappened } from './what.ts';
import { whenItBegan, whereItIs } from './when-and-where.ts';
import { whyWeThinkSo } from './why.ts';

export { narrativeText } from './as-text.ts';
export { withinBytes } from './within-bytes.ts';
export type { Narrative, NarrateInput };

const headlineCharsMax = 500;
const sentencesPerSectionMax = 12;

/** The incident told for people; the same input gives the same words. */
export function narrate(input: NarrateInput): Narrative {
  const told = tellable(input);
  const { kind } = input.verdict;
  return {
    headline: shown(headlineOf(told), headlineCharsMax),
    sections: topics.flatMap(({ topic, title, tell }) => section(topic, title[kind] ?? title.usual, tell(told))),
  };
}

interface Topic {
  readonly topic: NarrativeTopic;
  readonly title: {
    readonly usual: string;
    readonly 'no-fault'?: string;
    readonly 'not-proven'?: string;
    readonly attributed?: string;
  };
  readonly tell: (told: Told) => readonly NarrativeSentence[];
}

const topics: readonly Topic[] = [
  { topic: 'what', title: { usual: 'What happened' }, tell: whatHappened },
  { topic: 'when', title: { usual: 'When it began', 'no-fault': 'When' }, tell: whenItBegan },
  { topic: 'where', title: { usual: 'Where' }, tell: whereItIs },
  { topic: 'why', title: { usual: 'Why we think so', 'no-fault': 'Why it is harmless' }, tell: whyWeThinkSo },
  { topic: 'open', title: { usual: 'What remains possible' }, tell: whatIsOpen },
  { topic: 'ruled-out', title: { usual: 'What it is not' }, tell: whatWasRuledOut },
  { topic: 'to-do', title: { usual: 'What to do' }, tell: whatToDo },
  { topic: 'sure', title: { usual: 'How sure this is' }, tell: howSure },
];

function section(
  topic: NarrativeTopic,
  title: string,
  sentences: readonly NarrativeSentence[],
): readonly NarrativeSection[] {
  return sentences.length === 0 ? [] : [{ topic, title, sentences: sentences.slice(0, sentencesPerSectionMax) }];
}
