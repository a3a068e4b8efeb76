import type { Finding, RankedCause } from '../../../workflows/domain/finding.ts';
import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { causeText } from '../places.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { causesOf, citedBy, type Told } from './told.ts';
import { besideAlert, capital, kindName, momentText, placeWords, sourceWords } from './words.ts';

/** The first sign of each cause, beside the alert. */
export function whenItBegan(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  if (verdict.kind === 'no-fault') return alertAlone(told);
  const isOne = verdict.kind === 'not-proven' || verdict.causes.length === 1;
  const causes = verdict.kind === 'attributed' ? verdict.causes : verdict.candidates;
  const shown = isOne
    ? [
        {
          because: causes.flatMap(({ because }) => because),
          of: verdict.kind === 'not-proven' ? 'of trouble' : 'of it',
        },
      ]
    : causes.map(ofCause);
  const begun = shown.flatMap(({ because, of }) => {
    const first = earliest(citedBy(told, because), !isOne);
    return first?.atMs === undefined ? [] : [beginning(first, first.atMs, of, told)];
  });
  if (begun.length > 0) return begun;
  return [say('No time stands beside what shows the cause, so it is not known when it began.'), ...alertAlone(told)];
}

function ofCause({ because, category }: RankedCause): {
  readonly because: RankedCause['because'];
  readonly of: string;
} {
  return { because, of: `that ${categoryWords[category].says}` };
}

function beginning(first: Finding, atMs: number, of: string, { alertAtMs, input }: Told): NarrativeSentence {
  const beside = alertAtMs === null ? '' : `, ${besideAlert(atMs, alertAtMs)}`;
  const where = sourceWords(first, input.knowledge);
  return say(`The first sign ${of} is from ${momentText(atMs)}${beside}; it stands in ${where}.`, {
    findings: [first],
    expert: kindName(first.kind),
  });
}

function alertAlone({ alertAtMs }: Told): readonly NarrativeSentence[] {
  return alertAtMs === null ? [] : [say(`The alert is of ${momentText(alertAtMs)}.`)];
}

/** Of several causes, each one's own signs tell: they share their symptoms. */
function earliest(findings: readonly Finding[], ownFirst: boolean): Finding | undefined {
  const telling = findings.filter(({ role, atMs }) => atMs !== undefined && (role === 'cause' || role === 'symptom'));
  const own = telling.filter(({ role }) => role === 'cause');
  const asked = ownFirst && own.length > 0 ? own : telling;
  return asked.toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))[0];
}

const ranksShownMax = 4;

export function whereItIs(told: Told): readonly NarrativeSentence[] {
  return causesOf(told).map((cause) => {
    const ranks = new Set(citedBy(told, cause.because).flatMap(({ rank }) => (rank === undefined ? [] : [rank])));
    const isPlaced = cause.node !== undefined || cause.device !== undefined;
    const processes =
      !isPlaced || ranks.size === 0 || ranks.size > ranksShownMax
        ? ''
        : `; the job's process${ranks.size === 1 ? '' : 'es'} ${[...ranks].toSorted((a, b) => a - b).join(', ')} tell${ranks.size === 1 ? 's' : ''} of it`;
    return say(`${capital(placeWords(cause, cause.category))}${processes}.`, { expert: causeText(cause) });
  });
}
