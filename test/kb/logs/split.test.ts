import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineCharsMax, lineSplitter, type RawLine } from '../../../kb/logs/split.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function split(...chunks: readonly Uint8Array[]): readonly RawLine[] {
  const lines: RawLine[] = [];
  const splitter = lineSplitter();
  for (const chunk of chunks) splitter.feed(chunk, (line) => lines.push(line));
  splitter.end((line) => lines.push(line));
  return lines;
}

it('counts lines from 1 and bytes from 0, without the line break', () => {
  expect(split(encode('one\ntwo\r\n\nfour'))).toEqual([
    { line: 1, byteStart: 0, byteEnd: 3, text: 'one' },
    { line: 2, byteStart: 4, byteEnd: 7, text: 'two' },
    { line: 4, byteStart: 10, byteEnd: 14, text: 'four' },
  ]);
});

it('cuts a progress bar at its carriage returns and keeps the line number that editors show', () => {
  expect(split(encode('10%\r20%\rdone\nnext\n'))).toEqual([
    { line: 1, byteStart: 0, byteEnd: 3, text: '10%' },
    { line: 1, byteStart: 4, byteEnd: 7, text: '20%' },
    { line: 1, byteStart: 8, byteEnd: 12, text: 'done' },
    { line: 2, byteStart: 13, byteEnd: 17, text: 'next' },
  ]);
});

it('takes colours and NUL bytes out of the text, not out of the offsets', () => {
  const [line] = split(encode('\u001b[31mERROR\u001b[0m: a\u0000b\n'));
  expect(line).toEqual({ line: 1, byteStart: 0, byteEnd: 19, text: 'ERROR: ab' });
});

it('replaces bytes that are not UTF-8 and goes on', () => {
  const lines = split(Uint8Array.of(0x61, 0xff, 0x62, 0x0a, 0x63, 0x0a));
  expect(lines.map(({ text }) => text)).toEqual(['a\ufffdb', 'c']);
});

it('keeps the start of an endless line, skips the rest, and still counts its bytes', () => {
  const long = 'x'.repeat(3 * lineCharsMax);
  const lines = split(encode(`${long.slice(0, 100)}`), encode(`${long.slice(100)}\nafter\n`));
  expect(lines.map(({ text }) => text.length)).toEqual([lineCharsMax, 5]);
  expect(lines[1]).toMatchObject({ line: 2, byteStart: long.length + 1, byteEnd: long.length + 6 });
});

const pieces = fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', '\u001b[1m', '\u0000', 'é', '漢', '\n\n', 'ERROR: ');

it('gives the same lines however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 6 }), (parts, cuts) => {
      const bytes = encode(parts.join(''));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(split(...chunks)).toEqual(split(bytes));
    }),
  );
});

it('never crashes, and its offsets lead back to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      let last = 0;
      for (const { byteStart, byteEnd } of split(bytes)) {
        expect(byteStart).toBeGreaterThanOrEqual(last);
        expect(byteEnd).toBeGreaterThan(byteStart);
        const part = bytes.subarray(byteStart, byteEnd);
        expect(part.includes(10) || part.includes(13)).toBe(false);
        last = byteEnd;
      }
      expect(last).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
