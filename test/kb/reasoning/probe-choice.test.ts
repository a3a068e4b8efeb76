import { describe, expect, it } from 'vitest';
import { rankHypotheses } from '../../../kb/reasoning/hypotheses.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import { answersOf } from '../../../kb/reasoning/probe-answers.ts';
import { chooseProbes, chooseRefuter } from '../../../kb/reasoning/probe-choice.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { clockLow, clockProbe, finding, kind, portProbe, slow, smallKnowledge } from './small-knowledge.ts';

const nodes = ['node-1', 'node-2', 'node-3'];
const rank = (findings: readonly Finding[]) =>
  rankHypotheses({ observations: observe(findings, smallKnowledge.kinds), recalled: [], nodes });

describe('the choice of probes', () => {
  it('asks all nodes while the place is open', () => {
    const wishes = chooseProbes({
      probes: smallKnowledge.probes,
      hypotheses: rank([finding(slow)]),
      nodes,
      ran: new Set(),
    });
    expect(wishes[0]?.nodes.toSorted()).toEqual(nodes);
    expect(wishes.every(({ gainBits }) => gainBits > 0)).toBe(true);
  });

  it('prefers the cheaper and the gentler of two probes that tell the same', () => {
    const dear = { ...clockProbe, id: 'gpu.clocks.dear', costMs: 50_000 };
    const rough = { ...clockProbe, id: 'gpu.clocks.rough', impact: 'load' as const };
    const wishes = chooseProbes(
      { probes: [dear, rough, clockProbe], hypotheses: rank([finding(slow)]), nodes, ran: new Set() },
      1,
    );
    expect(wishes.map(({ probeId }) => probeId)).toEqual(['gpu.clocks']);
  });

  it('does not ask for two probes that measure the same thing', () => {
    const twin = { ...clockProbe, id: 'gpu.clocks.twin', costMs: 600 };
    const wishes = chooseProbes(
      { probes: [clockProbe, twin, portProbe], hypotheses: rank([finding(slow)]), nodes, ran: new Set() },
      2,
    );
    expect(wishes.map(({ probeId }) => probeId).toSorted()).toEqual(['gpu.clocks', 'ib.ports']);
  });

  it('never asks a node twice for the same probe', () => {
    const ran = new Set([...nodes.map((node) => `gpu.clocks@${node}`), 'ib.ports@node-2']);
    const wishes = chooseProbes({ probes: smallKnowledge.probes, hypotheses: rank([finding(slow)]), nodes, ran });
    expect(wishes.map(({ probeId, nodes: asked }) => [probeId, asked.toSorted()])).toEqual([
      ['ib.ports', ['node-1', 'node-3']],
    ]);
  });

  it('asks for nothing that cannot change its mind', () => {
    const idle = { ...clockProbe, id: 'idle', outcomes: [kind('idle.a', 'clean', {}), kind('idle.b', 'context', {})] };
    expect(chooseProbes({ probes: [idle], hypotheses: rank([finding(slow)]), nodes, ran: new Set() })).toEqual([]);
  });

  it('refutes with the probe whose answer would differ most if the leader were wrong', () => {
    const at = { node: 'node-1', device: { kind: 'gpu', index: 2 } } as const;
    const [leader] = rank([finding(clockLow, at), finding(slow)]);
    if (leader === undefined) throw new Error('nothing leads');
    const second = {
      ...clockProbe,
      id: 'gpu.reasons',
      outcomes: [
        kind('r.bad', 'cause', { 'gpu-clock-throttle': 4 }),
        kind('r.ok', 'clean', { 'gpu-clock-throttle': -3 }),
      ],
    };
    const wish = chooseRefuter(leader, {
      probes: [clockProbe, portProbe, second],
      hypotheses: [leader],
      nodes,
      ran: new Set(['gpu.clocks@node-1']),
    });
    expect(wish).toMatchObject({ probeId: 'gpu.reasons', nodes: ['node-1'] });
  });

  it('gives each cause a distribution over answers that sums to one', () => {
    for (const category of ['gpu-clock-throttle', 'rdma-link-fault', 'unlisted', null] as const) {
      const { faults, clean } = answersOf(clockProbe, category);
      expect(faults.reduce((sum, p) => sum + p, clean)).toBeCloseTo(1, 9);
    }
  });
});
