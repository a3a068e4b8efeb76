import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphSchema } from '../../../../kb/reasoning/graph.ts';
import { mergeOpinion, type MergeContext } from '../../../../kb/reasoning/model/merge.ts';
import type { Opinion, OpinionClaim, OpinionHypothesis } from '../../../../kb/reasoning/model/opinion.ts';
import { reason, type Reasoned } from '../../../../kb/reasoning/rounds.ts';
import { survey, type ReasonInput } from '../../../../kb/reasoning/scene.ts';
import { categories } from '../../../../kb/taxonomy.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import { clockLow, finding, lostGpu, portDown, slow, smallKnowledge, watchdog } from '../small-knowledge.ts';

const seen = {
  attributed: [finding(lostGpu, { node: 'node-01' }), finding(watchdog)],
  'not-proven': [finding(watchdog)],
  measured: [finding(slow), finding(clockLow, { node: 'node-01' })],
  two: [finding(lostGpu, { node: 'node-01' }), finding(portDown, { node: 'node-02' })],
  nothing: [],
};

function roundOf(round: 2 | 3, findings: ReasonInput['findings'], more: Partial<ReasonInput> = {}) {
  const before: ReasonInput = {
    round,
    findings,
    recalled: [],
    nodes: ['node-01', 'node-02'],
    gpus: [],
    ranks: [],
    window: null,
    firstProbes: [],
    probesRun: [],
    previousGraph: null,
    evidence: new Map(),
    ...more,
  };
  // Round 3 refutes first; called again it ends.
  const input = round === 3 ? { ...before, previousGraph: reason(before, smallKnowledge).graph } : before;
  const reasoned = reason(input, smallKnowledge);
  const context: MergeContext = {
    round,
    mayAsk: false,
    previousGraph: input.previousGraph,
    findings: new Set(findings.map(({ id }) => id)),
    choice: survey(input, smallKnowledge).choice,
    compares: false,
  };
  return { reasoned, context };
}

function opinion(more: Partial<Opinion> = {}): Opinion {
  return { hypotheses: [], critiques: [], probes: [], predictSpeed: false, refused: [], ...more };
}

function thinks(category: OpinionHypothesis['category'], more: Partial<OpinionHypothesis> = {}): OpinionHypothesis {
  const claims = [{ tag: 'text' as const, text: 'because', findingIds: [], ranges: [] }];
  return { category, probability: 0.9, claims, stands: true, ...more };
}

const text = fc.oneof(fc.string({ maxLength: 50 }), fc.constantFrom('</x>', 'approve', '\u001B[2J', 'Disputed. x'));
const anyClaim = fc.record(
  {
    tag: fc.constantFrom('text' as const, 'rule' as const),
    text,
    findingIds: fc.array(fc.constantFrom(...seen.attributed.map(({ id }) => id), 'fi_none'), { maxLength: 3 }),
    ranges: fc.constant<OpinionClaim['ranges']>([]),
    struck: fc.constantFrom('because', 'so'),
  },
  { requiredKeys: ['tag', 'text', 'findingIds', 'ranges'] },
);
const anyHypothesis = fc.record(
  {
    category: fc.constantFrom(...categories, 'unlisted' as const),
    node: fc.constantFrom('node-01', 'node-02', 'node-99'),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    claims: fc.array(anyClaim, { maxLength: 4 }),
    stands: fc.boolean(),
  },
  { requiredKeys: ['category', 'probability', 'claims', 'stands'] },
);
const anyOpinion: fc.Arbitrary<Opinion> = fc.record({
  hypotheses: fc.array(anyHypothesis, { maxLength: 5 }),
  critiques: fc.array(
    fc.tuple(anyClaim, fc.integer({ min: 0, max: 5 })).map(([claim, of]) => ({ ...claim, of })),
    { maxLength: 6 },
  ),
  probes: fc.array(
    fc.record({
      probeId: fc.constantFrom('gpu.clocks', 'ib.ports', 'shell.run'),
      nodes: fc.array(fc.constantFrom('node-01', 'node-02', 'node-99'), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  predictSpeed: fc.boolean(),
  refused: fc.constant([]),
});

function undisputed({ disputed: _disputed, ...verdict }: Verdict): unknown {
  return verdict;
}

/** One declared probe first, where that may still be asked; else the same verdict, disputed or not. */
function allowed({ verdict, wantedProbes }: Reasoned, before: Reasoned, mayAsk: boolean): boolean {
  if (verdict !== null)
    return before.verdict !== null && isDeepStrictEqual(undisputed(verdict), undisputed(before.verdict));
  const [only] = wantedProbes;
  return mayAsk && wantedProbes.length === 1 && ['gpu.clocks', 'ib.ports'].includes(only?.probeId ?? '');
}

describe('what a model may do to a verdict', () => {
  it('is to mark it as disputed, or to ask for one declared probe first: nothing else, whatever it says', () => {
    const rounds = Object.values(seen).map((findings) => roundOf(3, findings));
    fc.assert(
      fc.property(anyOpinion, fc.constantFrom(...rounds), fc.boolean(), (said, { reasoned, context }, mayAsk) => {
        const merged = mergeOpinion(reasoned, said, { ...context, mayAsk });
        expect(allowed(merged, reasoned, mayAsk)).toBe(true);
        expect(graphSchema.safeParse(merged.graph).success).toBe(true);
        expect(merged.graph.nodes.slice(0, reasoned.graph.nodes.length)).toEqual(reasoned.graph.nodes);
        expect(merged.graph.nodes.slice(reasoned.graph.nodes.length).every(({ by }) => by === 'model')).toBe(true);
        expect(merged.hypotheses).toEqual(reasoned.hypotheses);
      }),
      { numRuns: 300 },
    );
  });

  it('thought again with the same opinion adds nothing and asks no second time', () => {
    const { reasoned, context } = roundOf(3, seen.attributed);
    const said = opinion({ hypotheses: [thinks('rdma-link-fault', { node: 'node-02' })] });
    const first = mergeOpinion(reasoned, said, { ...context, mayAsk: true });
    expect(first).toMatchObject({ verdict: null, wantedProbes: [{ probeId: 'ib.ports', nodes: ['node-02'] }] });
    const again = { ...reasoned, graph: first.graph };
    const second = mergeOpinion(again, said, { ...context, previousGraph: first.graph, mayAsk: true });
    expect(second.verdict).toMatchObject({ kind: 'attributed', disputed: true });
    expect(second.graph.nodes.length - first.graph.nodes.length).toBe(1);
  });

  it('never turns a verdict that proves nothing into one that names a cause', () => {
    const { reasoned, context } = roundOf(3, seen['not-proven']);
    const merged = mergeOpinion(reasoned, opinion({ hypotheses: [thinks('mtu-mismatch')] }), context);
    expect(merged.verdict).toEqual({ ...reasoned.verdict, disputed: true });
    expect(merged.verdict?.kind).toBe('not-proven');
    expect(merged.summary).toContain('The model differs: mtu-mismatch.');
  });

  it('marks a verdict of no fault where it names a cause, and changes nothing else of it', () => {
    const { reasoned, context } = roundOf(3, seen.nothing);
    const harmless: Verdict = { kind: 'no-fault', explanation: { text: 'at work', findingIds: [], ranges: [] } };
    const merged = mergeOpinion(
      { ...reasoned, verdict: harmless },
      opinion({ hypotheses: [thinks('disk-full')] }),
      context,
    );
    expect(merged.verdict).toEqual({ ...harmless, disputed: true });
    const silent = mergeOpinion({ ...reasoned, verdict: harmless }, opinion(), context);
    expect(silent.verdict).toEqual(harmless);
  });

  it.each([
    ['agrees', thinks('gpu-fell-off-bus', { node: 'node-01' })],
    ['names the same cause without a place', thinks('gpu-fell-off-bus')],
    ['is not sure', thinks('mtu-mismatch', { probability: 0.3 })],
    ['has no claim that stands', thinks('mtu-mismatch', { stands: false })],
    [
      'rests on findings of another round',
      thinks('mtu-mismatch', {
        claims: [{ tag: 'text', text: 'x', findingIds: ['fi_other'], ranges: [] }],
      }),
    ],
    ['names no category of ours', thinks('unlisted')],
  ])('is nothing where it %s', (_name, hypothesis) => {
    const { reasoned, context } = roundOf(3, seen.attributed);
    const merged = mergeOpinion(reasoned, opinion({ hypotheses: [hypothesis] }), { ...context, mayAsk: true });
    expect(merged.verdict).toEqual(reasoned.verdict);
    expect(merged.verdict).toMatchObject({ kind: 'attributed', disputed: false });
  });
});

describe('probes that a model wishes for', () => {
  const wishes = opinion({
    probes: [
      { probeId: 'ib.ports', nodes: ['node-02', 'node-99'] },
      { probeId: 'shell.run', nodes: ['node-02'] },
    ],
  });

  it('are asked for beside those of the rules, where they are known and not run yet', () => {
    const { reasoned, context } = roundOf(2, seen.attributed);
    const others = reasoned.wantedProbes.filter(({ probeId }) => probeId !== 'ib.ports');
    const merged = mergeOpinion({ ...reasoned, wantedProbes: others }, wishes, context);
    expect(merged.wantedProbes.slice(0, others.length)).toEqual(others);
    expect(merged.wantedProbes.slice(others.length)).toMatchObject([
      { probeId: 'ib.ports', nodes: ['node-02'], why: 'the model asks for it' },
    ]);
  });

  it('are not asked for twice', () => {
    const ran = [{ probeId: 'ib.ports', nodes: ['node-01', 'node-02'] }];
    const { reasoned, context } = roundOf(2, seen.attributed, { probesRun: ran });
    expect(mergeOpinion(reasoned, wishes, context).wantedProbes).toEqual(reasoned.wantedProbes);
  });

  it('include the speed of the job, where it can be compared', () => {
    const { reasoned, context } = roundOf(2, seen.attributed);
    const ask = opinion({ predictSpeed: true });
    expect(mergeOpinion(reasoned, ask, { ...context, compares: true }).wantedProbes.at(-1)).toMatchObject({
      probeId: 'performance.compare',
      nodes: [],
    });
    expect(mergeOpinion(reasoned, ask, context).wantedProbes).toEqual(reasoned.wantedProbes);
  });
});
