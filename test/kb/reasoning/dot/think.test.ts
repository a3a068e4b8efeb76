import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchesOf } from '../../../../kb/reasoning/dot/branches.ts';
import { emptyGraph, graphNodesMax, graphSchema, type Graph, type GraphNode } from '../../../../kb/reasoning/graph.ts';
import { reason, type Reasoned } from '../../../../kb/reasoning/rounds.ts';
import type { ReasonInput } from '../../../../kb/reasoning/scene.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import {
  clockFine,
  clockLow,
  diskFull,
  lostGpu,
  peerGone,
  portBad,
  portDown,
  portFine,
  slow,
  smallKnowledge,
  watchdog,
} from '../small-knowledge.ts';

const nodes = ['node-01', 'node-02', 'node-03'];
const kinds = [lostGpu, portDown, peerGone, watchdog, diskFull, slow, clockLow, clockFine, portBad, portFine];

interface Seen {
  readonly kind: number;
  readonly node: number;
  readonly gpu: number;
  readonly atMs: number;
}

const toFinding = ({ kind, node, gpu, atMs }: Seen, at: number): Finding => {
  const of = kinds[kind % kinds.length] ?? watchdog;
  return {
    id: `fi_${at}`,
    kind: of.id,
    role: of.role,
    node: nodes[node % nodes.length] ?? 'node-01',
    device: { kind: 'gpu', index: gpu },
    count: 1,
    atMs,
    range: { evidenceId: `ev_${at % 3}`, source: 'log', line: at + 1 },
    text: 'as told',
  };
};

const seen: fc.Arbitrary<readonly Seen[]> = fc.array(
  fc.record({ kind: fc.nat(9), node: fc.nat(2), gpu: fc.nat(2), atMs: fc.integer({ min: 0, max: 600_000 }) }),
  { maxLength: 14 },
);

const think = (
  round: ReasonInput['round'],
  findings: readonly Finding[],
  previousGraph: Graph | null,
  probesRun: ReasonInput['probesRun'] = [],
): Reasoned =>
  reason(
    {
      round,
      findings,
      recalled: [],
      nodes,
      gpus: [],
      ranks: [],
      window: null,
      firstProbes: [],
      probesRun,
      previousGraph,
      evidence: new Map(),
    },
    smallKnowledge,
  );

/** Rounds as the workflow runs them, with findings that come in between. */
const incident = (batches: readonly (readonly Finding[])[]): Graph => {
  let found = batches[0] ?? [];
  let { graph } = think(1, found, null);
  for (const batch of batches.slice(1)) {
    found = [...found, ...batch];
    graph = think(2, found, graph).graph;
  }
  graph = think(3, found, graph).graph;
  return think(3, found, graph).graph;
};

const anyIncident = fc
  .array(seen, { minLength: 1, maxLength: 5 })
  .map((batches) => batches.map((batch, at) => batch.map((one, index) => toFinding(one, 100 * at + index))));

const ofType = (graph: Graph, type: GraphNode['type']): readonly GraphNode[] =>
  graph.nodes.filter((node) => node.type === type);

describe('the graph of an incident', () => {
  it('is acyclic, bounded, and cites only what was found', () => {
    fc.assert(
      fc.property(anyIncident, (batches) => {
        const graph = incident(batches);
        const known = new Set(batches.flat().map(({ id }) => id));
        expect(graphSchema.safeParse(graph).error).toBeUndefined();
        expect(graph.nodes.length).toBeLessThanOrEqual(graphNodesMax);
        for (const node of graph.nodes) expect(node.findingIds.filter((id) => !known.has(id))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same byte for byte from the same input', () => {
    fc.assert(
      fc.property(anyIncident, (batches) => {
        expect(JSON.stringify(incident(structuredClone(batches)))).toBe(JSON.stringify(incident(batches)));
      }),
      { numRuns: 40 },
    );
  });

  it('does not grow when a round is thought again with nothing new', () => {
    fc.assert(
      fc.property(anyIncident, fc.constantFrom(1 as const, 2 as const, 3 as const), (batches, round) => {
        const findings = batches.flat();
        const once = think(round, findings, incident(batches)).graph;
        const again = think(round, findings, once).graph;
        expect(JSON.stringify(again)).toBe(JSON.stringify(once));
      }),
      { numRuns: 40 },
    );
  });

  it('has one proposition for each hypothesis, whenever it appeared', () => {
    fc.assert(
      fc.property(anyIncident, (batches) => {
        for (const { nodes: thoughts } of branchesOf(incident(batches)))
          expect(thoughts.map(({ type }) => type).filter((type) => type === 'proposition')).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });

  it('stays within its bound, and still tells how it ended, however often something new comes', () => {
    let findings: readonly Finding[] = [];
    let graph = emptyGraph;
    for (let at = 0; at < 260; at += 1) {
      const kind = at % kinds.length;
      findings = [...findings.slice(-12), toFinding({ kind, node: at % 3, gpu: at % 2, atMs: 1_000 * at }, at)];
      ({ graph } = think(2, findings, graph));
    }
    expect(graph.nodes.length).toBeLessThanOrEqual(graphNodesMax);
    expect(graph.nodes.length).toBeGreaterThan(graphNodesMax - 11);
    const { graph: ended } = think(3, findings, { version: 1, nodes: graph.nodes.slice(0, graphNodesMax - 10) });
    expect(ended.nodes.at(-1)).toMatchObject({ type: 'summary', round: 3 });
  });

  it('reads graphs that were stored before nodes said who thought them', () => {
    const stored = { type: 'proposition', round: 1, text: 'a', dependsOn: [], findingIds: [], ranges: [] };
    expect(graphSchema.safeParse({ version: 1, nodes: [{ id: 'n1', ...stored }] }).success).toBe(true);
    const newer = { id: 'n1', ...stored, by: 'model', struck: 'cites nothing', expressions: [], joins: 'cascade' };
    expect(graphSchema.safeParse({ version: 1, nodes: [newer] }).success).toBe(true);
  });
});

describe('branches', () => {
  const lost = toFinding({ kind: 0, node: 2, gpu: 5, atMs: 1_000 }, 1);
  const peers = {
    ...toFinding({ kind: 2, node: 0, gpu: 1, atMs: 9_000 }, 2),
    range: { evidenceId: 'ev_x', source: 'b', line: 1 },
  };

  it('are joined where one cause brings about what speaks for the other', () => {
    const { graph } = think(1, [lost, peers], null);
    const joint = graph.nodes.find(({ joins }) => joins === 'cascade');
    expect(joint).toMatchObject({ type: 'refinement', cause: { category: 'gpu-fell-off-bus' } });
    expect(joint?.dependsOn.length).toBeGreaterThan(1);
    expect(joint?.expressions?.[0]?.form).toBe('rule');
  });

  it('are joined where one kind of cause is seen at two places', () => {
    const other = toFinding({ kind: 0, node: 1, gpu: 3, atMs: 1_000 }, 3);
    const { graph } = think(1, [lost, other], null);
    expect(graph.nodes.filter(({ joins }) => joins === 'same-cause')).toHaveLength(1);
  });

  it('are joined where two causes explain the findings only together', () => {
    const full = {
      ...toFinding({ kind: 4, node: 0, gpu: 0, atMs: 500 }, 4),
      range: { evidenceId: 'ev_y', source: 'c', line: 1 },
    };
    const graph = incident([[lost, full]]);
    const joint = graph.nodes.find(({ joins }) => joins === 'together');
    const last = graph.nodes.at(-1);
    expect(joint?.dependsOn).toHaveLength(2);
    expect(last).toMatchObject({ type: 'summary', round: 3 });
    expect(last?.dependsOn).toContain(joint?.id);
  });
});

describe('verifications', () => {
  it('cite the measurement that confirmed or contradicted, with its probe and its node', () => {
    const low = toFinding({ kind: 6, node: 1, gpu: 2, atMs: 1_000 }, 7);
    const fine = { ...toFinding({ kind: 7, node: 0, gpu: 2, atMs: 1_000 }, 8) };
    const graph = incident([[toFinding({ kind: 5, node: 1, gpu: 2, atMs: 10 }, 1)], [low, fine]]);
    const about = ofType(graph, 'verification').find(({ cause }) => cause?.node === 'node-02');
    expect(about?.text).toContain('confirmed by summary of probe.clock.low');
    expect(about?.findingIds).toContain('fi_7');
    expect(about?.expressions?.map(({ text }) => text)).toContain('gpu.clocks(node-02)');
  });

  it('carry the sum of the odds as a formula that adds up', () => {
    const graph = incident([[toFinding({ kind: 6, node: 1, gpu: 2, atMs: 1_000 }, 7)]]);
    const [first] = ofType(graph, 'verification');
    const formula = first?.expressions?.find(({ form }) => form === 'formula')?.text ?? '';
    const [, parts = '', sum = '', base = ''] =
      /^ln o = b((?: [+-] [\d.]+)*) = (-?[\d.]+), b = (-?[\d.]+)$/.exec(formula) ?? [];
    const added = [...parts.matchAll(/([+-]) ([\d.]+)/g)].reduce(
      (total, [, sign, value]) => total + (sign === '-' ? -1 : 1) * Number(value),
      Number(base),
    );
    expect(formula).not.toBe('');
    expect(added).toBeCloseTo(Number(sum), 0);
  });
});
