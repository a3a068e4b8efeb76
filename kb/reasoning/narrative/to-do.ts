import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import type { Category } from '../../taxonomy.ts';
import { askPerson } from '../../remediations/ask-person.ts';
import { remediations } from '../../remediations/index.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { causesOf, type Told } from './told.ts';
import { counted, placeWords } from './words.ts';

const repairsShownMax = 3;

/** Plain advice for each cause, and whether a machine may carry it out. */
export function whatToDo(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  switch (verdict.kind) {
    case 'attributed': {
      const causes = causesOf(told);
      return causes.flatMap((cause) => {
        const where = causes.length > 1 ? `For ${placeWords(cause, cause.category)}: ` : '';
        return [say(`${where}${categoryWords[cause.category].advice}`), repairs(cause.category)];
      });
    }
    case 'no-fault':
      return [
        say('Nothing has to be repaired.'),
        say('If the same alert keeps coming, look at its threshold, or at what it is raised from.'),
      ];
    case 'not-proven':
      return [
        say(
          'Do not repair on a guess: have the measurement above made, or hand in the log, and let it be diagnosed again.',
        ),
        ...verdict.candidates
          .slice(0, 1)
          .map(({ category }) =>
            say(`If it turns out that ${categoryWords[category].says}: ${categoryWords[category].advice}`),
          ),
      ];
  }
}

/** What the list of repairs holds for it. */
function repairs(category: Category): NarrativeSentence {
  const own = remediations.filter(({ id, categories }) => id !== askPerson.id && categories.includes(category));
  if (own.length === 0) return say('Wardround has no repair of its own for this: it is for people to do.');
  const shown = own.slice(0, repairsShownMax).map(({ summary }) => summary);
  return say(
    `Wardround has ${counted(own.length, 'repair')} that may fit; one is proposed where the evidence shows that it does, and nothing is done before a person approves.`,
    {
      expert: `${own
        .slice(0, repairsShownMax)
        .map(({ id }) => id)
        .join(', ')}: ${shown.join('; ')}`,
    },
  );
}
