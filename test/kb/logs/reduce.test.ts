import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { compileMatchers } from '../../../kb/logs/matchers.ts';
import { lineReducer, nearLines, repeatsKeptMax, type KeptLine, type ReducedEntry } from '../../../kb/logs/reduce.ts';
import { shapeWords } from '../../../kb/logs/shapes.ts';
import { openSourceScan, scanLiterals } from '../../../kb/logs/source-scan.ts';

const matchers = compileMatchers(detectors, scanLiterals);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function reduce(text: string, chunkBytes = Infinity) {
  const entries: ReducedEntry[] = [];
  const reducer = lineReducer(matchers.roleOf, (entry) => entries.push(entry));
  const scan = openSourceScan({ source: 'a.log', evidenceId: 'ev_a' }, matchers, [], reducer);
  const bytes = encode(text);
  for (let at = 0; at < bytes.length; at += Math.min(chunkBytes, bytes.length)) {
    scan.feed(bytes.subarray(at, Math.min(bytes.length, at + chunkBytes)));
  }
  const { findings } = scan.end();
  return { entries, findings, summary: reducer.summary(), kept: entries.filter((entry) => entry.kind === 'line') };
}

const routine = (step: number): string =>
  `[2026-11-21 03:12:59,000] INFO loaded shard part-${step}.tar in ${step}.25 s`;
const many = (count: number): readonly string[] => Array.from({ length: count }, (_, step) => routine(step));
const lineNumbers = (kept: readonly KeptLine[]): readonly number[] => kept.map(({ line }) => line);

describe('a reduced log', () => {
  it('tells routine lines by number and template, and keeps the first and the last', () => {
    const { entries, summary } = reduce(`${many(1000).join('\n')}\n`);
    expect(entries).toMatchObject([
      { kind: 'line', line: 1, why: 'new' },
      { kind: 'routine', lines: 998, firstLine: 2, lastLine: 999, repeats: 0, templates: [{ id: 0, count: 998 }] },
      { kind: 'line', line: 1000, why: 'last' },
    ]);
    expect(summary).toMatchObject({ lines: 1000, kept: 2 });
    expect(summary.templates).toMatchObject([{ count: 1000, firstLine: 1, lastLine: 1000, example: routine(0) }]);
  });

  it('keeps a fault with what stands around it', () => {
    const fault = 'node-07 kernel: NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.';
    const { kept } = reduce([...many(50), fault, ...many(50)].join('\n'));
    expect(lineNumbers(kept)).toEqual([1, 48, 49, 50, 51, 52, 53, 54, 101]);
    expect(kept.find(({ line }) => line === 51)).toMatchObject({ why: 'fault', kinds: ['nvidia.xid.79'], text: fault });
  });

  it('keeps a line that nobody knows, the first time that it comes', () => {
    const { kept } = reduce([...many(20), 'the flux capacitor is loose', ...many(20)].join('\n'));
    expect(kept).toContainEqual(expect.objectContaining({ line: 21, why: 'new' }));
  });

  it('does not take a new meaning for a known one because only one word differs', () => {
    const lines = many(5).flatMap((line) => [line, 'uplink 7 of leaf a is stable']);
    const { kept } = reduce([...lines, 'uplink 7 of leaf a is gone', ...lines].join('\n'));
    expect(kept).toContainEqual(expect.objectContaining({ line: 11, text: 'uplink 7 of leaf a is gone' }));
  });

  it('learns that a word varies, such as the names of users', () => {
    const name = (at: number): string => 'abcdefghijklmnopqrstuvwxyz'.charAt(at).repeat(3);
    const lines = Array.from({ length: 26 }, (_, at) => `session opened for user ${name(at)} by sshd`);
    const { summary } = reduce(lines.join('\n'));
    expect(summary.kept).toBeLessThan(15);
    expect(summary.templates.some(({ pattern }) => pattern === 'session opened for user * by sshd')).toBe(true);
  });

  it('keeps the first lines of a burst and tells how many followed', () => {
    const xid = (at: number): string => `NVRM: Xid (PCI:0000:c1:00): 95, pid=${at}, Contained: ${at}`;
    const { entries, findings } = reduce(Array.from({ length: 5000 }, (_, at) => xid(at)).join('\n'));
    expect(findings).toMatchObject([{ kind: 'nvidia.xid.95', count: 5000 }]);
    expect(entries.filter(({ kind }) => kind === 'line')).toHaveLength(repeatsKeptMax + 1);
    expect(entries.filter((entry) => entry.kind === 'routine').reduce((sum, { repeats }) => sum + repeats, 0)).toBe(
      5000 - repeatsKeptMax - 1,
    );
  });

  it('is the same however the bytes are cut into chunks', () => {
    const text = [...many(30), 'OSError: [Errno 28] No space left on device', ...many(30)].join('\n');
    for (const chunk of [1, 7, 64, 1000]) expect(reduce(text, chunk).entries).toEqual(reduce(text).entries);
  });
});

describe('whatever the log', () => {
  const faults = [
    'NVRM: Xid (PCI:0000:41:00): 48, pid=7, DBE (Double Bit Error) ECC Error',
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
    'OSError: [Errno 28] No space left on device',
    'loss: nan',
    'Out of memory: Killed process 4242 (python3)',
  ];
  const line = fc.oneof(
    { weight: 12, arbitrary: fc.nat(500).map(routine) },
    { weight: 3, arbitrary: fc.nat(9).map((at) => `iteration ${at}/ 100 | lm loss: 2.${at}E+00`) },
    { weight: 2, arbitrary: fc.constantFrom(...faults) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')) },
  );

  it('drops no fault, no first of its kind and no neighbour of a fault, and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 120 }), (lines) => {
        const { entries, findings, kept, summary } = reduce(lines.join('\n'));
        const keptNumbers = new Set(lineNumbers(kept));
        const shapes = new Set<string>();
        const isFault = (text: string): boolean =>
          matchers.matchText({ text }).some(({ kind }) => ['cause', 'symptom'].includes(matchers.roleOf(kind)));
        let read = 0;
        const lost: number[] = [];
        for (const [at, text] of lines.entries()) {
          if (text === '') continue;
          read += 1;
          const shape = shapeWords(text).join('');
          const around = isFault(text) ? nearLines : shapes.has(shape) ? -1 : 0;
          for (let near = at - around; near <= at + around; near += 1)
            if ((lines[near] ?? '') !== '' && !keptNumbers.has(near + 1)) lost.push(near + 1);
          shapes.add(shape);
        }
        expect(lost).toEqual([]);
        for (const { range } of findings) expect(keptNumbers).toContain(range.line);
        const order = entries.map((entry) => (entry.kind === 'line' ? entry.line : entry.firstLine));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        const told = entries.reduce((sum, entry) => sum + (entry.kind === 'line' ? 1 : entry.lines), 0);
        expect([told, summary.lines]).toEqual([read, read]);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same findings when it is read again in its reduced form', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 120 }), (lines) => {
        const { findings, kept } = reduce(lines.join('\n'));
        const again = reduce(kept.map(({ text }) => text).join('\n')).findings;
        expect(again.map(({ kind }) => kind).toSorted()).toEqual(findings.map(({ kind }) => kind).toSorted());
      }),
      { numRuns: 100 },
    );
  });
});
