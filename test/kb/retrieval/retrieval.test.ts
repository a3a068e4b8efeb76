import { describe, expect, it } from 'vitest';
import { passes } from '../../../kb/retrieval/filter.ts';
import { openLibrary } from '../../../kb/retrieval/library.ts';
import { queryOfFindings, queryOfText } from '../../../kb/retrieval/query.ts';
import { recalledWeights } from '../../../kb/retrieval/recalled-weights.ts';
import { recallable, threeIncidents } from '../../support/recallables.ts';
import { clockFine, finding, knownNoise, lostGpu, smallKnowledge, watchdog } from '../reasoning/small-knowledge.ts';

describe('search by words', () => {
  const library = openLibrary([
    ...threeIncidents,
    recallable('exact', 'nothing to see', { signalText: 'Unexpected bus error encountered in worker' }),
  ]);
  const ids = (query: string) => library.words(query, 10, {}).map(({ id }) => id);

  it('finds what holds an exact error string, best first', () => {
    expect(ids('Got completion with error 12')[0]).toBe('port-down-timeout');
    expect(ids('Unexpected bus error encountered in worker')[0]).toBe('exact');
  });

  it('finds nothing for words that nobody has, or that everybody has', () => {
    expect(ids('zebra quagga')).toEqual([]);
    expect(ids('the of and')).toEqual([]);
  });

  it('does not look at the category, which is the answer', () => {
    expect(ids('rdma-link-fault')).toEqual([]);
  });

  it('leaves out what the filter does not let pass', () => {
    expect(library.words('went down with error', 10, { categories: ['disk-full'] })).toEqual([]);
  });
});

describe('the filter', () => {
  it('lets a cause of another GPU generation pass unless it goes with the generation', () => {
    const nvlink = recallable('n', 'x', { generations: ['hopper'], components: ['nvlink'] });
    expect(passes(nvlink, { generation: 'ampere' })).toBe(false);
    expect(passes({ ...nvlink, components: ['network'] }, { generation: 'ampere' })).toBe(true);
    expect(passes({ ...nvlink, generations: [] }, { generation: 'ampere' })).toBe(true);
  });
});

describe('overlap of signals', () => {
  const entry = (id: string, ...kinds: readonly (readonly [string, number])[]) =>
    recallable(id, id, { signals: kinds.map(([kind, weight]) => ({ kind, weight })) });
  const rare = entry('rare', ['xid.79', 1], ['watchdog', 0.2]);
  const { overlap } = openLibrary([
    rare,
    ...['a', 'b', 'c', 'd'].map((id) => entry(id, ['watchdog', 0.2], [`own.${id}`, 1])),
  ]);

  it('is 0 for nothing seen and 1 for all seen', () => {
    expect(overlap.of(rare, new Set())).toBe(0);
    expect(overlap.of(rare, new Set(['xid.79', 'watchdog']))).toBeCloseTo(1, 6);
  });

  it('counts a kind that few have for more than one that all have', () => {
    expect(overlap.of(rare, new Set(['xid.79']))).toBeGreaterThan(5 * overlap.of(rare, new Set(['watchdog'])));
  });

  it('does not take an entry that names one weak sign for wholly seen', () => {
    expect(overlap.of(entry('weak', ['own.weak', 0.2]), new Set(['own.weak']))).toBeLessThan(0.3);
  });
});

describe('the query', () => {
  const seen = [
    finding(watchdog),
    finding(clockFine),
    finding(knownNoise),
    finding(lostGpu, { text: 'Xid 79, GPU has fallen off the bus' }),
  ];

  it('begins with the cause and leaves out what is clean', () => {
    const query = queryOfFindings(seen, smallKnowledge.kinds);
    expect(query.kinds[0]).toBe(lostGpu.id);
    expect(query.kinds).not.toContain(clockFine.id);
    expect(query.words).toContain('fallen off the bus');
    expect(query.prose.startsWith(lostGpu.summary)).toBe(true);
  });

  it('puts no line of a log into the prose', () => {
    expect(queryOfFindings(seen, smallKnowledge.kinds).prose).not.toContain('Xid 79, GPU');
  });

  it('is bounded', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      finding(lostGpu, { kind: `kind.${index}`, text: 'x'.repeat(400) }),
    );
    const query = queryOfFindings(many, smallKnowledge.kinds);
    expect(query.words.length).toBeLessThanOrEqual(4_000);
    expect(query.kinds.length).toBeLessThanOrEqual(12);
    expect(queryOfText('x'.repeat(10_000), []).prose.length).toBeLessThanOrEqual(4_000);
  });
});

describe('what recalled incidents weigh', () => {
  it('doubles the odds at most and counts a category once', () => {
    const top = ['a', 'b', 'c'].map((problemkey) => ({ problemkey, category: 'disk-full', score: 1 }));
    expect(recalledWeights(top)).toEqual([
      { category: 'disk-full', weight: Math.log(2), problemkeys: ['a', 'b', 'c'] },
    ]);
  });

  it('leaves out categories that are not in the taxonomy', () => {
    expect(recalledWeights([{ problemkey: 'a', category: 'gremlins', score: 1 }])).toEqual([]);
  });
});
