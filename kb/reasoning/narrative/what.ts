import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { jobInterrupted, jobNormal, jobSlow, jobSlowerThanPredicted, jobStopped } from '../../performance/kinds.ts';
import { causeText } from '../places.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { causesOf, citedBy, type Told } from './told.ts';
import { capital, counted, likelihood, listed, percentText, placeWords } from './words.ts';

/** What the job did, what caused it, and why that matters. */
export function whatHappened(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  const effect = effectOnJob(told);
  switch (verdict.kind) {
    case 'attributed':
      return [
        ...effect,
        ...causesOf(told).flatMap((cause, at) => {
          const { says, means } = categoryWords[cause.category];
          const lead = at === 0 ? 'The cause is that' : 'In addition,';
          return [
            say(`${lead} ${says} (${placeWords(cause, cause.category)}).`, {
              findings: citedBy(told, cause.because),
              expert: `${causeText(cause)}, ${percentText(cause.probability)}`,
            }),
            say(means),
          ];
        }),
      ];
    case 'no-fault':
      return [
        ...effect,
        say('Nothing is broken: what raised the alert is harmless.', {
          findings: citedBy(told, [verdict.explanation]),
          expert: verdict.explanation.text,
        }),
      ];
    case 'not-proven':
      return [
        ...effect,
        say('Something is wrong, or looks so, and what was read does not prove its cause.', { expert: verdict.reason }),
      ];
  }
}

/** What the job itself shows of it; the worst first. */
const effects: readonly { readonly kinds: readonly string[]; readonly says: string }[] = [
  { kinds: [jobStopped.id], says: 'stopped: it makes no progress any more' },
  { kinds: [jobInterrupted.id], says: 'did nothing for a while and then went on' },
  {
    kinds: [
      jobSlow.id,
      jobSlowerThanPredicted.id,
      'metric.training.step-time.jumped',
      'metric.training.tokens.dropped',
    ],
    says: 'runs slower than it should',
  },
  { kinds: [jobNormal.id], says: 'runs at its normal speed' },
];

function effectOnJob(told: Told): readonly NarrativeSentence[] {
  const { input, job } = told;
  for (const { kinds, says } of effects) {
    const seen = input.findings.filter(({ kind }) => kinds.includes(kind));
    if (seen.length > 0) return [say(`${capital(job)} ${says}.`, { findings: seen, expert: numbersText(seen[0]) })];
  }
  const signs = input.findings.filter(({ role }) => role === 'cause' || role === 'symptom');
  if (signs.length === 0) return [];
  return [
    say(
      `In what was read of ${job} there ${signs.length === 1 ? 'is' : 'are'} ${counted(signs.length, 'sign')} of trouble.`,
    ),
  ];
}

const numbersShownMax = 4;

function numbersText(finding: Told['input']['findings'][number] | undefined): string {
  if (finding === undefined) return '';
  const numbers = Object.entries(finding.values ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .slice(0, numbersShownMax)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(3)}`);
  return [finding.kind, ...numbers].join(' · ');
}

/** One sentence that says it all. */
export function headlineOf(told: Told): string {
  const { verdict } = told.input;
  switch (verdict.kind) {
    case 'attributed': {
      const causes = verdict.causes.map(
        ({ category, probability, node, device }) =>
          `${categoryWords[category].says} (${placeWords({ node, device }, category)}; ${likelihood(probability)}, ${percentText(probability)})`,
      );
      return `${capital(listed(causes))}.`;
    }
    case 'no-fault':
      return 'No fault: what raised the alert is harmless.';
    case 'not-proven': {
      const [first] = verdict.candidates;
      const lead =
        first === undefined
          ? 'nothing that was read points at one'
          : `at ${percentText(first.probability)} it is likeliest that ${categoryWords[first.category].says}`;
      return `The cause is not proven; ${lead}.`;
    }
  }
}
