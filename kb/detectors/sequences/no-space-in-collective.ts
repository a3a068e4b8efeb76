import type { LogLine } from '../../schemas/detector.ts';
import type { SequenceDetector, SourceFacts } from '../../schemas/sequence-detector.ts';
import { isInnermost } from './innermost-frame.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const refused = 'shm.no-space.in-collective';
export const cutInCollective = 'traceback.cut.in-collective';

/** Where a traceback ends in a collective, and with what: collectives write to shared memory, and to no file. */
export const noSpaceInCollective: SequenceDetector<Ended> = {
  id: 'no-space-in-collective',
  kinds: [
    {
      id: refused,
      summary: 'a collective ends for want of space and no file is named: what it writes is shared memory',
      role: 'cause',
      weighs: { 'shm-too-small': 5, 'disk-full': -3 },
      source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
    },
    {
      id: cutInCollective,
      summary: 'the log ends where a traceback stands in a collective, before its error',
      role: 'context',
      weighs: {},
      source: 'https://docs.python.org/3/library/traceback.html',
    },
  ],
  listens: ['traceback.frame.collective', 'disk.full'],
  follow() {
    let frame: LogLine | null = null;
    let found: LinePlace | null = null;
    return {
      note(line, match) {
        if (match.kind === 'traceback.frame.collective') frame = line;
        else if (frame !== null && isInnermost(frame, line, linesBetweenMax) && !namesPath(line.text))
          found ??= placeOfLine(line);
      },
      summary: () =>
        frame === null ? null : { refused: found, last: { place: placeOfLine(frame), line: frame.line } },
    };
  },
  conclude(sources) {
    const place = sources.flatMap(({ summary }) => summary.refused ?? [])[0];
    if (place !== undefined) return [sequenceFinding(refused, 'cause', place)];
    const cut = sources.find(({ source, summary }) => isEnd(source.last, summary.last.line));
    return cut === undefined ? [] : [sequenceFinding(cutInCollective, 'context', cut.summary.last.place)];
  },
};

interface Ended {
  readonly refused: LinePlace | null;
  readonly last: { readonly place: LinePlace; readonly line: number };
}

// Below the call stand marks, and frames of decorators that torch puts around its collectives.
const linesBetweenMax = 8;

/** Nothing stands behind the frame but the marks below it. */
function isEnd(last: SourceFacts['last'], frame: number): boolean {
  return last !== undefined && (last.line === frame || (last.line === frame + 1 && /^[\s^~]+$/.test(last.text)));
}

/** A file of a file system, other than where shared memory is mounted. */
export function namesPath(text: string): boolean {
  return /(?:^|[\s'"`<(:=])(?:\.{0,2}\/(?!dev\/shm\b)[\w.@+-]{1,200}(?:\/|\b))|\b[\w-]{1,80}\.(?:txt|log|pt|pth|bin|json|safetensors|ckpt|distcp)\b/.test(
    text,
  );
}
