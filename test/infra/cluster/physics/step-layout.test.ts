import { describe, expect, it } from 'vitest';
import { placeInStep, type StepShape } from '../../../../infra/cluster/physics/step-layout.ts';

const healthy: StepShape = {
  parts: { collecting: 0, compiling: 0, loading: 0, wait: 0 },
  microBatches: 24,
  layers: 40,
  compilations: 1,
};
const shape = (parts: Partial<StepShape['parts']>, more: Partial<StepShape> = {}): StepShape => ({
  ...healthy,
  ...more,
  parts: { ...healthy.parts, ...parts },
});
const moments = 40_000;
const placesOf = (of: StepShape) => Array.from({ length: moments }, (_, at) => placeInStep((at + 0.5) / moments, of));
/** Share of the step in each place. */
const sharesOf = (of: StepShape) => {
  const places = placesOf(of);
  return (name: string) => places.filter((one) => one === name).length / moments;
};

describe('a step', () => {
  it.each([
    shape({ loading: 0.5 }),
    shape({ loading: 0.3, wait: 0.25 }),
    shape({ collecting: 0.4 }),
    shape({ compiling: 0.6, loading: 0.1, wait: 0.1 }, { compilations: 7 }),
    shape({ compiling: 0.3, collecting: 0.2, loading: 0.2 }, { microBatches: 5, compilations: 3 }),
    shape({ wait: 0.7 }, { microBatches: 1, layers: 14 }),
  ])('has every part for its share, and the rest is computed: $parts', (of) => {
    const share = sharesOf(of);
    const { collecting, compiling, loading, wait } = of.parts;
    expect(share('garbage-collection')).toBeCloseTo(collecting, 2);
    expect(share('graph-compile')).toBeCloseTo(compiling, 2);
    expect(share('data-loading')).toBeCloseTo(loading, 2);
    expect(share('all-reduce')).toBeCloseTo(wait, 2);
    const computed = 1 - collecting - compiling - loading - wait;
    // Backward takes twice as long as forward.
    expect(share('backward')).toBeCloseTo(0.56 * computed, 2);
    expect(share('training') + share('attention')).toBeCloseTo(0.28 * computed, 2);
    expect(share('clip-gradients') + share('optimizer')).toBeCloseTo(0.16 * computed, 2);
  });

  it('asks for data in every micro-batch, so that a tenth of it shows a late loader as well', () => {
    const places = placesOf(shape({ loading: 0.5 }));
    for (let from = 0; from < 0.8; from += 0.1) {
      const part = places.slice(from * moments, (from + 0.1) * moments);
      const share = part.filter((one) => one === 'data-loading').length / part.length;
      expect(share).toBeGreaterThan(0.35);
      expect(share).toBeLessThan(0.75);
    }
  });

  it('waits for the others once, before the optimizer', () => {
    const places = placesOf(shape({ wait: 0.4 }));
    const [first, last] = [places.indexOf('all-reduce'), places.lastIndexOf('all-reduce')];
    expect(new Set(places.slice(first, last + 1))).toEqual(new Set(['all-reduce']));
    expect(new Set(places.slice(last + 1))).toEqual(new Set(['clip-gradients', 'optimizer']));
  });
});
