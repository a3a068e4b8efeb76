import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logScans } from '../../activities/scan-engine.ts';
import { scanStream } from '../../activities/scan-stream.ts';
import { pieceBytesMax } from '../../kb/logs/blocks.ts';
import { lineText } from '../../kb/logs/line-text.ts';
import type { ReducedEntry } from '../../kb/logs/reduce.ts';

const scans = logScans();

async function scan(bytes: Uint8Array, sizes: readonly number[]) {
  const kept: ReducedEntry[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const end = at + (sizes[turn % sizes.length] ?? bytes.length);
      yield bytes.subarray(at, end);
      at = end;
    }
  }
  const { report } = await scanStream(scans, { source: 'a.log', evidenceId: 'ev_a' }, chunks(), {
    onReduced: async (entries) => void kept.push(...entries),
  });
  return { report, kept };
}

const part = fc.oneof(
  fc
    .constantFrom(
      '\n',
      '\r',
      '\r\n',
      '\u001b[31m',
      '\u0000',
      'é漢🔥',
      'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.',
      'CUDA out of memory.',
      '2026-11-21 03:12:59,000 INFO step ',
      '{"log": "loss: nan\\n", "stream": "stderr"}',
      '{',
      '  File "a.py", line 3, in f',
      'Traceback (most recent call last):',
      '# obs: it is slow',
    )
    .map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 1, max: pieceBytesMax + 1_000 }).map((length) => new Uint8Array(length).fill(120)),
  fc.integer({ min: 1, max: pieceBytesMax + 1_000 }).map((length) => new Uint8Array(length)),
);

const log = fc.array(part, { maxLength: 16 }).map((parts) => Buffer.concat(parts));

it('whatever the bytes, findings and kept lines lead back to the same bytes, in order', async () => {
  await fc.assert(
    fc.asyncProperty(log, async (bytes) => {
      const { report, kept } = await scan(bytes, [50_000]);
      const textAt = (from: number, to: number): string => lineText({ buffer: bytes, from, to, odd: true });
      const lines = kept.filter((entry) => entry.kind === 'line');
      expect(lines.map(({ byteStart, byteEnd }) => textAt(byteStart, byteEnd))).toEqual(lines.map(({ text }) => text));
      const ends = kept.map(({ byteEnd }) => byteEnd);
      expect(ends).toEqual([...new Set(ends)].toSorted((one, other) => one - other));
      const keptAt = new Set(lines.map(({ byteStart }) => byteStart));
      expect(report.findings.filter(({ range }) => !keptAt.has(range.byteStart ?? -1))).toEqual([]);
      expect([report.facts.bytes, report.facts.lines]).toEqual([
        bytes.length,
        bytes.filter((byte) => byte === 10).length,
      ]);
    }),
    { numRuns: 300 },
  );
});

it('whatever the bytes, it makes no difference how they are cut into chunks', async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 200, max: 2_000 }), fc.integer({ min: 30_000, max: 70_000 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(log, sizes, async (bytes, cut) => {
      expect(await scan(bytes, cut)).toEqual(await scan(bytes, [bytes.length]));
    }),
    { numRuns: 300 },
  );
});
