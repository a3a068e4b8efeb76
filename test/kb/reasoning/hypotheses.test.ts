import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, rankHypotheses } from '../../../kb/reasoning/hypotheses.ts';
import { kindRegistry } from '../../../kb/reasoning/kinds.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import {
  clockFine,
  diskFull,
  finding,
  kind,
  lostGpu,
  peerGone,
  portDown,
  slow,
  smallKnowledge,
  watchdog,
} from './small-knowledge.ts';

const nodes = ['node-1', 'node-2', 'node-3', 'node-4'];

function rank(findings: readonly Finding[], kinds = smallKnowledge.kinds) {
  return rankHypotheses({ observations: observe(findings, kinds), recalled: [], nodes });
}

function probabilityOf(findings: readonly Finding[], category: string, kinds = smallKnowledge.kinds): number {
  return rank(findings, kinds)
    .filter((hypothesis) => hypothesis.category === category)
    .reduce((sum, { probability }) => sum + probability, 0);
}

describe('a kind that echoes another', () => {
  const clock = kind('metric.clock', 'symptom', { 'gpu-clock-throttle': 2 });
  const echo = {
    ...kind('performance.clock', 'symptom', { 'gpu-clock-throttle': 1, 'dataloader-stall': -1 }),
    echoes: [clock.id],
  };
  const kinds = kindRegistry([...smallKnowledge.kinds.values()], [clock, echo]);
  const at = { node: 'node-1', device: { kind: 'gpu', index: 3 } } as const;
  const throttle = (...findings: readonly Finding[]) => probabilityOf(findings, 'gpu-clock-throttle', kinds);

  it('adds nothing where the other one speaks, and stands where it does not', () => {
    const alone = throttle(finding(clock, at));
    expect(throttle(finding(clock, at), finding(echo, at))).toBeCloseTo(alone, 2);
    expect(throttle(finding(echo, at))).toBeGreaterThan(throttle());
  });

  it('still says what the other one does not', () => {
    const both = probabilityOf([finding(clock, at), finding(echo, at)], 'dataloader-stall', kinds);
    expect(both).toBeLessThan(probabilityOf([finding(clock, at)], 'dataloader-stall', kinds));
  });
});

const anyFinding = fc
  .record({
    of: fc.constantFrom(...smallKnowledge.kinds.values()),
    node: fc.option(fc.constantFrom(...nodes), { nil: undefined }),
    gpu: fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }),
    atMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    line: fc.integer({ min: 1, max: 50 }),
  })
  .map(({ of, node, gpu, atMs, line }) =>
    finding(of, {
      ...(node === undefined ? {} : { node }),
      ...(gpu === undefined ? {} : { device: { kind: 'gpu', index: gpu } }),
      ...(atMs === undefined ? {} : { atMs }),
      range: { evidenceId: 'ev_log', source: 'a.log', line },
    }),
  );

describe('hypotheses', () => {
  it('have probabilities that sum to one and are never zero or one, whatever was found', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 40 }), (findings) => {
        const ranked = rank(findings);
        expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
        expect(ranked.every(({ probability }) => probability > 0 && probability < 0.99)).toBe(true);
        expect(new Set(ranked.map(keyOf)).size).toBe(ranked.length);
      }),
      { numRuns: 150 },
    );
  });

  it('do not depend on the order in which findings arrive', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 20 }), (findings) => {
        const forward = rank(findings);
        const backward = rank(findings.toReversed());
        expect(backward.map(keyOf)).toEqual(forward.map(keyOf));
        backward.forEach((hypothesis, index) =>
          expect(hypothesis.probability).toBeCloseTo(forward[index]?.probability ?? -1, 9),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('put a cause where its finding was made', () => {
    const [leader] = rank([finding(lostGpu, { node: 'node-2', device: { kind: 'gpu', index: 5 } }), finding(watchdog)]);
    expect(leader).toMatchObject({ category: 'gpu-fell-off-bus', place: { node: 'node-2', device: { index: 5 } } });
  });

  it('do not multiply a kind that repeats at one place', () => {
    const once = probabilityOf([finding(peerGone, { node: 'node-1' })], 'rdma-link-fault');
    const often = probabilityOf([finding(peerGone, { node: 'node-1', count: 5000 })], 'rdma-link-fault');
    const lines = probabilityOf(
      Array.from({ length: 30 }, () => finding(peerGone, { node: 'node-1' })),
      'rdma-link-fault',
    );
    expect(often).toBeGreaterThan(once);
    expect(Math.log(often / (1 - often)) - Math.log(once / (1 - once))).toBeLessThan(1);
    expect(lines).toBeCloseTo(often, 1);
  });

  it('count two kinds that were read from one line once', () => {
    const second = kind('log.port.down-again', 'cause', { 'rdma-link-fault': 2 });
    const kinds = kindRegistry([...smallKnowledge.kinds.values()], [second]);
    const range = { evidenceId: 'ev_log', source: 'a.log', line: 7 };
    const sameLine = [finding(peerGone, { range }), finding(second, { range })];
    const twoLines = [finding(peerGone, { range }), finding(second)];
    expect(probabilityOf(sameLine, 'rdma-link-fault', kinds)).toBeCloseTo(
      probabilityOf([finding(peerGone, { range })], 'rdma-link-fault', kinds),
      9,
    );
    expect(probabilityOf(twoLines, 'rdma-link-fault', kinds)).toBeGreaterThan(
      probabilityOf(sameLine, 'rdma-link-fault', kinds) + 0.1,
    );
  });

  it('take no place from a kind that every node shows', () => {
    const everywhere = nodes.map((node) => finding(peerGone, { node }));
    const linkFaults = rank(everywhere).filter(({ category }) => category === 'rdma-link-fault');
    expect(linkFaults.map(({ place }) => place)).toEqual([{}]);
  });

  it('are cleared by a clean answer only where it was given', () => {
    const suspects = [finding(slow, { node: 'node-1' })];
    const clearedThere = [...suspects, finding(clockFine, { node: 'node-1' })];
    const clearedElsewhere = [...suspects, finding(clockFine, { node: 'node-2' })];
    const at = (findings: readonly Finding[]): number =>
      rank(findings).find(({ category, place }) => category === 'gpu-clock-throttle' && place.node === 'node-1')
        ?.probability ?? 0;
    expect(at(clearedThere)).toBeLessThan(at(suspects) / 5);
    expect(at(clearedElsewhere)).toBeGreaterThan(at(suspects) * 0.95);
  });

  it('without a place fall a little with each clean node and far when all are clean', () => {
    const throttle = (clean: readonly string[]): number =>
      probabilityOf([finding(slow), ...clean.map((node) => finding(clockFine, { node }))], 'gpu-clock-throttle');
    const [none, one, all] = [throttle([]), throttle(['node-1']), throttle(nodes)];
    expect(one).toBeGreaterThan(none * 0.6);
    expect(one).toBeLessThan(none);
    expect(all).toBeLessThan(none / 5);
  });

  it('are lowered when their evidence begins clearly after a cause that explains it', () => {
    const gone = (atMs: number) => [
      finding(lostGpu, { node: 'node-1', atMs: 10_000, range: { evidenceId: 'ev_a', source: 'a', line: 1 } }),
      finding(portDown, { node: 'node-2', atMs, range: { evidenceId: 'ev_b', source: 'b', line: 1 } }),
    ];
    const after = rank(gone(60_000)).find(
      ({ category, place }) => category === 'rdma-link-fault' && place.node === 'node-2',
    );
    const before = rank(gone(1_000)).find(
      ({ category, place }) => category === 'rdma-link-fault' && place.node === 'node-2',
    );
    expect(after?.followsFrom).toMatchObject({ category: 'gpu-fell-off-bus' });
    expect(before?.followsFrom).toBeNull();
    expect(after?.probability ?? 1).toBeLessThan(before?.probability ?? 0);
  });

  it('use the order of lines inside one source even where times are equal', () => {
    const range = (line: number) => ({ evidenceId: 'ev_a', source: 'a', line });
    const ranked = rank(
      [
        finding(diskFull, { atMs: 1000, range: range(10) }),
        finding(kindOf('checkpoint'), { atMs: 1000, range: range(11) }),
      ],
      kindRegistry([...smallKnowledge.kinds.values()], [kindOf('checkpoint')]),
    );
    expect(
      ranked.find(({ category, place }) => category === 'checkpoint-corruption' && place.node === undefined)
        ?.followsFrom,
    ).toMatchObject({
      category: 'disk-full',
    });
  });
});

const checkpointBroken = kind('log.checkpoint', 'cause', { 'checkpoint-corruption': 4 });
function kindOf(_name: 'checkpoint') {
  return checkpointBroken;
}

describe('the kind registry', () => {
  it('refuses two kinds under one id', () => {
    expect(() => kindRegistry([kind('a.b.c', 'cause', {})], [kind('a.b.c', 'symptom', {})])).toThrow(/a\.b\.c/);
  });

  it('accepts one kind that two lists share', () => {
    expect(kindRegistry([lostGpu], [lostGpu]).size).toBe(1);
  });
});
