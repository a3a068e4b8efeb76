import { describe, expect, it } from 'vitest';
import { fitConstants, fitSiteScale, unseenResiduals, type MeasuredRun } from '../../../../kb/performance/fit/fit.ts';
import { inFittingHalf, siteRows, splitDigest } from '../../../../kb/performance/fit/split.ts';
import { startValues, type ConstantValues } from '../../../../kb/performance/model/constants.ts';
import { fittedConstants } from '../../../../kb/performance/model/fitted-constants.ts';
import { stepSeconds } from '../../../../kb/performance/model/step.ts';
import { resolved } from '../model/example-runs.ts';

/** Runs of one site as a machine with these constants would do them. */
function siteRuns(set: string, values: ConstantValues, scale = 1): readonly MeasuredRun[] {
  const shapes = [1, 2, 4, 8].flatMap((tp) =>
    [1, 4].flatMap((pp) => [1, 2, 4].map((micro) => ({ tp, pp, dp: 1024 / (tp * pp), micro_batch: micro }))),
  );
  return shapes.map((shape) => {
    const run = resolved({ ...shape, hidden: 6144, ffn: 24_576, heads: 48, kv_heads: 48, global_batch: 4096 });
    const id = `${set}-${shape.tp}-${shape.pp}-${shape.micro_batch}`;
    return { run, set, id, seconds: scale * stepSeconds(run, values).seconds };
  });
}

const meanError = (rows: readonly MeasuredRun[], values: ConstantValues): number =>
  rows.reduce((sum, { run, seconds }) => sum + Math.abs(Math.log(seconds / stepSeconds(run, values).seconds)), 0) /
  rows.length;

describe('a fit', () => {
  it('finds the way to a machine that differs from the sources', () => {
    const other = { ...startValues, gemmShareAmpere: 0.7, memoryClassic: 2.6 };
    const rows = siteRuns('one', other);
    const { values } = fitConstants(rows);
    expect(meanError(rows, startValues)).toBeGreaterThan(0.1);
    expect(meanError(rows, values)).toBeLessThan(0.02);
  });

  it('keeps the constants of hardware when one of three sites is slow', () => {
    const rows = ['a', 'b', 'c'].flatMap((set) => siteRuns(set, startValues, set === 'c' ? 1.3 : 1));
    const { values } = fitConstants(rows);
    expect(Math.abs(Math.log(values.gemmShareAmpere / startValues.gemmShareAmpere))).toBeLessThan(0.05);
  });

  it('is hardly moved by rows that went wrong', () => {
    const rows = siteRuns('one', startValues).map((row, index) =>
      index % 8 === 0 ? { ...row, seconds: 3 * row.seconds } : row,
    );
    const { values } = fitConstants(rows);
    expect(meanError(siteRuns('one', startValues), values)).toBeLessThan(0.05);
  });

  it('stays where the sources are when it has seen nothing', () => {
    expect(fitConstants([]).values).toEqual(startValues);
  });

  it('says how far off it is on sources that it has not seen', () => {
    const rows = ['a', 'b', 'c'].flatMap((set) => siteRuns(set, startValues, set === 'c' ? 1.3 : 1));
    const { sigma, low, high } = unseenResiduals(rows);
    expect(high).toBeGreaterThan(0.15);
    expect(low).toBeLessThan(0);
    expect(sigma).toBeGreaterThan(0.05);
  });
});

describe('a site scale', () => {
  const constants = { values: startValues, residuals: fittedConstants.residuals };

  it('is what the site takes over what is predicted', () => {
    const site = fitSiteScale(siteRuns('one', startValues, 1.25), constants);
    expect(site.runs).toBe(24);
    expect(site.scale).toBeGreaterThan(1.23);
    expect(site.scale).toBeLessThanOrEqual(1.25);
  });

  it('is drawn towards 1 while runs are few, and passes over one that went wrong', () => {
    const rows = siteRuns('one', startValues, 1.25);
    const few = fitSiteScale(rows.slice(0, 1), constants);
    expect(few.scale).toBeGreaterThan(1);
    expect(few.scale).toBeLessThan(1.24);
    const odd = rows.slice(0, 8).map((row, index) => (index === 0 ? { ...row, seconds: 4 * row.seconds } : row));
    expect(fitSiteScale(odd, constants).scale).toBeLessThan(1.35);
  });

  it('of no runs is 1, with the scatter of unseen sites', () => {
    expect(fitSiteScale([], constants)).toEqual({ scale: 1, sigma: constants.residuals.sigma, runs: 0 });
  });
});

describe('the split', () => {
  const ids = Array.from({ length: 400 }, (_, index) => `set-${index}`);

  it('halves by the id alone', () => {
    const half = ids.filter(inFittingHalf);
    expect(half.length).toBeGreaterThan(160);
    expect(half.length).toBeLessThan(240);
    expect(ids.toReversed().filter(inFittingHalf).toReversed()).toEqual(half);
  });

  it('takes the same runs of a site in whatever order they come', () => {
    const rows = ids.map((id) => ({ id }));
    expect(siteRows(rows.toReversed(), 5)).toEqual(siteRows(rows, 5));
    expect(siteRows(rows, 5)).toHaveLength(5);
    expect(siteRows(rows, 10).slice(0, 5)).toEqual(siteRows(rows, 5));
  });

  it('is frozen: a digest that changes says so', () => {
    expect(splitDigest(ids)).toBe(splitDigest(ids.toReversed()));
    expect(splitDigest(ids.slice(1))).not.toBe(splitDigest(ids));
    expect(['vtrain-multi-0000', 'bloom-prequel-l476', 'mosaic-001'].map(inFittingHalf)).toMatchInlineSnapshot(`
      [
        true,
        false,
        true,
      ]
    `);
  });
});
