import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { createLearnFromRepair } from '../../activities/learn-from-repair.ts';
import { recordSchema } from '../../kb/schemas/record.ts';
import type { Severity } from '../../workflows/domain/severity.ts';
import { clockLow, finding, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { aProposal } from '../support/proposals.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { runActivity } from './run-activity.ts';

const bad: Severity = {
  faults: 1,
  approvedCapacityLossGpus: 0,
  failingProbes: 1,
  unreadProbes: 0,
  firingAlerts: 1,
  slowdownRatio: 3.1,
};
const good: Severity = { ...bad, faults: 0, failingProbes: 0, firingAlerts: 0, slowdownRatio: 1 };

async function learn(before: Severity, after: Severity) {
  const evidence = memoryEvidence();
  const seen = finding(clockLow, {
    node: 'node-02',
    device: { kind: 'gpu', index: 1 },
    text: 'node-02 secret-host 210 MHz',
  });
  const findings = [await putJson(evidence, 'findings', 'site-a', [seen])];
  const activity = createLearnFromRepair({
    evidence,
    inventories: new Map([['site-a', smallInventory()]]),
    kinds: smallKnowledge.kinds,
  });
  const result = await runActivity(activity, {
    key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run-7' },
    verdict: {
      kind: 'attributed',
      disputed: false,
      causes: [
        {
          category: 'gpu-clock-throttle',
          node: 'node-02',
          probability: 0.9,
          because: [{ text: '', findingIds: [seen.id], ranges: [] }],
        },
      ],
    },
    proposal: aProposal(),
    findings,
    before,
    after,
  });
  const stored = z.object({ record: recordSchema, learnedFrom: z.object({ runId: z.string(), digest: z.string() }) });
  return { result, stored: await getJson(evidence, result.candidate, stored) };
}

describe('learnFromRepair', () => {
  it('writes a candidate record that can be traced to its run', async () => {
    const { result, stored } = await learn(bad, good);
    expect(result.candidate.kind).toBe('record-candidate');
    expect(stored.record).toMatchObject({
      problemkey: result.problemkey,
      category: 'gpu-clock-throttle',
      signals: [clockLow.id],
    });
    expect(stored.learnedFrom.runId).toBe('run-7');
  });

  it('puts no name of a node, no device and no text of evidence into the record', async () => {
    const { stored } = await learn(bad, good);
    expect(JSON.stringify(stored.record)).not.toMatch(/node-0|secret-host|GPU-0/);
  });

  it.each<[string, Severity]>([
    ['changed nothing', bad],
    ['made it worse', { ...bad, faults: 2 }],
    ['could not be measured', { ...good, unreadProbes: 1 }],
    ['left a probe that is not clean', { ...good, failingProbes: 1 }],
  ])('learns nothing from a repair that %s', async (_what, after) => {
    await expect(learn(bad, after)).rejects.toMatchObject({ type: 'Refused' });
  });
});
