import { frameFields, recordOf } from './dump-fields.ts';

/**
 * Finds where the user's own program stood, such as `step at train.py:88`: frames stand innermost first, and the first
 * that is neither torch's nor another installed package's is the user's. Entries share frames: each is read once.
 */
export function userFrameFinder(): (frames: unknown) => string | null {
  const seen = new WeakMap<object, RatedFrame>();
  const rated = (frame: unknown): RatedFrame => {
    if (typeof frame !== 'object' || frame === null) return noFrame;
    const known = seen.get(frame) ?? rate(frame);
    seen.set(frame, known);
    return known;
  };
  return (frames) => {
    if (!Array.isArray(frames)) return null;
    let best: RatedFrame = noFrame;
    for (const frame of frames.slice(0, framesMax)) {
      const one = rated(frame);
      if (one.foreignness < best.foreignness) best = one;
      if (best.foreignness === 0) break;
    }
    return best.text;
  };
}

interface RatedFrame {
  readonly text: string | null;
  /** 0 for the user's program, 1 for an installed package, 2 for torch, 3 for native code. */
  readonly foreignness: number;
}

const noFrame: RatedFrame = { text: null, foreignness: 4 };

function rate(frame: object): RatedFrame {
  const { data } = frameFields.safeParse(recordOf(frame) ?? undefined);
  if (data === undefined) return noFrame;
  const { name, filename, line } = data;
  const text = `${name} at ${filename}:${line}`.slice(0, frameCharsMax);
  if (!filename.endsWith('.py')) return { text, foreignness: 3 };
  if (/(?:^|\/)torch\//.test(filename)) return { text, foreignness: 2 };
  return { text, foreignness: /\/(?:site|dist)-packages\/|\/lib\/python\d|<frozen/.test(filename) ? 1 : 0 };
}

const framesMax = 256;
const frameCharsMax = 300;
