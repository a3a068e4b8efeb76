import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { namePattern } from '../../../workflows/domain/ids.ts';
import { byModelCode } from '../analysis/findings.ts';
import { placeText } from '../places.ts';
import { say } from './say.ts';
import type { Told } from './told.ts';
import { counted, kindName, listed } from './words.ts';

const shownMax = 3;

/** What programs of the model came to, by kind and place: their own words stay in the evidence. */
export function whatProgramsSay({ input: { programs = [] } }: Told): readonly NarrativeSentence[] {
  const findings = programs.flatMap((program) => program.findings);
  const refused = programs.filter((program) => program.refused !== null).length;
  const shown = findings.slice(0, shownMax);
  const more = findings.length - shown.length;
  return [
    ...(findings.length === 0
      ? []
      : [
          say(
            `A program that the model wrote over the measurements reports ${counted(findings.length, 'thing')}. ` +
              'Nobody has checked the program, so this weighs nothing by itself.',
            {
              findings: shown,
              expert: `by: ${byModelCode}; ${listed([
                ...shown.map(({ kind, node }) =>
                  [kindName(kind), placeText(node !== undefined && namePattern.test(node) ? { node } : {})]
                    .filter(Boolean)
                    .join(' on '),
                ),
                ...(more === 0 ? [] : [`${more} more`]),
              ])}`,
            },
          ),
        ]),
    ...(refused === 0
      ? []
      : [
          say(`${counted(refused, 'program')} that the model wrote ${refused === 1 ? 'has' : 'have'} no result.`, {
            expert: `by: ${byModelCode}; ${programs.flatMap((program) => program.refused ?? []).join('; ')}`,
          }),
        ]),
  ];
}
