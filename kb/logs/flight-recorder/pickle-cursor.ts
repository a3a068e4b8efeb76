/** Why bytes are no pickle that may be read, and where. `readPickle` throws nothing else. */
export class PickleError extends Error {
  override readonly name = 'PickleError';
  /** Byte offset of the opcode at which reading stopped. */
  readonly offset: number;
  /** Name of that opcode, where it is one. */
  readonly opcode: string | undefined;

  constructor(message: string, offset: number, opcode?: string) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
    this.opcode = opcode;
  }
}

/** Reads numbers, lines and runs of bytes forward; every read past the end is a `PickleError`. */
export interface Cursor {
  /** Where the next read begins. */
  readonly at: () => number;
  /** Bytes that have not been read. */
  readonly left: () => number;
  readonly byte: () => number;
  readonly bytes: (count: number) => Uint8Array;
  readonly uint16: () => number;
  readonly int32: () => number;
  readonly uint32: () => number;
  /** Little-endian; a length that no file has is the same as one that is cut off. */
  readonly uint64: () => number;
  /** Big-endian, as pickles write their floats. */
  readonly float64: () => number;
  /** Up to the line break, which is left out, in Latin-1. */
  readonly line: (charsMax: number) => string;
}

export function cursorOver(bytes: Uint8Array): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;

  const take = (count: number): number => {
    const from = position;
    if (count > bytes.length - from) throw new PickleError(`the data ends within ${count} bytes that are needed`, from);
    position = from + count;
    return from;
  };

  return {
    at: () => position,
    left: () => bytes.length - position,
    byte: () => view.getUint8(take(1)),
    bytes(count) {
      const from = take(count);
      return bytes.subarray(from, from + count);
    },
    uint16: () => view.getUint16(take(2), true),
    int32: () => view.getInt32(take(4), true),
    uint32: () => view.getUint32(take(4), true),
    uint64() {
      const from = take(8);
      return view.getUint32(from, true) + view.getUint32(from + 4, true) * 2 ** 32;
    },
    float64: () => view.getFloat64(take(8), false),
    line(charsMax) {
      const from = position;
      const end = bytes.subarray(from, from + charsMax + 1).indexOf(10);
      if (end < 0) {
        const cut = bytes.length - from <= charsMax;
        throw new PickleError(cut ? 'the data ends within a line' : `a line is longer than ${charsMax} bytes`, from);
      }
      position = from + end + 1;
      return latin1.decode(bytes.subarray(from, from + end));
    },
  };
}

const latin1 = new TextDecoder('latin1');
