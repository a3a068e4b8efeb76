import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTimes, clockSkews, type SharedMoment } from '../../../kb/logs/align.ts';
import { firstFault } from '../../../kb/logs/first-fault.ts';
import { logFindingKinds } from '../../../kb/detectors/index.ts';
import { at, megatronSteps, scanSources, startMs, type TestSource } from '../detectors/sequences/scan-sources.ts';

const moments = (aheadMs: Readonly<Record<string, number>>, count = 10): readonly SharedMoment[] =>
  Object.entries(aheadMs).flatMap(([node, ahead]) =>
    Array.from({ length: count }, (_, event) => ({ node, event: `step ${event}`, atMs: 10_000 * event + ahead })),
  );

describe('clockSkews', () => {
  it('gives every clock that is off, and leaves most as they are', () => {
    expect(
      clockSkews(moments({ a: 0, b: 5_000, c: 100, d: -3_000 })).map(({ node, aheadMs }) => [node, aheadMs]),
    ).toEqual([
      ['b', 5_000],
      ['d', -3_000],
    ]);
  });

  it('finds the clock that is off, whichever node has the most moments', () => {
    const off = [...moments({ a: 7_000 }, 12), ...moments({ b: 0, c: 0 })];
    expect(clockSkews(off)).toMatchObject([{ node: 'a', aheadMs: 7_000, pairs: 10, spreadMs: 0 }]);
  });

  it('corrects nothing by four moments, by scattered ones, or by less than a second', () => {
    expect(clockSkews(moments({ a: 0, b: 5_000, c: 0 }, 4))).toEqual([]);
    const scattered = moments({ a: 0, c: 0 }).concat(
      moments({ b: 4_000 }).map((moment, index) => ({ ...moment, atMs: moment.atMs + 3_000 * (index % 3) })),
    );
    expect(clockSkews(scattered)).toEqual([]);
    expect(clockSkews(moments({ a: 0, b: 900, c: 0 }))).toEqual([]);
  });

  it('takes half an hour for a time zone and 37 minutes for another run', () => {
    expect(clockSkews(moments({ a: 0, b: 0, c: 30 * 60_000 }))).toHaveLength(1);
    expect(clockSkews(moments({ a: 0, b: 0, c: 37 * 60_000 }))).toEqual([]);
  });

  it('does not depend on the order of what it is given', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...moments({ a: 0, b: 5_000, c: 0, d: -9_000 })], { minLength: 40 }),
        (shuffled) => {
          expect(clockSkews(shuffled)).toEqual(clockSkews(moments({ a: 0, b: 5_000, c: 0, d: -9_000 })));
        },
      ),
    );
  });
});

it('takes off only what its node is ahead by', () => {
  expect(alignTimes({ node: 'b', atMs: 9_000, lastMs: 10_000 }, { b: 5_000 })).toEqual({
    node: 'b',
    atMs: 4_000,
    lastMs: 5_000,
  });
  expect(alignTimes({ node: 'a', atMs: 9_000 }, { b: 5_000 })).toEqual({ node: 'a', atMs: 9_000 });
  expect(alignTimes({ atMs: 9_000 }, { b: 5_000 })).toEqual({ atMs: 9_000 });
});

it('orders what nodes say by the time of the cluster, not by their own', () => {
  const node = (number: number, aheadS: number, more: readonly string[]): TestSource => ({
    node: `node-0${number}`,
    rank: number,
    lines: [...megatronSteps(20, { startS: aheadS }), ...more],
  });
  // node-02 is 100 s ahead: its disk was full 10 s before node-03 lost its GPU.
  const findings = scanSources([
    node(1, 0, []),
    node(2, 100, [at(310, 'OSError: [Errno 28] No space left on device')]),
    node(3, 0, [at(220, 'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.')]),
  ]);
  const kinds = new Map(logFindingKinds.map((kind) => [kind.id, kind]));
  expect(firstFault(findings, kinds)).toMatchObject({ kind: 'disk.full', atMs: startMs + 210_000 });
});
