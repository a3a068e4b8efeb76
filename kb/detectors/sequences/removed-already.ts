import type { LogLine } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { isInnermost } from './innermost-frame.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const kind = 'fs.removal.gone-already';

/** Who takes away what it has just listed or written finds it gone: another process takes the same away. */
export const removedAlready: SequenceDetector<Gone> = {
  id: 'removed-already',
  kinds: [
    {
      id: kind,
      summary: 'a file was gone when it was to be taken away: several processes take the same away',
      role: 'cause',
      // Most often each rank of a library that should leave it to one; a program can do the same, and clients of a shared
      // file system can still see what is gone.
      weighs: { 'framework-bug': 2.6, 'shared-fs-problem': 2.4, 'user-code-error': -1.6 },
      source: 'https://docs.python.org/3/library/shutil.html#shutil.rmtree',
    },
  ],
  listens: ['traceback.call.removes', 'program.file.missing'],
  follow() {
    let call: LogLine | null = null;
    let gone: LinePlace | null = null;
    return {
      note(line, match) {
        if (match.kind === 'traceback.call.removes') call = line;
        else if (call !== null && isInnermost(call, line, linesBetweenMax)) gone ??= placeOfLine(line);
      },
      summary: () => (gone === null ? null : { gone }),
    };
  },
  conclude(sources) {
    const found = sources[0]?.summary.gone;
    return found === undefined ? [] : [sequenceFinding(kind, 'cause', found, sources.length)];
  },
};

interface Gone {
  readonly gone: LinePlace;
}

// Frames of `shutil` and `pathlib` that stand below the call, two lines each, and marks.
const linesBetweenMax = 8;
