import { describe, expect, it } from 'vitest';
import { handlers } from '../../../kb/handlers/index.ts';
import { probes } from '../../../kb/probes/index.ts';
import { firstLook, lookReadingsMax, wishesOfLook } from '../../../kb/reasoning/first-look.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';

const names = (count: number) => Array.from({ length: count }, (_one, at) => `node-${String(at + 1).padStart(4, '0')}`);
const look = (nodes: readonly string[], canAsk = (_probeId: string, _node: string) => true) =>
  firstLook(knowledge, { handlerProbes: ['gpu.clocks', 'ib.counters'], nodes, canAsk });
const impactOf = (id: string) => probes.find((probe) => probe.id === id)?.impact;

describe('the first look', () => {
  it('asks only what is passive, and of that nothing that the logs have told', () => {
    const asked = wishesOfLook(look(names(4))).map(({ probeId }) => probeId);
    expect(asked.filter((id) => impactOf(id) !== 'passive')).toEqual([]);
    expect(asked).not.toContain('kernel.log');
    // Modules answer slowly, and only a link that is in question makes them worth it.
    expect(asked).not.toContain('ib.optics');
    expect(asked).toContain('host.iommu-acs');
  });

  it('asks each probe once, those of the handler first', () => {
    const asked = wishesOfLook(look(names(4))).map(({ probeId }) => probeId);
    expect(asked.slice(0, 2)).toEqual(['gpu.clocks', 'ib.counters']);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('asks no node what it cannot answer', () => {
    const wishes = wishesOfLook(look(names(3), (probeId, node) => probeId !== 'gpu.clocks' || node === 'node-0002'));
    expect(wishes.find(({ probeId }) => probeId === 'gpu.clocks')?.nodes).toEqual(['node-0002']);
    expect(wishesOfLook(look(names(3), () => false))).toEqual([]);
  });

  it('stays within one batch, and keeps those that are named first', () => {
    const wishes = wishesOfLook(look(names(1_000)));
    expect(wishes.reduce((sum, { nodes }) => sum + nodes.length, 0)).toBeLessThanOrEqual(lookReadingsMax);
    expect(wishes.every(({ nodes }) => nodes[0] === 'node-0001' && nodes.length > 10)).toBe(true);
  });

  it('holds more nodes of a site that has less to ask', () => {
    const few = (probeId: string) => probeId.startsWith('gpu.');
    const wishes = wishesOfLook(look(names(1_000), few));
    const readings = wishes.reduce((sum, { nodes }) => sum + nodes.length, 0);
    expect(readings).toBeLessThanOrEqual(lookReadingsMax);
    expect(readings).toBeGreaterThan(lookReadingsMax - wishes.length);
  });

  it.each(handlers.map(({ id, firstProbes }) => ({ id, firstProbes })))(
    'holds what $id would ask first',
    ({ firstProbes }) => {
      const asked = wishesOfLook(
        firstLook(knowledge, { handlerProbes: firstProbes, nodes: names(2), canAsk: () => true }),
      );
      const passive = firstProbes.filter((id) => impactOf(id) === 'passive' && id !== 'kernel.log');
      expect(asked.map(({ probeId }) => probeId)).toEqual(expect.arrayContaining(passive));
    },
  );
});
