import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { createLearnFromRepair } from '../../activities/learn-from-repair.ts';
import { siteBase } from '../../kb/knowledge/site-base.ts';
import { recordSchema, type IncidentRecord } from '../../kb/schemas/record.ts';
import type { LearnInput } from '../../workflows/domain/closing-data.ts';
import type { Severity } from '../../workflows/domain/severity.ts';
import { clockLow, finding, smallKnowledge } from '../kb/reasoning/small-knowledge.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { aProposal } from '../support/proposals.ts';
import { aRecord, memorySite } from '../support/site-events.ts';
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
const learnedId = 'learned-gpu-clock-throttle-probe-clock-low';

/** An installation that learns from one repair after the other. */
function installation(
  options: { readonly shipped?: readonly IncidentRecord[]; readonly kinds?: typeof smallKnowledge.kinds } = {},
) {
  const evidence = memoryEvidence();
  const site = memorySite();
  const activity = createLearnFromRepair({
    evidence,
    inventories: new Map([['site-a', smallInventory()]]),
    kinds: options.kinds ?? smallKnowledge.kinds,
    site: { knowledge: site, shipped: options.shipped ?? [] },
  });
  return {
    evidence,
    site,
    // As it was when it was learned: the test environment's clock stands at the beginning of time.
    base: async () => siteBase((await site.events()).events, 0),
    learn: async (runId: string, changes: Partial<LearnInput> = {}, group = '1') => {
      const seen = finding(clockLow, {
        node: 'node-02',
        device: { kind: 'gpu', index: 1 },
        text: 'node-02 secret-host 210 MHz',
      });
      return runActivity(activity, {
        key: { cluster: 'site-a', workflowId: `incident/site-a/${group}`, runId },
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
        findings: [await putJson(evidence, 'findings', 'site-a', [seen])],
        before: bad,
        after: good,
        ...changes,
      } satisfies LearnInput);
    },
  };
}

describe('learnFromRepair', () => {
  it('writes a candidate record that can be traced to its run', async () => {
    const { evidence, learn } = installation();
    const result = await learn('run-7');
    const schema = z.object({ record: recordSchema, learnedFrom: z.object({ runId: z.string(), digest: z.string() }) });
    const stored = await getJson(evidence, result.candidate, schema);
    expect(result).toMatchObject({ problemkey: learnedId, candidate: { kind: 'record-candidate' } });
    expect(stored.record).toMatchObject({ id: learnedId, category: 'gpu-clock-throttle', status: 'candidate' });
    expect(stored.learnedFrom.runId).toBe('run-7');
  });

  it('adds it to the knowledge of the site, with who approved and where the evidence lies', async () => {
    const { base, learn } = installation();
    const { candidate } = await learn('run-7', { firstRunId: 'run-1', approvedBy: ['Ada'] });
    const { records, recallables } = await base();
    expect(records.get(learnedId)).toMatchObject({
      status: 'candidate',
      provenance: { kind: 'incident', incident: { firstRunId: 'run-1', runId: 'run-7', approvedBy: ['Ada'] } },
    });
    const { provenance } = records.get(learnedId) ?? {};
    expect(provenance?.kind === 'incident' && provenance.incident.evidence[0]).toBe(candidate.key);
    expect(recallables).toEqual([]);
  });

  it('adds nothing when it runs again, or after a reset', async () => {
    const { site, learn } = installation();
    await learn('run-7', { firstRunId: 'run-7' });
    const before = [...site.kept.keys()];
    await learn('run-7', { firstRunId: 'run-7' });
    await learn('run-8', { firstRunId: 'run-7' });
    expect([...site.kept.keys()]).toEqual(before);
  });

  it('confirms with a second incident what the first one taught, and then it is recalled', async () => {
    const { base, learn } = installation();
    await learn('run-7');
    await learn('run-8', {}, '2');
    const { records, recallables } = await base();
    expect(records.get(learnedId)).toMatchObject({ status: 'accepted', witnesses: 2 });
    expect(recallables.map(({ id }) => id)).toEqual([learnedId]);
  });

  it('takes the same alert that comes again for the same trouble: it confirms nothing', async () => {
    const { base, learn } = installation();
    await learn('run-7');
    await learn('run-8');
    const { records, recallables } = await base();
    expect(records.get(learnedId)).toMatchObject({ status: 'candidate', witnesses: 2 });
    expect(recallables).toEqual([]);
  });

  it('confirms a shipped record that tells the same, instead of adding a twin', async () => {
    const shipped = aRecord({ signals: [{ seenIn: 'probe', kind: clockLow.id, strength: 'strong' }] });
    const { base, learn } = installation({ shipped: [shipped] });
    const { problemkey } = await learn('run-7');
    const { records, trailOf } = await base();
    expect(problemkey).toBe(learnedId);
    expect(records.size).toBe(0);
    expect(trailOf(shipped.id)).toMatchObject([{ kind: 'confirmed', incident: { runId: 'run-7' } }]);
  });

  it('says of what was recalled whether it was right; facts and runbooks claim nothing', async () => {
    const { base, learn } = installation();
    const recalled = [
      { problemkey: 'a-right-one', category: 'gpu-clock-throttle' },
      { problemkey: 'a-wrong-one', category: 'disk-full' },
      { problemkey: 'runbook-0000', category: '' },
    ];
    await learn('run-7', { recalled });
    const { trustOf, trailOf } = await base();
    expect(trustOf('a-right-one')).toBe(1);
    expect(trustOf('a-wrong-one')).toBeCloseTo(4 / 4.5, 5);
    expect(trailOf('runbook-0000')).toEqual([]);
  });

  it('puts no name of a node, no device and no text of evidence into the record', async () => {
    const { site, learn } = installation();
    await learn('run-7');
    const [event] = site.kept.values();
    expect(JSON.stringify(event?.kind === 'proposed' && event.record)).not.toMatch(/node-0|secret-host|GPU-0/);
  });

  it('refuses a record that would carry a name of the inventory, and says where', async () => {
    const named = new Map([...smallKnowledge.kinds, [clockLow.id, { ...clockLow, summary: 'clock of node-02 low' }]]);
    const { site, learn } = installation({ kinds: named });
    await expect(learn('run-7')).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('node-02 in rawtext'),
    });
    expect(site.kept.size).toBe(0);
  });

  it.each<[string, Severity]>([
    ['changed nothing', bad],
    ['made it worse', { ...bad, faults: 2 }],
    ['could not be measured', { ...good, unreadProbes: 1 }],
    ['left a probe that is not clean', { ...good, failingProbes: 1 }],
  ])('learns nothing from a repair that %s', async (_what, after) => {
    const { site, learn } = installation();
    await expect(learn('run-7', { after })).rejects.toMatchObject({ type: 'Refused' });
    expect(site.kept.size).toBe(0);
  });
});
