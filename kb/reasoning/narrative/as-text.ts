import type { EvidenceRange } from '../../../workflows/domain/evidence.ts';
import type { Narrative, NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import type { TextOptions } from '../dot/as-text.ts';
import { shown } from '../shown.ts';
import { wrapped } from '../wrapped.ts';

const widthUsual = 100;
const widthMin = 40;
const charsMax = 1_000;
const placesShownMax = 2;

/**
 * The narrative for a terminal, wrapped to `width` columns. `colour` paints a piece; without it nothing is painted. The
 * expert's line stands below its sentence, and where the evidence can be read.
 */
export function narrativeText(
  { headline, sections }: Narrative,
  { width = widthUsual, colour = (_style, text) => text }: TextOptions = {},
): string {
  const columns = Math.max(widthMin, Math.floor(width));
  const lines = (text: string, indent: string): readonly string[] =>
    wrapped(shown(text, charsMax), columns - indent.length).map((line) => `${indent}${line}`);
  return [
    lines(headline, '')
      .map((line) => colour('bold', line))
      .join('\n'),
    ...sections.map(({ title, sentences }) =>
      [
        colour('bold', shown(title, charsMax)),
        ...sentences.flatMap((sentence) => [
          ...lines(sentence.text, '  '),
          ...lines(detailOf(sentence), '      ')
            .filter((line) => line.trim() !== '')
            .map((line) => colour('dim', line)),
        ]),
      ].join('\n'),
    ),
  ].join('\n\n');
}

function detailOf({ expert, ranges }: NarrativeSentence): string {
  const places = ranges.slice(0, placesShownMax).map(rangeText).join(', ');
  return [expert ?? '', places === '' ? '' : `[${places}]`].filter((part) => part !== '').join(' ');
}

function rangeText({ source, line }: EvidenceRange): string {
  return line === undefined ? source : `${source}:${line}`;
}
