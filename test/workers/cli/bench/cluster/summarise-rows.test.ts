import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../../workers/cli/bench/cluster/judge-verdict.ts';
import type { CaseRow } from '../../../../../workers/cli/bench/cluster/run-case.ts';
import { summarise } from '../../../../../workers/cli/bench/cluster/summarise-rows.ts';
import type { FaultKind } from '../../../../../workers/cli/bench/cluster/truth.ts';

function row(kind: FaultKind, outcome: Outcome, over: Partial<CaseRow> = {}): CaseRow {
  return {
    fault: `${kind}-one`,
    kind,
    categories: ['gpu-clock-throttle'],
    seed: 1,
    nodes: 10,
    place: 'node-01',
    outcome,
    detail: '',
    later: null,
    afterRepair: null,
    verdict: outcome === 'not-proven' || kind === 'twin' ? 'not-proven' : 'attributed',
    said: [],
    openedBy: 'alert',
    alertname: 'TrainingStepSlow',
    alertAfterSeconds: 80,
    handler: 'slow-training',
    looks: 1,
    rounds: 4,
    probes: ['gpu.clocks', 'gpu.power'],
    loadProbes: [],
    commands: 20,
    unread: 0,
    failures: [],
    without: [],
    kinds: [],
    slowdownRatio: 2,
    leaderAfterRound1: null,
    alertToVerdictSeconds: 90,
    cpuSeconds: 3,
    simulatorSeconds: 1,
    ...over,
  };
}

const metOf = (rows: readonly CaseRow[]) =>
  Object.fromEntries(summarise(rows).aims.map(({ text, met }) => [text.split(' ').slice(0, 2).join(' '), met]));

describe('the summary of a bench', () => {
  it('counts outcomes per kind and per category, with intervals', () => {
    const { kinds, categories } = summarise([
      row('fault', 'right'),
      row('fault', 'wrong-node', { categories: ['host-oom'] }),
      row('fault', 'not-proven'),
      row('decoy', 'right', { categories: [] }),
    ]);
    expect(kinds.map(({ name, cases }) => `${name} ${cases}`)).toEqual(['fault 3', 'decoy 1']);
    expect(kinds[0]).toMatchObject({
      counts: { right: 1, 'wrong-node': 1, 'not-proven': 1 },
      wrong: { right: 1, of: 3 },
    });
    expect(categories.map(({ name, right }) => `${name} ${right.right} of ${right.of}`)).toEqual([
      'gpu-clock-throttle 1 of 2',
      'host-oom 0 of 1',
    ]);
    expect(kinds[0]?.right.low).toBeGreaterThan(0);
    expect(kinds[0]?.right.high).toBeLessThan(1);
  });

  it('counts what later incidents add apart from the aims', () => {
    const found = { outcome: 'right', detail: '', incidents: 1, alertnames: ['HostOutOfMemory'] } as const;
    const { withLater, aims } = summarise([
      row('dual', 'half', { later: found }),
      row('dual', 'half'),
      row('fault', 'not-proven', { later: { ...found, outcome: 'wrong-node' } }),
    ]);
    expect(withLater.duals).toMatchObject({ right: 1, of: 2 });
    expect(withLater.faults).toMatchObject({ right: 0, of: 1 });
    expect(withLater.wrong).toMatchObject({ right: 1, of: 3 });
    expect(aims.find(({ text }) => text.startsWith('both of two'))?.text).toContain('0 of 2');
  });

  it('counts what shows after a repair apart from the aims, with the later alerts and without them', () => {
    const after = (outcome: Outcome) => ({ outcome, detail: '', mended: 'host-oom', runs: [] });
    const later = { outcome: 'right', detail: '', incidents: 1, alertnames: ['HostOutOfMemory'] } as const;
    const { withRepair, aims } = summarise([
      row('dual', 'right'),
      row('dual', 'half', { afterRepair: after('right') }),
      row('dual', 'half', { afterRepair: after('half'), later }),
      row('dual', 'half', { afterRepair: after('wrong-cause'), later }),
      row('dual', 'not-proven'),
      row('fault', 'right'),
    ]);
    expect(withRepair).toMatchObject({
      tried: 3,
      duals: { right: 2, of: 5 },
      withLater: { right: 3, of: 5 },
      wrong: { right: 1, of: 5 },
    });
    expect(aims.find(({ text }) => text.startsWith('both of two'))?.text).toContain('1 of 5');
  });

  it('meets the aims where all is right with few probes', () => {
    const rows = (['fault', 'dual', 'twin'] as const).map((kind) => row(kind, 'right'));
    const harmless = (['decoy', 'noisy', 'tool'] as const).map((kind) => row(kind, 'right', { verdict: 'no-fault' }));
    const { aims } = summarise([...rows, ...harmless]);
    expect(aims).toHaveLength(8);
    expect(aims.filter(({ met }) => !met)).toEqual([]);
  });

  it.each([
    ['wrong attributions', [row('fault', 'wrong-cause')]],
    ['attributed 0', [row('fault', 'not-proven')]],
    ['both of', [row('dual', 'half')]],
    ['decoys and', [row('noisy', 'wrong-cause')]],
    ['twins not', [row('twin', 'wrong-cause')]],
    ['troubles of', [row('tool', 'wrong-cause')]],
    ['probes after', [row('fault', 'right', { probes: ['a', 'b', 'c', 'd'] })]],
    ['probes that', [row('fault', 'right', { loadProbes: ['measure.gemm'] })]],
  ])('misses the aim of %s', (aim, rows) => {
    expect(metOf(rows)[aim]).toBe(false);
  });

  it('lists only aims that the cases can tell of', () => {
    expect(Object.keys(metOf([row('tool', 'right', { verdict: 'no-fault' })]))).toEqual(['troubles of', 'probes that']);
  });
});
