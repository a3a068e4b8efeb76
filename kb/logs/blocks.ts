import type { LiteralAutomaton } from './literals.ts';
import { byteKinds, emptyShape, isOdd, kindOfByte, starShape } from './shapes.ts';

/**
 * One line as it stands in the bytes, with what one pass over them tells. The same object is filled again for the next
 * line: whoever keeps something of it copies it.
 */
export interface LineView {
  /** From 1; counted by line feeds, as editors and `sed -n` count. Parts of one carriage-return line share a number. */
  line: number;
  /** Byte offsets in the source as stored; the end excludes the line break. */
  byteStart: number;
  byteEnd: number;
  /** Where the same bytes stand in `buffer`. */
  buffer: Uint8Array;
  from: number;
  to: number;
  /** Holds escape sequences or NUL bytes: literals have to be looked for in the cleaned text. */
  odd: boolean;
  /** A further piece of a line that is longer than `pieceBytesMax`. */
  continued: boolean;
  /** The first `hitCount` entries: literals that stand in the line, each once. */
  hits: Int32Array;
  hitCount: number;
  /** Two independent hashes of the line's shape, see `shapes.ts`. */
  shapeA: number;
  shapeB: number;
}

/** Who is told of what the bytes hold. */
export interface BlockListener {
  /**
   * Comes before the lines of a block; the buffer holds them all until `blockEnd`. `isLineStart`: it does not begin in the
   * middle of a line, as lines are counted.
   */
  blockStart(buffer: Uint8Array, isLineStart: boolean): void;
  line(view: LineView): void;
  /** `upTo`: where the block's last whole line ends. */
  blockEnd(upTo: number): void;
}

export interface BlockReader {
  feed(chunk: Uint8Array): void;
  /** The last line, if it has no line break. */
  end(): void;
  /** Line feeds so far. */
  lines(): number;
  bytes(): number;
}

/** Longer lines come in pieces of this many bytes, so that memory stays constant and nothing in them is skipped. */
export const pieceBytesMax = 32_768;
/** Pieces overlap, so that what a pattern looks for is whole in one of them. */
export const pieceOverlapBytes = 512;

/**
 * Cuts bytes into lines in constant memory: LF and CRLF end a line, a lone CR (progress bars) ends a part of one. Empty
 * parts are not emitted. In the same pass it finds literals and hashes the line's shape.
 */
export function blockReader(automaton: LiteralAutomaton, listener: BlockListener): BlockReader {
  const signs = signsOf(automaton);
  const ended = new Int32Array(pieceBytesMax);
  const view: LineView = {
    line: 1,
    byteStart: 0,
    byteEnd: 0,
    buffer: new Uint8Array(0),
    from: 0,
    to: 0,
    odd: false,
    continued: false,
    hits: new Int32Array(64),
    hitCount: 0,
    shapeA: 0,
    shapeB: 0,
  };
  /** Unfinished part of the last block. */
  let carry = new Uint8Array(0);
  let carryContinued = false;
  let carryIsLineStart = true;
  /** Offset in the source of the first byte of `carry`. */
  let offset = 0;
  let lineNumber = 1;
  let scratch = new Uint8Array(0);

  const emit = (buffer: Uint8Array, base: number, from: number, to: number, continued: boolean): void => {
    if (to === from) return;
    view.line = lineNumber;
    view.byteStart = base + from;
    view.byteEnd = base + to;
    view.buffer = buffer;
    view.from = from;
    view.to = to;
    view.continued = continued;
    listener.line(view);
  };

  const readBlock = (buffer: Uint8Array, last: boolean): void => {
    let from = 0;
    let continued = carryContinued;
    let isLineStart = carryIsLineStart;
    listener.blockStart(buffer, isLineStart);
    for (;;) {
      if (buffer[from] === 0) {
        // A hole, as a file has that was cut while its writer went on; what stands behind it begins there.
        from = holeEnd(buffer, from);
        continued = false;
      }
      const to = readPart(buffer, from, view, automaton, signs, ended);
      if (to === buffer.length && !last) break;
      emit(buffer, offset, from, to, continued);
      if (to === buffer.length) {
        from = to;
        break;
      }
      const byte = buffer[to];
      if (byte === lineFeed || byte === carriageReturn) {
        if (byte === lineFeed) lineNumber += 1;
        from = to + 1;
        continued = false;
        isLineStart = byte === lineFeed;
      } else {
        from = to - pieceOverlapBytes;
        continued = true;
        isLineStart = false;
      }
    }
    listener.blockEnd(from);
    carry = buffer.slice(from);
    carryContinued = continued;
    carryIsLineStart = isLineStart;
    offset += from;
  };

  /** In a buffer that is used again: fresh memory would cost more than the copy. */
  const joined = (head: Uint8Array, tail: Uint8Array): Uint8Array => {
    const length = head.length + tail.length;
    if (scratch.length < length) scratch = new Uint8Array(length + pieceBytesMax);
    scratch.set(head);
    scratch.set(tail, head.length);
    return scratch.subarray(0, length);
  };

  return {
    feed(chunk) {
      if (chunk.length > 0) readBlock(carry.length === 0 ? plainBytes(chunk) : joined(carry, chunk), false);
    },
    end() {
      readBlock(carry, true);
    },
    lines: () => lineNumber - 1,
    bytes: () => offset + carry.length,
  };
}

const lineFeed = 10;
const carriageReturn = 13;

/** Node's buffers are arrays of a kind of their own; one kind alone keeps the loop over the bytes fast. */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** By byte: its class in the automaton, and above that its kind. One look tells both. */
function signsOf({ classOf }: LiteralAutomaton): Uint16Array {
  return Uint16Array.from(kindOfByte, (kind, byte) => (kind << kindShift) | (classOf[byte] ?? 0));
}

const kindShift = 8;
const classMask = 0xff;
const digitSign = byteKinds.digit << kindShift;
const delimiterSign = byteKinds.delimiter << kindShift;
const lineBreakSign = byteKinds.lineBreak << kindShift;

/**
 * Reads one part, which ends at its line break, at `pieceBytesMax` or at the end of the buffer, and answers where. Every
 * byte of every log passes here: tables and numbers are held in locals, and nothing is called. `ended` has room for the
 * states of every byte at which a literal ends.
 */
function readPart(
  buffer: Uint8Array,
  from: number,
  view: LineView,
  automaton: LiteralAutomaton,
  signs: Uint16Array,
  ended: Int32Array,
): number {
  const { next, width, endsFrom } = automaton;
  const limit = Math.min(buffer.length, from + pieceBytesMax);
  let state = 0;
  let signsSeen = 0;
  let a = emptyShape;
  let b = emptyShape;
  let word = emptyShape;
  let second = emptyShape;
  let digits = 0;
  let at = from;
  let ends = 0;
  for (; at < limit; at += 1) {
    const byte = buffer[at] ?? 0;
    const sign = signs[byte] ?? 0;
    if (sign >= lineBreakSign) break;
    signsSeen |= sign;
    state = next[Math.imul(state, width) + (sign & classMask)] ?? 0;
    if (state >= endsFrom) {
      ended[ends] = state;
      ends += 1;
    }
    if ((sign & delimiterSign) !== 0) {
      const isWord = digits === 0;
      a = Math.imul(a ^ (isWord ? word : starShape), 0x9e37_79b1) ^ byte;
      b = (Math.imul(b, 0x85eb_ca6b) + (isWord ? second : starShape)) ^ (byte << 3);
      a ^= a >>> 15;
      word = emptyShape;
      second = emptyShape;
      digits = 0;
    } else {
      // Two hashes of each word: one alone is the same for "liquid" and "costarring".
      word = Math.imul(word ^ byte, 0x0100_0193);
      second = (Math.imul(second, 0x2f0b_4f23) + byte) | 0;
      digits |= sign & digitSign;
    }
  }
  a = Math.imul(a ^ (digits === 0 ? word : starShape), 0x9e37_79b1);
  b = Math.imul(b, 0x85eb_ca6b) + (digits === 0 ? second : starShape);
  view.shapeA = a ^ (a >>> 13);
  view.shapeB = b ^ (b >>> 16);
  view.hitCount = 0;
  for (let end = 0; end < ends; end += 1) noteHits(view, automaton.ends(ended[end] ?? 0));
  view.odd = isOdd(signsSeen >> kindShift);
  return at;
}

function noteHits(view: LineView, literals: Int32Array): void {
  for (const literal of literals) {
    let known = false;
    for (let at = 0; at < view.hitCount; at += 1) known ||= view.hits[at] === literal;
    if (known) continue;
    if (view.hitCount === view.hits.length) view.hits = grown(view.hits);
    view.hits[view.hitCount] = literal;
    view.hitCount += 1;
  }
}

function holeEnd(buffer: Uint8Array, from: number): number {
  let at = from;
  while (buffer[at] === 0) at += 1;
  return at;
}

function grown(list: Int32Array): Int32Array {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}
