/**
 * Cuts chunks where a frame of Zstandard ends (RFC 8878, section 3.1): Node's decompressor goes on with the next frame
 * only if that begins with a chunk of its own, and takes the first for all otherwise. Appended files and ones that were
 * compressed in parallel have many frames. What is no frame goes through as it is, for the decompressor to refuse.
 */
export async function* cutAtFrames(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ends = frameEnds();
  for await (const chunk of stored) {
    let from = 0;
    while (from < chunk.length) {
      const end = ends.next(chunk, from);
      yield chunk.subarray(from, end);
      from = end;
    }
  }
}

type Part = 'magic' | 'skippable-size' | 'descriptor' | 'block' | 'no-frame';

const partBytes: Readonly<Record<Part, number>> = {
  magic: 4,
  'skippable-size': 4,
  descriptor: 1,
  block: 3,
  'no-frame': 0,
};

function frameEnds() {
  let part: Part = 'magic';
  /** Little-endian value of the part so far, and how many bytes of it have been read. */
  let value = 0;
  let read = 0;
  /** Bytes of content before the next part, or before the end of the frame. */
  let skipped = 0;
  let endsBehind = false;
  let hasChecksum = false;

  /** The part is whole: what follows it? */
  const take = (): void => {
    switch (part) {
      case 'magic':
        part =
          value === zstdMagic
            ? 'descriptor'
            : (value & 0xffff_fff0) >>> 0 === skippableMagic
              ? 'skippable-size'
              : 'no-frame';
        break;
      case 'skippable-size':
        skipped = value;
        endsBehind = true;
        break;
      case 'descriptor': {
        const isSingleSegment = (value & 0x20) !== 0;
        hasChecksum = (value & 0x04) !== 0;
        skipped = (isSingleSegment ? 0 : 1) + (dictionaryBytes[value & 3] ?? 0);
        skipped += value >> 6 === 0 ? (isSingleSegment ? 1 : 0) : 2 ** (value >> 6);
        part = 'block';
        break;
      }
      case 'block': {
        const isRepeatedByte = ((value >> 1) & 3) === 1;
        skipped = isRepeatedByte ? 1 : value >> 3;
        endsBehind = (value & 1) === 1;
        if (endsBehind && hasChecksum) skipped += checksumBytes;
        break;
      }
      case 'no-frame':
        break;
    }
    value = 0;
    read = 0;
  };

  return {
    /** Where the frame ends that the bytes from there on belong to; the chunk's end if it goes on behind it. */
    next(chunk: Uint8Array, from: number): number {
      let at = from;
      while (at < chunk.length || (endsBehind && skipped === 0)) {
        if (skipped > 0) {
          const step = Math.min(skipped, chunk.length - at);
          at += step;
          skipped -= step;
        } else if (endsBehind) {
          endsBehind = false;
          part = 'magic';
          return at;
        } else {
          const bytes = partBytes[part];
          if (bytes === 0) return chunk.length;
          value = (value + (chunk[at] ?? 0) * 2 ** (8 * read)) >>> 0;
          at += 1;
          read += 1;
          if (read === bytes) take();
        }
      }
      return at;
    },
  };
}

const zstdMagic = 0xfd2f_b528;
const skippableMagic = 0x184d_2a50;
const dictionaryBytes = [0, 1, 2, 4];
const checksumBytes = 4;
