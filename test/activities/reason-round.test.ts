import { describe, expect, it } from 'vitest';
import { createCheckPerformance } from '../../activities/check-performance.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import type { EvidenceStore } from '../../activities/ports.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { graphSchema } from '../../kb/reasoning/graph.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { RoundInput } from '../../workflows/domain/phase-data.ts';
import { clockLow, finding, lostGpu, slow, smallKnowledge, watchdog } from '../kb/reasoning/small-knowledge.ts';
import { slowJob } from '../kb/reasoning/slow-job.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const day = 86_400_000;
const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
const inventories = new Map([['site-a', smallInventory()]]);

async function input(
  evidence: EvidenceStore,
  round: 1 | 2 | 3,
  found: unknown,
  more: Partial<RoundInput> = {},
): Promise<RoundInput> {
  return {
    key,
    plan: {
      handlerId: 'slow-training',
      job: 'pretrain',
      nodes: ['node-01', 'node-02'],
      alertAtMs: 0,
      fromMs: 0,
      toMs: 1,
      logs: [],
      metrics: [],
      firstProbes: ['ib.ports'],
      knowledgeDigest: '',
      readyInMs: 0,
    },
    round,
    findings: [await putJson(evidence, 'findings', 'site-a', found)],
    recall: null,
    performance: null,
    previousGraph: null,
    probesRun: [],
    ...more,
  };
}

describe('reasonRound', () => {
  it('asks once more for what the first look missed, and not for what it read', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const entry = (node: string, read: boolean) => ({ probeId: 'gpu.clocks', node, read, raw: null });
    const results = (read: boolean) =>
      putJson(evidence, 'probe-results', 'site-a', [entry('node-01', read), entry('node-02', read)]);
    const asked = await input(evidence, 2, [finding(slow)], { looked: true });
    const firstLook = [{ probes: ['gpu.clocks'], nodes: ['node-01', 'node-02'] }];
    const wishes = async (batches: readonly EvidenceRef[]) => {
      const { wantedProbes } = await runActivity(reasonRound, {
        ...asked,
        plan: { ...asked.plan, firstLook },
        ...(batches.length === 0 ? {} : { batches }),
      });
      return wantedProbes.map(({ probeId }) => probeId);
    };
    expect(await wishes([])).not.toContain('gpu.clocks');
    expect(await wishes([await results(true)])).not.toContain('gpu.clocks');
    expect(await wishes([await results(false)])).toContain('gpu.clocks');
    expect(await wishes([await results(false), await results(false)])).not.toContain('gpu.clocks');
  });

  it('stores a graph that reads back, with its digest', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const result = await runActivity(reasonRound, await input(evidence, 1, [finding(slow)]));
    const graph = await getJson(evidence, result.graphRef, graphSchema);
    expect(graph.nodes.at(-1)).toMatchObject({ type: 'summary', text: result.summary });
    expect(result.digest).toBe(result.graphRef.sha256);
    expect(result.verdict).toBeNull();
    expect(result.wantedProbes.map(({ probeId }) => probeId)).toContain('gpu.clocks');
  });

  it('is the same on every attempt', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const round = await input(evidence, 1, [finding(slow), finding(watchdog), finding(lostGpu, { node: 'node-01' })]);
    expect(await runActivity(reasonRound, round, 1)).toEqual(await runActivity(reasonRound, round, 2));
  });

  it("takes the handler's first probes when nothing stands out", async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const { wantedProbes } = await runActivity(reasonRound, await input(evidence, 1, []));
    expect(wantedProbes).toMatchObject([{ probeId: 'ib.ports', nodes: ['node-01', 'node-02'] }]);
  });

  it('lets evidence under both names of a GPU meet', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const byBusId = finding(lostGpu, { node: 'node-02', device: { kind: 'gpu', name: 'PCI:0000:08:00' } });
    const { hypotheses } = await runActivity(reasonRound, await input(evidence, 1, [byBusId]));
    expect(hypotheses[0]).toMatchObject({ node: 'node-02', device: { kind: 'gpu', index: 1 } });
  });

  it('ends with a verdict when round 3 is called a second time, whatever the nodes answered', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const at = { node: 'node-01', device: { kind: 'gpu', index: 1 } } as const;
    const found = [finding(slow), finding(clockLow, at)];
    const ran = [{ probeId: 'gpu.clocks', nodes: ['node-01', 'node-02'] }];
    const first = await runActivity(reasonRound, await input(evidence, 3, found, { probesRun: ran }));
    const second = await runActivity(
      reasonRound,
      await input(evidence, 3, found, { probesRun: ran, previousGraph: first.graphRef }),
    );
    expect(second.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-clock-throttle', node: 'node-01' }],
    });
    expect(second.wantedProbes).toEqual([]);
  });

  it('never attributes a bare watchdog time-out', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const found = [finding(watchdog, { count: 16 })];
    const all = smallKnowledge.probes.map(({ id }) => ({ probeId: id, nodes: ['node-01', 'node-02'] }));
    const { verdict } = await runActivity(reasonRound, await input(evidence, 3, found, { probesRun: all }));
    expect(verdict?.kind).toBe('not-proven');
  });

  it('refuses findings that are not findings, for good', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    await expect(runActivity(reasonRound, await input(evidence, 1, [{ kind: 'x' }]))).rejects.toMatchObject({
      type: 'Malformed',
    });
  });

  it('sets aside what a kernel log remembers from long before the window, and places ranks by the inventory', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge: smallKnowledge });
    const plan = { ...(await input(evidence, 1, [])).plan, fromMs: 10 * day, alertAtMs: 10 * day + 1_800_000 };
    const old = finding(lostGpu, { node: 'node-01', atMs: 3 * day, lastMs: 3 * day });
    const fresh = finding(lostGpu, { rank: 3, atMs: plan.alertAtMs - 60_000 });
    const first = await runActivity(reasonRound, await input(evidence, 1, [old], { plan }));
    expect(first.hypotheses).toEqual([]);
    const { hypotheses } = await runActivity(reasonRound, await input(evidence, 1, [old, fresh], { plan }));
    expect(hypotheses[0]).toMatchObject({ node: 'node-02', device: { kind: 'gpu', index: 1 } });
  });

  it('reads what the performance check has found', async () => {
    const evidence = memoryEvidence();
    const reasonRound = createReasonRound({ evidence, inventories, knowledge });
    const checkPerformance = createCheckPerformance({ evidence, inventories });
    const range = await putJson(evidence, 'metric-range', 'site-a', slowJob({ node: 'node-02', gpu: 1 }).range);
    const plan = (await input(evidence, 1, [])).plan;
    const checked = await runActivity(checkPerformance, { key, plan, metrics: { range, series: 1, missing: [] } });
    expect(checked).toMatchObject({ tier: 'history', healthyStepMs: expect.any(Number) as number });
    expect(checked.slowdownRatio).toBeGreaterThan(2.5);
    const { hypotheses } = await runActivity(
      reasonRound,
      await input(evidence, 1, [], { performance: checked.performance }),
    );
    expect(hypotheses[0]).toMatchObject({ category: 'gpu-clock-throttle', node: 'node-02', device: { index: 1 } });
  });

  it('goes on without a performance check where there were no metrics', async () => {
    const evidence = memoryEvidence();
    const checkPerformance = createCheckPerformance({ evidence, inventories });
    const checked = await runActivity(checkPerformance, {
      key,
      plan: (await input(evidence, 1, [])).plan,
      metrics: null,
    });
    expect(checked).toMatchObject({ tier: null, slowdownRatio: null });
  });
});
