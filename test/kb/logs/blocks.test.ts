import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blockReader, pieceBytesMax, pieceOverlapBytes } from '../../../kb/logs/blocks.ts';
import { lineText } from '../../../kb/logs/line-text.ts';
import { literalAutomaton } from '../../../kb/logs/literals.ts';
import { shapeOf, shapeWords } from '../../../kb/logs/shapes.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const literals = ['error', 'xid', 'nan', 'error: no', 'rror'];
const automaton = literalAutomaton(literals);

function read(...chunks: readonly Uint8Array[]) {
  const lines: { line: number; byteStart: number; byteEnd: number; text: string; found: string[]; shape: string }[] =
    [];
  const reader = blockReader(automaton, {
    blockStart: () => {},
    line(view) {
      lines.push({
        line: view.line,
        byteStart: view.byteStart,
        byteEnd: view.byteEnd,
        text: lineText(view),
        found: Array.from(view.hits.subarray(0, view.hitCount), (hit) => literals[hit] ?? '').toSorted(),
        shape: `${view.shapeA}|${view.shapeB}`,
      });
    },
    blockEnd: () => {},
  });
  for (const chunk of chunks) reader.feed(chunk);
  reader.end();
  return lines;
}

function split(...chunks: readonly Uint8Array[]) {
  return read(...chunks).map(({ line, byteStart, byteEnd, text }) => ({ line, byteStart, byteEnd, text }));
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

it('reads an endless line to its end, in pieces that overlap', () => {
  const long = `${'x'.repeat(3 * pieceBytesMax - pieceOverlapBytes)} Xid 79`;
  const lines = read(encode(long.slice(0, 100)), encode(`${long.slice(100)}\nafter\n`));
  expect(lines.map(({ line }) => line)).toEqual([1, 1, 1, 1, 2]);
  expect(lines.map(({ byteStart }) => byteStart)).toEqual([
    0,
    pieceBytesMax - pieceOverlapBytes,
    2 * (pieceBytesMax - pieceOverlapBytes),
    3 * (pieceBytesMax - pieceOverlapBytes),
    long.length + 1,
  ]);
  expect(lines.at(-2)?.found).toEqual(['xid']);
});

it('finds every literal of a line once, in any case, overlapping ones too', () => {
  const [first, second] = read(encode('ERROR: no error, NaN\nnothing\n'));
  expect(first?.found).toEqual(['error', 'error: no', 'nan', 'rror']);
  expect(second?.found).toEqual([]);
});

it('gives lines one shape exactly when they differ in words with digits only', () => {
  const line = fc.array(fc.constantFrom('step', 'loss', '12', 'x7', ' ', ': ', '/', '[3]', 'gpu-0', 'gpu-'), {
    maxLength: 8,
  });
  const shapes = (text: string): string => shapeWords(text).join('');
  fc.assert(
    fc.property(line, line, (a, b) => {
      const [left, right] = [a.join(''), b.join('')];
      fc.pre(left.trim() !== '' && right.trim() !== '');
      const [one, other] = read(encode(`${left}\n${right}\n`));
      expect(one?.shape === other?.shape).toBe(shapes(left) === shapes(right));
    }),
  );
});

it('tells words apart whose FNV-1a hashes are the same', () => {
  const [one, other] = read(encode('unit is liquid now\nunit is costarring now\n'));
  expect(one?.shape).not.toBe(other?.shape);
});

it('makes the same shape of a plain line and of its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 60 }), (text) => {
      const line = Array.from(text, (sign) => ('\n\r\u001b\u0000'.includes(sign) ? '.' : sign)).join('');
      const { shapeA, shapeB } = shapeOf(line);
      expect(read(encode(line))[0]?.shape).toBe(`${shapeA}|${shapeB}`);
    }),
  );
});

it('begins a line behind a hole of NUL bytes, however long the hole', () => {
  const hole = new Uint8Array(3 * pieceBytesMax);
  const bytes = Buffer.concat([hole, encode('one\n'), hole.subarray(0, 5), encode('two')]);
  const lines = [
    { line: 1, byteStart: hole.length, byteEnd: hole.length + 3, text: 'one' },
    { line: 2, byteStart: hole.length + 9, byteEnd: hole.length + 12, text: 'two' },
  ];
  expect(split(bytes)).toEqual(lines);
  expect(split(bytes.subarray(0, 1_000), bytes.subarray(1_000, 60_000), bytes.subarray(60_000))).toEqual(lines);
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
