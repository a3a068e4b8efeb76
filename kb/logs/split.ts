/** One line as it stands in the bytes: no time, host or rank read from it yet. */
export interface RawLine {
  /** From 1; counted by line feeds, as editors and `sed -n` count. Parts of one carriage-return line share a number. */
  readonly line: number;
  readonly byteStart: number;
  /** Excludes the line break. */
  readonly byteEnd: number;
  /** Decoded, without ANSI codes and NUL bytes, at most `lineCharsMax` characters. */
  readonly text: string;
}

/** The rest of a longer line is skipped; its bytes still count. Real log lines stay far below; JSON dumps do not. */
export const lineCharsMax = 32_768;

export interface LineSplitter {
  feed(chunk: Uint8Array, emit: (line: RawLine) => void): void;
  /** The last line, if it has no line break. */
  end(emit: (line: RawLine) => void): void;
}

/**
 * Splits bytes into lines in constant memory: LF and CRLF end a line, a lone CR (progress bars) ends a part of one.
 * Offsets are those of the bytes as stored. Empty lines are not emitted.
 */
export function lineSplitter(): LineSplitter {
  let lineNumber = 1;
  /** Offset of the first byte after the last break. */
  let partStart = 0;
  let offset = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  const hold = (bytes: Uint8Array): void => {
    const room = lineCharsMax - heldBytes;
    if (room <= 0 || bytes.length === 0) return;
    const kept = bytes.slice(0, room);
    held.push(kept);
    heldBytes += kept.length;
  };

  const emitPart = (bytes: Uint8Array, byteEnd: number, emit: (line: RawLine) => void): void => {
    const byteStart = partStart;
    let content = bytes;
    if (held.length > 0) {
      hold(bytes);
      content = joined(held, heldBytes);
      held = [];
      heldBytes = 0;
    }
    if (byteEnd > byteStart) {
      const text = readable(content.length > lineCharsMax ? content.subarray(0, lineCharsMax) : content);
      if (text !== '') emit({ line: lineNumber, byteStart, byteEnd, text });
    }
  };

  return {
    feed(chunk, emit) {
      const ascii = asciiText(chunk);
      let nextCr = chunk.indexOf(carriageReturn);
      const hasOdd = ascii === null || controlPattern.test(ascii);
      let from = 0;
      for (;;) {
        const feedAt = chunk.indexOf(lineFeed, from);
        const until = feedAt === -1 ? chunk.length : feedAt;
        const crInside = nextCr !== -1 && nextCr < until;
        if (crInside || hasOdd || held.length > 0 || offset + from !== partStart) {
          let start = from;
          while (nextCr !== -1 && nextCr < until) {
            emitPart(chunk.subarray(start, nextCr), offset + nextCr, emit);
            start = nextCr + 1;
            partStart = offset + start;
            nextCr = chunk.indexOf(carriageReturn, start);
          }
          if (feedAt === -1) hold(chunk.subarray(start));
          else emitPart(chunk.subarray(start, feedAt), offset + feedAt, emit);
        } else if (feedAt === -1) {
          hold(chunk.subarray(from));
        } else if (feedAt > from) {
          // The common case, plain ASCII: the chunk is decoded once and cut, which is several times faster.
          const text = (ascii ?? '').slice(from, Math.min(feedAt, from + lineCharsMax));
          emit({ line: lineNumber, byteStart: partStart, byteEnd: offset + feedAt, text });
        }
        if (feedAt === -1) break;
        lineNumber += 1;
        from = feedAt + 1;
        partStart = offset + from;
      }
      offset += chunk.length;
    },
    end(emit) {
      emitPart(new Uint8Array(0), offset, emit);
    },
  };
}

const lineFeed = 10;
const carriageReturn = 13;

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8', { ignoreBOM: false });

// oxlint-disable-next-line no-control-regex -- these are what must not stay in the text
const controlPattern = /[\u0000\u001b]/;
// CSI (colours, cursor), OSC (titles, links) and two-byte escapes: ECMA-48 section 5.4.
const ansiPattern =
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  /\u001b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,512}(?:\u0007|\u001b\\)|[ -/]{0,4}[0-~])/g;

/** The chunk as text with one character a byte, or `null` if it holds anything beyond ASCII. */
function asciiText(chunk: Uint8Array): string | null {
  const text = latin1.decode(chunk);
  // oxlint-disable-next-line no-control-regex -- the whole ASCII range is meant
  return /[^\u0000-\u007f]/.test(text) ? null : text;
}

function readable(bytes: Uint8Array): string {
  const text = utf8.decode(bytes);
  if (!controlPattern.test(text)) return text;
  return text.replace(ansiPattern, '').replaceAll('\u0000', '');
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
