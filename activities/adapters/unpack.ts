import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { cutAtFrames } from './zstd-frames.ts';

/** What the first bytes of a log say it is. */
export type LogContent = 'text' | 'gzip' | 'zstd' | 'binary' | 'empty';
/** The same, with the text that Windows tools write: it is read as UTF-8, and offsets count those bytes. */
export type StoredContent = LogContent | 'utf-16le' | 'utf-16be';

/** Enough to tell text from anything else. */
export const headBytes = 8_192;

// Text has hardly any control characters; machine code, images and pickles are a third and more (our own count).
const binaryShareMin = 0.1;
// Text in another encoding (GBK, Latin-1) is invalid UTF-8 without control characters; of random bytes they are 10 %.
const controlShareMin = 0.02;
// Shorter runs of NUL bytes are part of what a program stores; longer ones are holes in a file.
const holeBytesMin = 32;

export function contentOf(head: Uint8Array): LogContent {
  if (head.length === 0) return 'empty';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  // Rotation by truncation and a crash of the machine leave holes of NUL bytes before, in and behind real text.
  const { written, scattered } = withoutHoles(head);
  if (written.length === 0) return 'binary';
  const looked = written.length + scattered;
  const odd = scattered + written.filter(isControl).length;
  const invalid = (new TextDecoder().decode(written).match(/\ufffd/g) ?? []).length;
  const isInvalid = (odd + invalid) / looked > binaryShareMin && odd / looked > controlShareMin;
  return odd / looked > binaryShareMin || isInvalid ? 'binary' : 'text';
}

export function storedContentOf(head: Uint8Array): StoredContent {
  // A byte order mark, and a first character of Latin script, as every log has it.
  if (head[0] === 0xff && head[1] === 0xfe && head[2] !== 0 && head[3] === 0) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff && head[2] === 0 && head[3] !== 0) return 'utf-16be';
  return contentOf(head);
}

/** The bytes that are not NUL, and how many NUL bytes stand between them one by one. */
function withoutHoles(head: Uint8Array): { readonly written: Uint8Array; readonly scattered: number } {
  if (!head.includes(0)) return { written: head, scattered: 0 };
  const written = head.filter((byte) => byte !== 0);
  let scattered = 0;
  let run = 0;
  for (const byte of head) {
    if (byte === 0) run += 1;
    else {
      if (run < holeBytesMin) scattered += run;
      run = 0;
    }
  }
  return { written, scattered };
}

/** But for what programs write to move a cursor, ring a bell or feed a form. */
function isControl(byte: number): boolean {
  return (byte < 32 && !(byte >= 7 && byte <= 13) && byte !== 27) || byte === 127;
}

/** The bytes decompressed, in chunks of bounded size; errors are those of the source and of zlib. */
export function unpacked(stored: AsyncIterable<Uint8Array>, content: StoredContent): AsyncIterable<Uint8Array> {
  switch (content) {
    case 'gzip':
      return decompressed(stored, createGunzip({ chunkSize: chunkBytes }));
    case 'zstd':
      return decompressed(cutAtFrames(stored), createZstdDecompress({ chunkSize: chunkBytes }));
    case 'utf-16le':
    case 'utf-16be':
      return asUtf8(stored, content);
    case 'text':
    case 'binary':
    case 'empty':
      return stored;
  }
}

const chunkBytes = 1024 * 1024;

async function* decompressed(stored: AsyncIterable<Uint8Array>, unpack: Transform): AsyncGenerator<Uint8Array> {
  const source = Readable.from(stored);
  source.on('error', (error) => unpack.destroy(error));
  try {
    for await (const chunk of source.pipe(unpack)) yield chunk as Uint8Array; // byte streams without an encoding give buffers
  } finally {
    source.destroy();
  }
}

async function* asUtf8(
  stored: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of stored) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

export interface Sniffed {
  readonly content: StoredContent;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For whoever does not want the rest. */
  close(): Promise<void>;
}

/** Looks at the first bytes of a stream that can be read only once, and gives all of it. */
export async function sniffed(stored: AsyncIterable<Uint8Array>): Promise<Sniffed> {
  const iterator = stored[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  const close = async (): Promise<void> => void (await iterator.return?.());
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* taken;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await close();
    }
  };
  const head = Buffer.concat(taken).subarray(0, headBytes);
  // A stream that begins with a hole can't be looked at further on; text comes behind it, or nothing.
  const content = head.length > 0 && head.every((byte) => byte === 0) ? 'text' : storedContentOf(head);
  return { content, chunks: rest(), close };
}
