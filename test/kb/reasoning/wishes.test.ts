import { describe, expect, it } from 'vitest';
import { nodeUnreachable } from '../../../kb/probes/node-unreachable.ts';
import { performanceCompare } from '../../../kb/performance/as-probe.ts';
import { probes } from '../../../kb/probes/index.ts';
import { addNode, emptyGraph } from '../../../kb/reasoning/graph.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { rankHypotheses } from '../../../kb/reasoning/hypotheses.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import { chooseProbes } from '../../../kb/reasoning/probe-choice.ts';
import { reason } from '../../../kb/reasoning/rounds.ts';
import type { ReasonInput } from '../../../kb/reasoning/scene.ts';
import { categories } from '../../../kb/taxonomy.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const names = (count: number) => Array.from({ length: count }, (_one, at) => `node-${String(at + 1).padStart(4, '0')}`);
const found = (kindId: string, node?: string): Finding => {
  const kind = knowledge.kinds.get(kindId);
  if (kind === undefined) throw new Error(`no kind ${kindId}`);
  const range = { evidenceId: `ev_${kindId}_${node ?? ''}`, source: 'probe x on y' };
  return {
    id: `f_${kindId}_${node ?? ''}`,
    kind: kindId,
    role: kind.role,
    count: 1,
    range,
    text: 't',
    ...(node === undefined ? {} : { node }),
  };
};
const input = (more: Partial<ReasonInput> = {}): ReasonInput => ({
  round: 2,
  findings: [],
  recalled: [],
  nodes: names(4),
  gpus: [],
  ranks: [],
  window: null,
  firstProbes: [],
  probesRun: [],
  previousGraph: null,
  evidence: new Map(),
  ...more,
});
const wished = (more: Partial<ReasonInput>) => reason(input(more), knowledge).wantedProbes;
const impactOf = (id: string) => probes.find((probe) => probe.id === id)?.impact;
const viaOf = (id: string) => probes.find((probe) => probe.id === id)?.via ?? 'node';

describe('a node that nobody can log in to', () => {
  const silent = { findings: [found(nodeUnreachable.id, 'node-0003')] };

  it('is asked about from outside, before anything else', () => {
    const wishes = wished(silent);
    expect(wishes.slice(0, 3).map(({ probeId, nodes }) => [probeId, nodes])).toEqual([
      ['net.node-reach', ['node-0003']],
      ['bmc.power', ['node-0003']],
      ['bmc.event-log', ['node-0003']],
    ]);
  });

  it('is asked nothing by itself, in any round', () => {
    const asked = ([1, 2, 3] as const).flatMap((round) => wished({ ...silent, round }));
    const inside = asked.filter(({ probeId, nodes }) => nodes.includes('node-0003') && viaOf(probeId) === 'node');
    expect(inside).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('is not asked about where there is no management host, nor again', () => {
    const outside = (more: Partial<ReasonInput>) =>
      wished({ ...silent, ...more }).filter(({ probeId }) => /^bmc\.(power|event)|^net\.node/.test(probeId));
    expect(outside({ canAsk: (probeId) => viaOf(probeId) === 'node' })).toEqual([]);
    const probesRun = ['net.node-reach', 'bmc.power', 'bmc.event-log'].map((probeId) => ({ probeId, nodes: names(4) }));
    expect(outside({ probesRun })).toEqual([]);
  });
});

describe('a node that was silent', () => {
  const down = { findings: [found(nodeUnreachable.id, 'node-0003')] };
  const inside = (more: Partial<ReasonInput>) =>
    wished({ ...down, ...more }).filter(
      ({ probeId, nodes }) => nodes.includes('node-0003') && viaOf(probeId) === 'node',
    );

  it.each([2, 3] as const)('is asked one cheap thing once more in round %i, for it may be back', (round) => {
    const [once, ...more] = inside({ round, silent: new Map([['node-0003', 1]]) });
    expect(once).toMatchObject({ nodes: ['node-0003'], why: expect.stringContaining('it may be back') });
    expect(impactOf(once?.probeId ?? '')).toBe('passive');
    expect(more).toEqual([]);
  });

  it('is left when it was silent again', () => {
    expect(inside({ silent: new Map([['node-0003', 2]]) })).toEqual([]);
  });

  it('is asked by itself again when it has come back, and no longer from outside', () => {
    const probesRun = probes.map(({ id }) => ({ probeId: id, nodes: names(4).filter((node) => node !== 'node-0003') }));
    const back = { silent: new Map<string, number>(), probesRun, nodes: names(4) };
    expect(inside(back).length).toBeGreaterThan(0);
    expect(wished({ ...down, ...back }).map(({ probeId }) => probeId)).not.toContain('net.node-reach');
    const { silent: _silent, ...uncounted } = back;
    expect(inside(uncounted)).toEqual([]);
  });

  it('that refuses the key says nothing of itself in the meantime', () => {
    const asked = wished({ findings: [], firstProbes: ['gpu.clocks'], silent: new Map([['node-0003', 2]]) });
    expect(asked.find(({ probeId }) => probeId === 'gpu.clocks')?.nodes).toEqual([
      'node-0001',
      'node-0002',
      'node-0004',
    ]);
  });
});

describe('load', () => {
  const only = { ...knowledge, probes: knowledge.probes.filter(({ impact }) => impact === 'load') };
  const slow = { findings: [found('metric.training.step-time.jumped')] };

  it('is put on nodes only where the input allows it', () => {
    expect(reason(input(slow), only).wantedProbes).toEqual([]);
    expect(reason(input({ ...slow, load: true }), only).wantedProbes.length).toBeGreaterThan(0);
    expect(
      reason(input({ firstProbes: ['measure.gemm'] }), knowledge).wantedProbes.map(({ probeId }) => probeId),
    ).not.toContain('measure.gemm');
  });

  it('is named to people as what would decide, where nothing gentler is left', () => {
    const all = probes.filter(({ impact }) => impact !== 'load').map(({ id }) => ({ probeId: id, nodes: names(4) }));
    const { graph: previousGraph } = addNode(emptyGraph, {
      type: 'summary',
      round: 3,
      text: 'asked already',
      dependsOn: [],
      findingIds: [],
      ranges: [],
    });
    const last = input({ ...slow, round: 3, probesRun: all, previousGraph });
    const { verdict, wantedProbes } = reason(last, knowledge);
    expect(wantedProbes).toEqual([]);
    const deciding = verdict?.kind === 'not-proven' ? verdict.decidingProbe?.probeId : undefined;
    expect(impactOf(deciding ?? '')).toBe('load');
  });
});

describe('the probes that are asked for', () => {
  const choose = (kindId: string, node?: string) => {
    const findings = [found(kindId, node)];
    const hypotheses = rankHypotheses({
      observations: observe(findings, knowledge.kinds),
      recalled: [],
      nodes: names(4),
    });
    return chooseProbes({
      probes: knowledge.probes,
      hypotheses,
      nodes: names(4),
      ran: new Set(),
      rereading: new Set(['kernel.log']),
    });
  };

  it('bear on the causes that stand, and come from nodes that are suspected', () => {
    const [first] = choose('gpu.clock.below-siblings', 'node-0002');
    expect(first?.nodes[0]).toBe('node-0002');
    expect(first?.probeId).toMatch(
      /^gpu\.(clocks|throttle-reasons|power|temperature|fields-over-time|application-clocks)$/,
    );
  });

  it('are gentle ones where gentle ones tell as much', () => {
    const chosen = ['metric.training.step-time.jumped', 'performance.job.stopped'].flatMap((kindId) => choose(kindId));
    expect(chosen.filter(({ probeId }) => impactOf(probeId) !== 'passive')).toEqual([]);
  });

  it.each([1, 2, 3] as const)('in round %i are few in kind, and no more readings than a batch takes', (round) => {
    for (const category of categories.slice(0, 5)) {
      const kind = [...knowledge.kinds.values()].find(
        ({ role, weighs }) => role === 'cause' && (weighs[category] ?? 0) > 1,
      );
      if (kind === undefined) continue;
      const nodes = names(1000);
      const wishes = wished({
        round,
        nodes,
        findings: [found(kind.id)],
        firstProbes: probes.map(({ id }) => id).slice(0, 9),
      });
      expect(wishes.length).toBeLessThanOrEqual(7);
      expect(new Set(wishes.map(({ probeId }) => probeId)).size).toBe(wishes.length);
      expect(wishes.reduce((sum, wish) => sum + wish.nodes.length, 0)).toBeLessThanOrEqual(2_000);
    }
  });

  // Measured: 8 ms and 40 ms on one core; the bound is what an incident does not notice.
  it.each([
    [10, 50],
    [1000, 500],
  ])('are chosen among all probes for %i nodes within %i ms', (count, msMax) => {
    const nodes = names(count);
    const findings = [found('metric.training.step-time.jumped'), found('gpu.clock.below-siblings', nodes[2])];
    const hypotheses = rankHypotheses({ observations: observe(findings, knowledge.kinds), recalled: [], nodes });
    const once = (): number => {
      const startedMs = performance.now();
      chooseProbes({ probes: knowledge.probes, hypotheses, nodes, ran: new Set() });
      return performance.now() - startedMs;
    };
    expect(Math.min(once(), once(), once(), once(), once())).toBeLessThan(msMax);
  });
});

describe('the comparison of a job with its right speed', () => {
  const id = performanceCompare.id;
  const slow = found('performance.job.slow');
  const named = [found('gpu.clock.locked-low', 'node-0001'), slow];
  const ran = [{ probeId: 'gpu.clocks', nodes: names(4) }];
  const asks = (more: Partial<ReasonInput>) => wished(more).some(({ probeId }) => probeId === id);

  it('is asked for at once where a slow job was not compared, and names no node', () => {
    const uncompared = { findings: [found('metric.training.step-time.jumped')], speed: { compared: false } };
    expect(wished(uncompared).find(({ probeId }) => probeId === id)).toMatchObject({ nodes: [] });
    expect(reason(input(uncompared), knowledge).summary).toMatch(/performance\.compare[,.]/);
  });

  it('is asked for again once probes have named nothing, and then never more', () => {
    expect(asks({ findings: [slow], speed: { compared: true } })).toBe(false);
    expect(asks({ findings: [slow], speed: { compared: true }, probesRun: ran })).toBe(true);
    expect(asks({ findings: [slow], speed: { compared: true }, probesRun: [...ran, { probeId: id, nodes: [] }] })).toBe(
      false,
    );
    expect(asks({ findings: named, speed: { compared: true }, probesRun: ran })).toBe(false);
  });

  it('is not asked for where it can not be made, or the case is not about speed', () => {
    expect(asks({ findings: [slow], probesRun: ran })).toBe(false);
    expect(asks({ findings: [found('nvidia.xid.79', 'node-0001')], speed: { compared: false } })).toBe(false);
    expect(asks({ findings: [found('performance.job.stopped')], speed: { compared: false } })).toBe(false);
  });

  it('takes no room of a batch that is full', () => {
    const many = names(1000).map((node) => found(nodeUnreachable.id, node));
    expect(asks({ findings: [...many, slow], nodes: names(1000), speed: { compared: false } })).toBe(true);
  });
});
