import { describe, expect, test } from 'vitest';
import { aimsOf } from '../../../../../workers/cli/bench/performance/aims.ts';
import type { Candidate, Case } from '../../../../../workers/cli/bench/performance/candidate.ts';
import { compareSet, type Split } from '../../../../../workers/cli/bench/performance/protocols.ts';

// A site whose every run takes twice as long as elsewhere; the size of a run is told by its FLOPs.
const runs = (set: string, factor: number, count: number): readonly Case[] =>
  Array.from({ length: count }, (_, at) => {
    const naive = {
      source: set,
      gpuGeneration: 'ampere',
      fp8: false,
      gpus: 1,
      peakTflops: 1,
      hardwareTflop: at + 1,
      bubble: 0,
      measuredSeconds: (at + 1) * factor,
    };
    const { measuredSeconds } = naive;
    // No test here predicts with the model, so that what it resolves to is never read.
    const resolved = {} as Case['resolved'];
    return { id: `${set}-${at}`, set, source: set, measuredSeconds, convertedFrom: null, resolved, naive };
  });

const proportional: Candidate = {
  fit(seen) {
    const factorOf = (cases: readonly Case[]) =>
      cases.reduce((sum, { naive, measuredSeconds }) => sum + measuredSeconds / naive.hardwareTflop, 0) / cases.length;
    const by = (factor: number) => (one: Case) => one.naive.hardwareTflop * factor;
    return { predict: by(factorOf(seen)), atSite: (own) => by(factorOf(own)) };
  },
};
const blind: Candidate = { fit: () => ({ predict: () => 1, atSite: () => () => 1 }) };

const split: Split = {
  fitted: (id) => Number(id.split('-')[1]) % 2 === 0,
  first: (cases, k, draw) => cases.slice(draw % 3, (draw % 3) + k),
};
const options = { protocols: ['leave-one-out', 'site', 'half'] as const, split };

describe('the three protocols', () => {
  const own = runs('slow', 2, 12);
  const results = compareSet({ model: proportional, naive: blind }, own, runs('other', 1, 5), options);
  const of = (protocol: string, siteRuns?: number) =>
    results.find((one) => one.protocol === protocol && (siteRuns === undefined || one.siteRuns === siteRuns));

  test('left out, everything is predicted from the others alone', () => {
    expect(of('leave-one-out')).toMatchObject({ set: 'slow', fittedRuns: 5, siteRuns: 0 });
    expect(of('leave-one-out')?.model.n).toBe(12);
    expect(of('leave-one-out')?.model.bias).toBeCloseTo(-50);
  });

  test('with a scale from k runs the rest is tested, and never the k', () => {
    expect(of('site', 3)?.model.n).toBe(9);
    expect(of('site', 5)?.rows.map(({ id }) => id)).not.toContain('slow-0');
    expect(of('site', 5)?.model.meanAbsolute.value).toBeCloseTo(0);
    expect(of('site', 5)?.draws?.high).toBeCloseTo(0);
  });

  test('ten of twelve leaves too few to test', () => {
    expect(of('site', 10)).toBeUndefined();
  });

  test('half is fitted on its own half and tested on the other', () => {
    expect(of('half')).toMatchObject({ fittedRuns: 6 });
    expect(of('half')?.rows.map(({ id }) => id)).toEqual([1, 3, 5, 7, 9, 11].map((at) => `slow-${at}`));
    expect(of('half')?.model.medianAbsolute.value).toBeCloseTo(0);
  });

  test('aims are told as met or missed, small sets left out', () => {
    const aims = aimsOf(results);
    expect(aims.find(({ text }) => text.includes('source left out'))?.met).toBe(true);
    expect(aims.find(({ text }) => text.includes('other half'))?.met).toBe(true);
    const swapped = compareSet({ model: blind, naive: proportional }, own, runs('other', 1, 5), options);
    expect(aimsOf(swapped).every(({ met }) => !met)).toBe(true);
    const few = compareSet({ model: blind, naive: blind }, own.slice(0, 7), runs('other', 1, 5), options);
    expect(aimsOf(few).some(({ text }) => text.includes('source left out'))).toBe(false);
  });
});
