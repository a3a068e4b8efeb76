import { gzipSync, zstdCompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentOf,
  sniffed,
  storedContentOf,
  unpacked,
  type StoredContent,
} from '../../../activities/adapters/unpack.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `step ${at} loss 2.${at} of a job`).join('\n');

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, content: StoredContent, size = 1 << 20): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unpacked(chunked(bytes, size), content)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('what the first bytes say', () => {
  it.each([
    ['a log', encode(lines(50)), 'text'],
    ['a log with a hole of NUL bytes before it', Buffer.concat([Buffer.alloc(5_000), encode(lines(50))]), 'text'],
    ['a log with a hole in it', Buffer.concat([encode(lines(20)), Buffer.alloc(5_000), encode(lines(5))]), 'text'],
    ['a progress bar that goes back by backspaces', encode(`42/100 [====>   ]${'\b'.repeat(60)}`.repeat(20)), 'text'],
    ['Chinese in GBK', Uint8Array.from({ length: 400 }, (_, at) => (at % 20 === 19 ? 10 : 0xb0 + (at % 40))), 'text'],
    ['nothing but NUL bytes', Buffer.alloc(4_096), 'binary'],
    ['machine code', Uint8Array.from({ length: 4_096 }, (_, at) => (at * 37) % 256), 'binary'],
    ['text in UTF-16 without a mark', Buffer.from(lines(50), 'utf16le'), 'binary'],
    ['numbers of four bytes', Uint8Array.from({ length: 4_096 }, (_, at) => (at % 4 === 0 ? 65 : 0)), 'binary'],
    ['nothing', new Uint8Array(0), 'empty'],
  ])('of %s', (_what, head, content) => {
    expect(contentOf(head)).toBe(content);
  });

  it('of text in UTF-16 is its byte order, if it has a mark', () => {
    expect(storedContentOf(Buffer.from(`\ufeff${lines(3)}`, 'utf16le'))).toBe('utf-16le');
    expect(storedContentOf(Buffer.from(`\ufeff${lines(3)}`, 'utf16le').swap16())).toBe('utf-16be');
  });
});

describe('what is stored', () => {
  const text = lines(5_000);

  it('in several members of gzip is read to the end of the last', async () => {
    expect(await read(Buffer.concat([gzipSync(text), gzipSync('more'), Buffer.alloc(512)]), 'gzip')).toBe(
      `${text}more`,
    );
  });

  it('in several frames of zstd is read to the end of the last, however it is cut into chunks', async () => {
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const checked = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    const repeated = zstdCompressSync('x'.repeat(300_000));
    const packed = Buffer.concat([
      zstdCompressSync(text),
      checked,
      skippable,
      repeated,
      zstdCompressSync(''),
      zstdCompressSync('end'),
    ]);
    for (const size of [1, 2, 3, 7, 1_000, packed.length])
      expect(await read(packed, 'zstd', size)).toBe(`${text}${text}${'x'.repeat(300_000)}end`);
  });

  it.each(['gzip', 'zstd'] as const)('in %s and cut off anywhere is an error, never a shorter log', async (content) => {
    const pack = content === 'gzip' ? gzipSync : zstdCompressSync;
    const packed = Buffer.concat([pack(lines(400)), pack(lines(300))]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5, max: packed.length - 1 }),
        fc.integer({ min: 1, max: 600 }),
        async (length, size) => {
          fc.pre(length !== pack(lines(400)).length);
          await expect(read(packed.subarray(0, length), content, size)).rejects.toMatchObject({
            code: expect.stringMatching(/^Z/),
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(['gzip', 'zstd'] as const)(
    'as %s and is anything else ends in an error or in bytes, and never hangs',
    async (content) => {
      const magic = content === 'gzip' ? [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] : [0x28, 0xb5, 0x2f, 0xfd];
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), async (noise, size) => {
          const outcome = await read(Uint8Array.from([...magic, ...noise]), content, size).catch(
            (error: unknown) => error,
          );
          expect(typeof outcome === 'string' || (outcome instanceof Error && 'code' in outcome)).toBe(true);
        }),
      );
    },
  );

  it.each(['utf-16le', 'utf-16be'] as const)('in %s is read as UTF-8', async (content) => {
    const little = Buffer.from('\ufeffstep 1\nGPU 漢字 🔥 down\n', 'utf16le');
    const bytes = content === 'utf-16le' ? little : little.swap16();
    for (const size of [1, 3, 100]) expect(await read(bytes, content, size)).toBe('step 1\nGPU 漢字 🔥 down\n');
  });
});

describe('a stream that can be read once', () => {
  it('is given whole after its first bytes were looked at', async () => {
    const { content, chunks } = await sniffed(chunked(encode(lines(2_000)), 100));
    const read: Uint8Array[] = [];
    for await (const chunk of chunks) read.push(chunk);
    expect([content, Buffer.concat(read).toString()]).toEqual(['text', lines(2_000)]);
  });

  it('is let go of when nobody wants the rest', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Uint8Array.from({ length: 4_096 }, (_, at) => (at * 37) % 256);
      } finally {
        closed = true;
      }
    }
    const looked = await sniffed(endless());
    await looked.close();
    expect([looked.content, closed]).toEqual(['binary', true]);
  });

  it('that begins with a hole is text', async () => {
    expect((await sniffed(chunked(Buffer.alloc(20_000), 1_000))).content).toBe('text');
  });
});
