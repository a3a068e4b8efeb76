import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getJson } from '../../activities/json-evidence.ts';
import { graphSchema } from '../../kb/reasoning/graph.ts';
import { probeById } from '../../kb/probes/index.ts';
import { newIncidentView } from '../../workflows/domain/incident-view.ts';
import type { Verdict } from '../../workflows/domain/finding.ts';
import { askModelAt, modelCase } from '../activities/model/model-case.ts';
import { reasonWith } from '../activities/model/rounds.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import { modelAnswers } from './corpus/model-answers.ts';
import { traceOf } from './inert.ts';
import { expectInertPages } from './pages.ts';
import { tally } from './tally.ts';
import { key } from './ward.ts';

const counted = tally('model answer');
let stop: () => Promise<void> = async () => {};
afterEach(() => stop());

let alone: Awaited<ReturnType<typeof reasonWith>>;
beforeAll(async () => {
  const { evidence, input } = await modelCase();
  alone = await reasonWith(evidence, input, null);
});

/** That it is disputed is the one thing that a model may say of a verdict. */
function undisputed(verdict: Verdict | null): unknown {
  return verdict?.kind === 'attributed' ? { ...verdict, disputed: false } : verdict;
}

describe.each(modelAnswers.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
  counted.add(id);

  it('leaves verdict, commands and history alone, and is inert where it is shown', async () => {
    const world = await modelCase();
    const server = await startScriptedModel([{ kind: 'says', text }]);
    stop = () => server.stop();
    const ask = await askModelAt(server.url, world);
    const { verdict, wished, rounds, opinions } = await reasonWith(world.evidence, world.input, ask);
    expect(alone.verdict?.kind).toBe('attributed');
    expect(undisputed(verdict)).toEqual(alone.verdict);

    // Ids of ours, of probes that put no load on a node, on nodes of the incident: commands are made of nothing else.
    expect(wished.filter((probeId) => (probeById(probeId)?.impact ?? 'load') === 'load')).toEqual([]);
    const nodes = new Set(rounds.flatMap(({ wantedProbes }) => wantedProbes.flatMap((wish) => wish.nodes)));
    expect([...nodes].filter((node) => !world.input.plan.nodes.includes(node))).toEqual([]);
    const history = JSON.stringify([rounds, opinions]);
    expect(traceOf(history)).toEqual([]);
    expect(history).not.toMatch(/hunter22|evil|approve proposal|The disk is full\.|believe/i);

    const last = rounds.at(-1);
    if (last === undefined) throw new Error('no round');
    const graph = await getJson(world.evidence, last.graphRef, graphSchema);
    expect(JSON.stringify(graph)).not.toContain('hunter22secret');
    const view = {
      ...newIncidentView({ ...key, openedAtMs: 0, observeOnly: false, recurrenceOf: null }),
      rounds: rounds.map((round, at) => ({ ...round, round: at === 0 ? (1 as const) : (3 as const) })),
      opinions: opinions.map((opinion) => ({ ...opinion, round: 1 as const })),
      verdict,
      ...(last.narrative === undefined ? {} : { narrative: last.narrative }),
    };
    expectInertPages(view, graph);
  });
});
