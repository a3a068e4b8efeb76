import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getJson } from '../../../activities/json-evidence.ts';
import { exchangeSchema } from '../../../activities/model/exchange.ts';
import { graphSchema } from '../../../kb/reasoning/graph.ts';
import type { Verdict } from '../../../workflows/domain/finding.ts';
import { startScriptedModel, type ModelMove } from '../../support/scripted-model.ts';
import { askModelAt, honest, modelCase } from './model-case.ts';
import { brokenMoves, lyingMoves, malformedMoves, refusingMoves } from './hostile-moves.ts';
import { reasonWith } from './rounds.ts';

let stop: () => Promise<void> = async () => {};
afterEach(() => stop());

async function verdictWith(moves: readonly ModelMove[]) {
  const world = await modelCase();
  const server = await startScriptedModel(moves);
  stop = () => server.stop();
  const ask = await askModelAt(server.url, world, { timeoutMs: 400 });
  return { world, server, ...(await reasonWith(world.evidence, world.input, ask)) };
}

let alone: Verdict | null;
beforeAll(async () => {
  const world = await modelCase();
  alone = (await reasonWith(world.evidence, world.input, null)).verdict;
});

/** `disputed` is the one thing that a model may do to a verdict. */
function undisputed(verdict: Verdict | null): unknown {
  if (verdict === null) return null;
  const { disputed: _disputed, ...rest } = verdict;
  return rest;
}

describe('a model that is no help', () => {
  it('is measured against rules that know the cause', () => {
    expect(alone).toMatchObject({ kind: 'attributed', causes: [{ category: 'gpu-fell-off-bus', node: 'node-07' }] });
  });

  it.each([...malformedMoves, ...refusingMoves])(
    'says %s: noted, and the verdict is the same',
    async (_name, moves) => {
      const { verdict, opinions, server } = await verdictWith(moves);
      expect(verdict).toEqual(alone);
      expect(opinions[0]?.degraded).toMatch(/could not be used/);
      // One question and one attempt at a repair for each round.
      expect(server.asked.length).toBeLessThanOrEqual(4);
    },
  );

  it.each(brokenMoves)('answers %s: the activity fails in time, and the verdict is the same', async (_name, moves) => {
    const { verdict, opinions, failures } = await verdictWith(moves);
    expect(verdict).toEqual(alone);
    expect(opinions).toEqual([]);
    expect(failures[0]).toMatch(/^model scripted at 127\.0\.0\.1/);
  });

  it.each(lyingMoves)('says %s: the verdict is the same, apart from a dispute', async (_name, moves) => {
    const { verdict, wished, rounds, world } = await verdictWith(moves);
    expect(undisputed(verdict)).toEqual(undisputed(alone));
    for (const probeId of wished) expect(probeId).not.toMatch(/shell|stress/);
    for (const { graphRef } of rounds) {
      const graph = await getJson(world.evidence, graphRef, graphSchema);
      // eslint-disable-next-line no-control-regex
      for (const { text } of graph.nodes) expect(text).not.toMatch(/[\u0000-\u001F\u202A-\u202E]/);
    }
  });

  it('leaves no word of its own in what goes into the history', async () => {
    const { opinions, rounds } = await verdictWith([
      {
        kind: 'says',
        text: honest.replace('The driver lost the GPU first.', 'SENTINEL').replace('is it still gone', 'SENTINEL'),
      },
    ]);
    expect(opinions[0]?.standing).toBe(1);
    expect(JSON.stringify([opinions, rounds])).not.toContain('SENTINEL');
  });

  it('shows in the graph what was struck, and why', async () => {
    const lie = lyingMoves.find(([name]) => name === 'quotes that do not stand there');
    const { rounds, world, opinions } = await verdictWith(lie?.[1] ?? []);
    expect(opinions[0]).toMatchObject({ standing: 0, struck: 1 });
    const last = rounds.at(-1);
    if (last === undefined) throw new Error('no round');
    const graph = await getJson(world.evidence, last.graphRef, graphSchema);
    expect(graph.nodes.filter(({ by }) => by === 'model')).toMatchObject([
      { type: 'proposition', struck: 'no claim of it is grounded: quotes what does not stand in F1' },
    ]);
  });
});

describe('a model that agrees', () => {
  it('changes nothing, and its claims stand in the graph', async () => {
    const { verdict, rounds, world } = await verdictWith([{ kind: 'says', text: honest }]);
    expect(verdict).toEqual(alone);
    const last = rounds.at(-1);
    if (last === undefined) throw new Error('no round');
    const graph = await getJson(world.evidence, last.graphRef, graphSchema);
    expect(graph.nodes.filter(({ by }) => by === 'model').map(({ type }) => type)).toEqual(['proposition', 'critique']);
  });
});

describe('a model that disagrees with a grounded claim', () => {
  const disagrees = lyingMoves.find(([name]) => name === 'one true quote for a false cause')?.[1] ?? [];

  it('gets one deciding probe, then the verdict stands, marked as disputed', async () => {
    const { verdict, rounds, wished } = await verdictWith(disagrees);
    expect(verdict).toMatchObject({ kind: 'attributed', disputed: true });
    expect(wished.some((probeId) => probeId.startsWith('disk.'))).toBe(true);
    expect(rounds.filter(({ summary }) => summary.includes('is asked first'))).toHaveLength(1);
    expect(rounds.at(-1)?.summary).toContain('The model differs: disk-full on node-08.');
  });
});

describe('several answers', () => {
  it('count by the majority of their causes', async () => {
    const world = await modelCase();
    const other = lyingMoves.find(([name]) => name === 'one true quote for a false cause')?.[1][0];
    if (other === undefined) throw new Error('a move');
    const good: ModelMove = { kind: 'says', text: honest };
    const server = await startScriptedModel([good, other, good]);
    stop = () => server.stop();
    const ask = await askModelAt(server.url, world);
    const input = { ...world.input, budget: { ...world.input.budget, answers: 3 } };
    const { opinions } = await reasonWith(world.evidence, input, ask);
    expect(opinions[0]).toMatchObject({
      agree: { answers: 2, of: 3 },
      leading: { category: 'gpu-fell-off-bus' },
      spent: { tokens: 24_300 },
    });
    const [first] = opinions;
    if (first === undefined || first.exchange === null) throw new Error('asked');
    const { replies } = await getJson(world.evidence, first.exchange, exchangeSchema);
    expect(new Set(replies.map(({ seed }) => seed)).size).toBe(3);
  });
});
