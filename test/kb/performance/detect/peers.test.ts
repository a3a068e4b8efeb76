import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePeers, type PeerComparison } from '../../../../kb/performance/detect/peers.ts';
import type { GpuValue } from '../../../../kb/metrics/series.ts';
import { policy } from './drawn-job.ts';
import { seeded } from './random.ts';

const rule = { direction: 'below', apartMin: 0.08, sigmas: policy.peers.sigmas } as const;
const alike = { isBusy: () => true, groupOf: () => 'all' };

function fleet(nodes: number, value: (node: number, gpu: number) => number, seed = 5, spread = 0.01): GpuValue[] {
  const random = seeded(seed);
  return Array.from({ length: 8 * nodes }, (_, index) => {
    const node = Math.floor(index / 8);
    const gpu = index % 8;
    return {
      node: `node-${node}`,
      device: { kind: 'gpu', index: gpu },
      value: value(node, gpu) * (1 + spread * random.normal()),
    };
  });
}

function places(comparison: PeerComparison): readonly string[] {
  return comparison.kind === 'none'
    ? []
    : comparison.outliers.map(({ node, device }) => `${node}/${device.index ?? ''}`);
}

describe('like GPUs beside each other', () => {
  it('find one of 640 at 1200 MHz', () => {
    const values = fleet(80, (node, gpu) => (node === 41 && gpu === 6 ? 1200 : 1400));
    const found = comparePeers(values, alike, rule);
    expect(found.kind).toBe('single');
    expect(places(found)).toEqual(['node-41/6']);
  });

  it('find it in groups of four ranks too, whose own spread says little', () => {
    const values = fleet(80, (node, gpu) => (node === 41 && gpu === 6 ? 1200 : 1400));
    const groups = { isBusy: () => true, groupOf: ({ node }: { node: string }) => `${Number(node.slice(5)) % 160}` };
    expect(places(comparePeers(values, groups, rule))).toEqual(['node-41/6']);
  });

  it('cry wolf over no healthy fleet of a hundred', () => {
    const wolves = Array.from({ length: 100 }, (_, seed) =>
      comparePeers(
        fleet(80, () => 1400, seed, 0.015),
        alike,
        rule,
      ),
    );
    expect(wolves.filter(({ kind }) => kind !== 'none')).toEqual([]);
  });

  it('do not compare ranks that do different work', () => {
    // The last stage works more than the others.
    const values = fleet(16, (node) => (node >= 12 ? 0.3 : 0.5));
    const staged = {
      isBusy: () => true,
      groupOf: ({ node }: { node: string }) => (Number(node.slice(5)) >= 12 ? 'b' : 'a'),
    };
    expect(comparePeers(values, staged, { ...rule, apartMin: 0.2 }).kind).toBe('none');
    expect(comparePeers(values, alike, { ...rule, apartMin: 0.2 }).kind).not.toBe('none');
  });

  it('tell a whole node from single GPUs', () => {
    const found = comparePeers(
      fleet(10, (node) => (node === 3 ? 1000 : 1400)),
      alike,
      rule,
    );
    expect(found).toMatchObject({ kind: 'nodes', nodes: ['node-3'] });
  });

  it('call two populations two populations, and blame nobody', () => {
    const found = comparePeers(
      fleet(10, (node) => (node < 4 ? 1200 : 1400)),
      alike,
      { ...rule, sigmas: 3 },
    );
    expect(['split', 'none']).toContain(found.kind);
    expect(
      comparePeers(
        fleet(10, (node) => (node < 3 ? 1200 : 1400)),
        alike,
        rule,
      ).kind,
    ).toBe('split');
  });

  it('leave out idle GPUs, and are silent with few siblings', () => {
    const values = fleet(4, (node, gpu) => (node === 0 && gpu === 0 ? 210 : 1400));
    const busy = {
      ...alike,
      isBusy: ({ node, device }: Pick<GpuValue, 'node' | 'device'>) => node !== 'node-0' || device.index !== 0,
    };
    expect(comparePeers(values, busy, rule).kind).toBe('none');
    expect(comparePeers(values.slice(0, 3), alike, rule).kind).toBe('none');
  });

  it('judge alike whatever the order and the unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 79 }), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (slow, scale) => {
        const values = fleet(10, (node, gpu) => (8 * node + gpu === slow ? 1100 : 1400), slow);
        const turned = [...values.slice(slow), ...values.slice(0, slow)].map((gpu) => ({
          ...gpu,
          value: scale * gpu.value,
        }));
        expect(places(comparePeers(turned, alike, rule))).toEqual(places(comparePeers(values, alike, rule)));
      }),
    );
  });
});
