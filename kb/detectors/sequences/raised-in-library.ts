import type { LogLine } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { isInnermost } from './innermost-frame.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/**
 * Mistakes of a kind that only code makes, raised in the code of a library. Values and files that a library refuses are
 * left out, and what it finds wrong with data, settings and arguments: those were given to it.
 */
export const raisedInLibrary: SequenceDetector<Raised> = {
  id: 'raised-in-library',
  kinds: [
    {
      id: 'traceback.raised-in.library',
      summary: 'a mistake of code was raised in the code of a training library itself',
      role: 'symptom',
      // A program that hands on something wrong is seen so as well, only later than where it made the mistake.
      weighs: { 'framework-bug': 1.5, 'user-code-error': -0.5 },
      echoes: ['traceback.frame.framework'],
      source: 'https://docs.python.org/3/library/traceback.html',
    },
  ],
  listens: ['traceback.frame.library', 'program.exception.plain'],
  follow() {
    let frame: LogLine | null = null;
    let raised: LinePlace | null = null;
    return {
      note(line, match) {
        if (match.kind === 'traceback.frame.library') frame = line;
        else if (frame !== null && ownMistake.test(line.text) && isInnermost(frame, line, linesBetweenMax))
          raised ??= placeOfLine(frame);
      },
      summary: () => (raised === null ? null : { raised }),
    };
  },
  conclude(sources) {
    const found = sources[0]?.summary.raised;
    return found === undefined
      ? []
      : [sequenceFinding('traceback.raised-in.library', 'symptom', found, sources.length)];
  },
};

interface Raised {
  readonly raised: LinePlace;
}

// Between the innermost frame and its exception stand its line of source and, since Python 3.11, marks below that.
const linesBetweenMax = 2;

const ownMistake =
  /\b(?:AttributeError: 'NoneType' object has no attribute|(?:UnboundLocal|Name|ZeroDivision|Recursion)Error: |IndexError: |TypeError: [\w.]{1,120}\(\) (?:takes \d{1,3} positional arguments? but \d{1,3} (?:was|were) given|takes from \d{1,3} to \d{1,3} positional|missing \d{1,2} required positional|got an unexpected keyword))/;
