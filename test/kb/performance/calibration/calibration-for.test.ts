import { describe, expect, test } from 'vitest';
import { belowSiblings } from '../../../../kb/performance/calibration/below-siblings.ts';
import { calibrationFor, siteScaleOf } from '../../../../kb/performance/calibration/calibration-for.ts';
import { gpuFigures } from '../../../../kb/performance/calibration/gpu-figures.ts';
import { aFigure, aNode, aScale, dayMs, measuredMs } from './records.ts';

const soon = measuredMs + dayMs;
const late = measuredMs + 91 * dayMs;
const wanted = { cluster: 'site-a', nodes: ['n1', 'n2'], nowMs: soon };

describe('the calibration of a job', () => {
  const records = [
    aNode('n1', [aFigure(0, 280), aFigure(1, 284)]),
    aNode('n2', [aFigure(2, 286), aFigure(3, 284)]),
    aNode('n3', [aFigure(4, 270), aFigure(5, 284)]),
    aScale(),
  ];

  test('is that of its slowest GPU against the typical one of the site, and the scale', () => {
    const found = calibrationFor(records, wanted);
    expect(found).toMatchObject({
      site: { scale: 1.1, sigma: 0.05, runs: 5 },
      slowest: { node: 'n1', gpu: 0, value: 280, unit: 'TFLOP/s' },
      gpusMeasured: 4,
      low: [],
      stale: [],
    });
    expect(found.slowestShare).toBeCloseTo(280 / 284, 10);
    expect(found.used).toEqual(['5'.repeat(64), 'n1'.padEnd(64, '0'), 'n2'.padEnd(64, '0')]);
  });

  test('does not take a faulty GPU for a reason to expect a slow job', () => {
    const faulty = [aNode('n4', [aFigure(6, 42)], { id: '4'.repeat(64) }), ...records];
    const found = calibrationFor(faulty, { ...wanted, nodes: ['n1', 'n4'] });
    expect(found.low).toMatchObject([{ node: 'n4', gpu: 6, value: 42 }]);
    expect(found.slowest).toMatchObject({ node: 'n1', gpu: 0 });
  });

  test('says nothing where nothing was measured', () => {
    expect(calibrationFor([], wanted)).toEqual({
      site: null,
      slowestShare: null,
      slowest: null,
      low: [],
      gpusMeasured: 0,
      stale: [],
      used: [],
    });
    expect(calibrationFor(records, { ...wanted, cluster: 'site-b' }).site).toBe(null);
  });

  test('does not say which of two GPUs is the odd one, nor that the other is faster than typical', () => {
    const two = calibrationFor([aNode('n1', [aFigure(0, 42), aFigure(1, 284)])], wanted);
    expect(two).toMatchObject({ slowestShare: null, slowest: null, low: [], gpusMeasured: 2 });
  });

  test('does not take a record from a clock far ahead for the newest', () => {
    const ahead = aScale({ id: '6'.repeat(64), scale: 3, atMs: soon + dayMs, validUntilMs: soon + 1000 * dayMs });
    const found = calibrationFor([...records, ahead], wanted);
    expect(found.site?.scale).toBe(1.1);
    expect(found.stale).toMatchObject([{ id: ahead.id, reason: 'it is dated 2026-01-12, which is still to come' }]);
    // Clocks that differ by some minutes are usual.
    expect(calibrationFor([...records, { ...ahead, atMs: soon + 60_000 }], wanted).site?.scale).toBe(3);
  });

  test('names what is stale: by age, driver, VBIOS, model, and too few runs', () => {
    expect(calibrationFor(records, { ...wanted, nowMs: late })).toMatchObject({
      site: null,
      slowestShare: null,
      stale: [
        { node: null, reason: 'its time was up on 2026-04-10' },
        { node: 'n1', reason: 'its time was up on 2026-04-10' },
        { node: 'n2' },
      ],
    });
    const drivers = new Map([
      ['n1', { driver: '560.35.03' }],
      ['n2', { driver: '550.90.07', vbios: { 2: '92.00.9E.00.01', 3: '92.00.A0.00.01' } }],
    ]);
    const changed = calibrationFor(records, { ...wanted, drivers });
    expect(changed.stale.map(({ reason }) => reason)).toEqual([
      'its runs used driver 550.90.07, the nodes now run 560.35.03',
      'measured under driver 550.90.07, n1 now runs 560.35.03',
      'measured under VBIOS 92.00.9E.00.01, GPU 3 of n2 now has 92.00.A0.00.01',
    ]);
    expect(changed.gpusMeasured).toBe(1);
    const other = calibrationFor(records, { ...wanted, modelDigest: '00'.repeat(32) });
    expect(other.stale[0]?.reason).toBe('it was fitted to another version of the model');
    const cut = gpuFigures([aNode('n1', [aFigure(0, 280, { halfWidth: null, runs: 3 })])], { ...wanted });
    expect(cut).toMatchObject({ figures: [], stale: [{ reason: expect.stringContaining('only 3 runs') as string }] });
  });

  test('takes the newest that is valid, and the one before when it is revoked', () => {
    const newer = aScale({ id: '6'.repeat(64), atMs: soon, scale: 1.3, validUntilMs: soon + 90 * dayMs });
    expect(siteScaleOf([aScale(), newer], 'site-a', soon)).toMatchObject({ scale: 1.3 });
    const revoked = {
      schema: 1 as const,
      id: '7'.repeat(64),
      kind: 'revoked' as const,
      cluster: 'site-a',
      atMs: soon,
      by: 'bob',
      target: newer.id,
      reason: 'a slow day',
    };
    expect(siteScaleOf([aScale(), newer, revoked], 'site-a', soon)).toMatchObject({ scale: 1.1 });
    expect(siteScaleOf([aScale()], 'site-a', soon, '560.35.03')).toBe(null);
    expect(siteScaleOf([aScale()], 'site-a', soon, '550.90.07')).toMatchObject({ scale: 1.1 });
  });

  test('does not take the figure of a board that was exchanged', () => {
    const before = aNode('n1', [aFigure(0, 280)]);
    const after = aNode(
      'n1',
      [aFigure(0, 290, { device: { kind: 'gpu', index: 0, uuid: 'GPU-new', model: 'NVIDIA A800-SXM4-80GB' } })],
      { id: '8'.repeat(64), atMs: soon },
    );
    const { figures } = gpuFigures([before, after], wanted);
    expect(figures.map(({ figure }) => figure.median)).toEqual([290]);
  });
});

describe('siblings', () => {
  const values = (...all: number[]) => all.map((value) => ({ value }));
  test('name the one that gives more than 5 % less', () => {
    expect(belowSiblings(values(100, 101, 99, 94.4))).toMatchObject([
      { measured: { value: 94.4 }, siblingsMedian: 99.5 },
    ]);
    expect(belowSiblings(values(100, 101, 99, 95.5))).toEqual([]);
  });

  test('say nothing where there are too few', () => {
    expect(belowSiblings(values(100, 100, 50))).toEqual([]);
  });
});
