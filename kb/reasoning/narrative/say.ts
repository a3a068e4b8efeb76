import type { Finding } from '../../../workflows/domain/finding.ts';
import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { shown } from '../shown.ts';

const textCharsMax = 320;
const expertCharsMax = 300;
/** Places that one sentence names: enough to look there. */
const findingsCitedMax = 3;

/** One sentence with what it rests on. */
export function say(
  text: string,
  { findings = [], expert }: { readonly findings?: readonly Finding[]; readonly expert?: string | undefined } = {},
): NarrativeSentence {
  const cited = [...new Map(findings.map((finding) => [finding.id, finding])).values()].slice(0, findingsCitedMax);
  const ranges = new Map(cited.map(({ range }) => [JSON.stringify(range), range]));
  return {
    text: shown(text, textCharsMax),
    ...(expert === undefined || expert === '' ? {} : { expert: shown(expert, expertCharsMax) }),
    findingIds: cited.map(({ id }) => id),
    ranges: [...ranges.values()],
  };
}
