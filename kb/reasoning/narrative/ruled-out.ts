import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import type { Category } from '../../taxonomy.ts';
import { mayBringAbout } from '../cascades.ts';
import type { Branch } from '../dot/branches.ts';
import { causeText, isPlaced } from '../places.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { causesOf, findingsOf, type Told } from './told.ts';
import { capital, counted, kindName, percentText, placeWords } from './words.ts';
import { readingsAgainst, readingText } from './why.ts';

const ruledOutMax = 5;
// Above it, a candidate is open and not ruled out: one case in twenty, the usual bound of a test.
const openMin = 0.05;

/** What was thought of and is not the cause: by which reading, or what explains its signs. */
export function whatWasRuledOut(told: Told): readonly NarrativeSentence[] {
  const named = new Set<Category>(causesOf(told).map(({ category }) => category));
  const others = told.branches.filter(({ category }) => category !== 'unlisted' && !named.has(category));
  const byCategory = [...Map.groupBy(others, ({ category }) => category).values()];
  const judged = byCategory.flatMap((branches) => {
    const likeliest = branches.toSorted((a, b) => weightIn(b) - weightIn(a))[0];
    return likeliest === undefined || weightIn(likeliest) >= openMin ? [] : (sentenceOn(likeliest, told) ?? []);
  });
  // What a reading rules out says more than what something else explains.
  return judged.toSorted((a, b) => b.findingIds.length - a.findingIds.length).slice(0, ruledOutMax);
}

/** What is held of the branch at the end. */
export function weightIn({ nodes }: Branch): number {
  return nodes.findLast(({ probability }) => probability !== undefined)?.probability ?? 0;
}

function sentenceOn(branch: Branch, told: Told): NarrativeSentence | null {
  const { category, place } = branch;
  const where = isPlaced(place) ? ` (${placeWords(place, category)})` : '';
  const it = `${capital(categoryWords[category].thing)}${where}`;
  const expert = `${causeText({ category, ...place })}, ${percentText(weightIn(branch))}`;
  const readings = readingsAgainst(told, category, place);
  const [reading] = readings;
  if (reading !== undefined) {
    const nodes = new Set(readings.map(({ node }) => node));
    const more = nodes.size > 1 ? ` The same was read on ${counted(nodes.size - 1, 'other server')}.` : '';
    return say(`${it}: ${readingText(reading, category, told)}${more}`, {
      findings: readings,
      expert: `${expert}: ${kindName(reading.kind)}`,
    });
  }
  const first = causesOf(told).find((cause) => mayBringAbout(cause.category, category));
  const cited = findingsOf(
    told.byId,
    branch.nodes.flatMap(({ findingIds }) => findingIds),
  );
  if (first !== undefined)
    return say(`${it}: its signs are what the cause above brings about.`, {
      findings: cited.slice(0, 1),
      expert: `${expert}: explained by ${first.category}`,
    });
  return null;
}
