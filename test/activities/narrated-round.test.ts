import { describe, expect, it } from 'vitest';
import { latestGraph } from '../../activities/audit/latest-graph.ts';
import { putJson } from '../../activities/json-evidence.ts';
import { PortError, type EvidenceStore } from '../../activities/ports.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { narrativeBytesMax } from '../../kb/reasoning/narrative/within-bytes.ts';
import type { RoundInput } from '../../workflows/domain/phase-data.ts';
import { clockLow, finding, slow, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const inventories = new Map([['site-a', smallInventory()]]);

async function think(evidence: EvidenceStore, round: 1 | 3, more: Partial<RoundInput> = {}) {
  const low = finding(clockLow, { node: 'node-01', device: { kind: 'gpu', index: 1 } });
  const input: RoundInput = {
    key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' },
    plan: {
      handlerId: 'slow-training',
      job: 'pretrain',
      nodes: ['node-01', 'node-02'],
      alertAtMs: 0,
      fromMs: 0,
      toMs: 1,
      logs: [],
      metrics: [],
      firstProbes: [],
      knowledgeDigest: '',
      readyInMs: 0,
    },
    round,
    findings: [await putJson(evidence, 'findings', 'site-a', [low, finding(slow)])],
    recall: null,
    performance: null,
    previousGraph: null,
    probesRun: [
      { probeId: 'gpu.clocks', nodes: ['node-01', 'node-02'] },
      { probeId: 'ib.ports', nodes: ['node-01', 'node-02'] },
    ],
    ...more,
  };
  const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
  const first = await runActivity(reasonRound, input);
  return round === 1 || first.verdict !== null
    ? first
    : runActivity(reasonRound, { ...input, previousGraph: first.graphRef });
}

describe('reasonRound', () => {
  it('tells its verdict in plain words, within what a history may hold', async () => {
    const { verdict, narrative } = await think(memoryEvidence(), 3);
    expect(verdict?.kind).toBe('attributed');
    expect(narrative?.headline).toContain('A GPU runs below its normal speed (GPU 1 of server node-01');
    expect(JSON.stringify(narrative).length).toBeLessThanOrEqual(narrativeBytesMax);
  });

  it('tells what could not be done as usual, and is the same without', async () => {
    const degraded = ['went on without the model: HTTP 500\u001B[2J'];
    const [usual, degradedRound] = [await think(memoryEvidence(), 3), await think(memoryEvidence(), 3, { degraded })];
    const doubt = degradedRound.narrative?.sections.at(-1)?.sentences.at(-1);
    expect(doubt).toMatchObject({
      text: 'Not everything could be done as usual, so something may have been missed.',
      expert: 'went on without the model: HTTP 500',
    });
    expect(degradedRound.hypotheses.map(({ category, probability }) => [category, probability])).toEqual(
      usual.hypotheses.map(({ category, probability }) => [category, probability]),
    );
    expect(JSON.stringify(usual.narrative)).not.toContain('as usual');
  });

  it('tells nothing before it has one', async () => {
    expect(await think(memoryEvidence(), 1)).not.toHaveProperty('narrative');
  });
});

describe('the graph of an archived chart', () => {
  it('is that of the last round, of the evidence that is archived, and of nothing else', async () => {
    const evidence = memoryEvidence();
    const { graphRef } = await think(evidence, 1);
    const chart = { rounds: [{ graphRef: { id: 'ev_other' } }, { graphRef }] };
    expect((await latestGraph(chart, [graphRef], evidence))?.nodes.length).toBeGreaterThan(0);
    expect(await latestGraph(chart, [], evidence)).toBeNull();
    expect(await latestGraph({ rounds: [] }, [graphRef], evidence)).toBeNull();
    expect(await latestGraph('no chart', [graphRef], evidence)).toBeNull();
  });

  it('is left out where it was changed, and asked for again where the store is away', async () => {
    const evidence = memoryEvidence();
    const { graphRef } = await think(evidence, 1);
    const chart = { rounds: [{ graphRef }] };
    const failing = (kind: 'tampered' | 'unreachable') => ({
      ...evidence,
      get: () => Promise.reject(new PortError(kind, 'no')),
    });
    expect(await latestGraph(chart, [graphRef], failing('tampered'))).toBeNull();
    await expect(latestGraph(chart, [graphRef], failing('unreachable'))).rejects.toThrow('no');
  });
});
