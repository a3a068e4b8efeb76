import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { categoryWords } from './category-words.ts';
import { whatProgramsSay } from './programs.ts';
import { weightIn } from './ruled-out.ts';
import { say } from './say.ts';
import { causesOf, citedBy, type Told } from './told.ts';
import { capital, counted, isMeasurement, likelihood, percentText } from './words.ts';

const degradedShownMax = 3;

/** The probability in words and as a number, what it rests on, and what is left open. */
export function howSure(told: Told): readonly NarrativeSentence[] {
  return [...probabilities(told), ...doubts(told), ...whatProgramsSay(told)];
}

function probabilities(told: Told): readonly NarrativeSentence[] {
  const { verdict, knowledge } = told.input;
  switch (verdict.kind) {
    case 'attributed':
      return [
        ...causesOf(told).flatMap((cause) => {
          const measured = citedBy(told, cause.because).filter((finding) => isMeasurement(finding, knowledge));
          const wrong = Math.round(100 * (1 - cause.probability));
          return [
            say(
              `${capital(categoryWords[cause.category].thing)}: ${likelihood(cause.probability)}, ${percentText(cause.probability)}. ` +
                `${wrong < 1 ? 'In fewer than 1' : `In about ${wrong}`} of 100 cases that look like this one it is something else.`,
            ),
            measured.length > 0
              ? say('Measurements on the machine agree with it; it does not rest on logs alone.', {
                  findings: measured,
                })
              : say('It rests on logs and monitoring alone; no measurement on the machine has confirmed it.'),
          ];
        }),
        ...rivals(told),
      ];
    case 'no-fault':
      return [
        say('This holds for what was read: signs of a fault that nobody has logged or measured cannot be ruled out.'),
      ];
    case 'not-proven': {
      const [first] = verdict.candidates;
      return [
        first === undefined
          ? say('No cause has anything in its favour.')
          : say(
              `Not sure enough to name a cause: the likeliest is at ${percentText(first.probability)} (${likelihood(first.probability)}).`,
              { expert: verdict.reason },
            ),
      ];
    }
  }
}

// As for what is ruled out: below it nothing is open.
const openMin = 0.05;

function rivals(told: Told): readonly NarrativeSentence[] {
  const named = new Set(causesOf(told).map(({ category }) => category));
  const open = told.branches
    .filter((branch) => !named.has(branch.category) && branch.category !== 'unlisted' && weightIn(branch) >= openMin)
    .toSorted((a, b) => weightIn(b) - weightIn(a))[0];
  if (open === undefined) return [];
  return [
    say(`The next candidate is that ${categoryWords[open.category].says}, at ${percentText(weightIn(open))}.`, {
      expert: open.category,
    }),
  ];
}

function doubts({ input: { verdict, graph, degraded = [] } }: Told): readonly NarrativeSentence[] {
  const struck = graph?.nodes.filter((node) => node.struck !== undefined && node.by !== 'model-code').length ?? 0;
  return [
    ...(verdict.disputed === true
      ? [say('A second opinion (the model) disagrees with this, and no measurement could settle it.')]
      : []),
    ...(struck === 0
      ? []
      : [
          say(
            `${capital(counted(struck, 'statement'))} that could not be proven ${struck === 1 ? 'was' : 'were'} struck out and did not count.`,
          ),
        ]),
    ...(degraded.length === 0
      ? []
      : [
          say('Not everything could be done as usual, so something may have been missed.', {
            expert: degraded.slice(0, degradedShownMax).join('; '),
          }),
        ]),
  ];
}
