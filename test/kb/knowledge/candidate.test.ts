import { describe, expect, it } from 'vitest';
import { candidateRecord, type VerifiedRepair } from '../../../kb/knowledge/candidate.ts';
import { checkRecords } from '../../../kb/knowledge/check-records.ts';
import { controlPlaces, ownNames, privatePlaces } from '../../../kb/knowledge/own-names.ts';
import { nameable } from '../../../kb/knowledge/nameable.ts';
import { signatureOf } from '../../../kb/knowledge/signature-of.ts';
import { categories } from '../../../kb/taxonomy.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { aRecord } from '../../support/site-events.ts';
import { clockLow, finding, slow, smallKnowledge } from '../reasoning/small-knowledge.ts';

const repair: VerifiedRepair = {
  runId: '0195-run',
  category: 'gpu-clock-throttle',
  remediationId: 'gpu.clocks.unlock',
  byPeople: false,
  verifyProbes: ['gpu.clocks'],
  evidence: [
    finding(slow),
    finding(clockLow, {
      node: 'node-07',
      device: { kind: 'gpu', index: 3, name: '00000000:47:00.0' },
      text: 'node-07 GPU 3 at 210 MHz',
      range: { evidenceId: 'ev_1', source: 'probe gpu.clocks on node-07' },
    }),
  ],
  slowdownBefore: 3.02,
  slowdownAfter: 1.01,
  kinds: smallKnowledge.kinds,
};

describe('a candidate from a repair', () => {
  it('leads with the most telling sign, and holds no name of a node or a device', () => {
    const record = candidateRecord(repair);
    expect(record).toMatchObject({
      id: 'learned-gpu-clock-throttle-probe-clock-low',
      status: 'candidate',
      confirmedBy: { who: 'repair' },
      remedy: { remediations: ['gpu.clocks.unlock'] },
      source: 'urn:wardround:run:0195-run',
    });
    expect(record.signals).toEqual(
      [
        { seenIn: 'probe', kind: 'probe.clock.low', strength: 'strong' },
        { seenIn: 'log', kind: 'metric.slow', strength: 'moderate' },
      ].map((signal) => (signal.kind === 'metric.slow' ? { ...signal, seenIn: 'metric' } : signal)),
    );
    expect(JSON.stringify(record)).not.toMatch(/node-07|47:00|GPU 3/);
  });

  it('keeps the rules that shipped records keep', () => {
    const known = { ...nameable, kindIds: new Set([clockLow.id, slow.id]) };
    const problems = checkRecords([{ place: 'learned', record: candidateRecord(repair) }], known);
    expect(problems.filter(({ place }) => place === 'learned')).toEqual([]);
  });

  it('does not claim for a plan that only contained what people mended', () => {
    const contained = candidateRecord({ ...repair, byPeople: true });
    expect(contained.result).toContain('people had replaced or mended the part');
    expect(contained.remedy.action).toContain('Replace or mend');
    expect(JSON.stringify(contained)).not.toContain('removal by');
    const known = { ...nameable, kindIds: new Set([clockLow.id, slow.id]) };
    const problems = checkRecords([{ place: 'learned', record: contained }], known);
    expect(problems.filter(({ place }) => place === 'learned')).toEqual([]);
  });

  it('says how much faster the job was afterwards', () => {
    expect(candidateRecord(repair).rawtext).toContain('3.02');
    expect(candidateRecord({ ...repair, slowdownAfter: null }).rawtext).not.toContain('3.02');
  });

  it('is a record even where nothing was seen but the repair', () => {
    const bare = candidateRecord({ ...repair, evidence: [], verifyProbes: [], slowdownBefore: null });
    expect(bare.id).toBe('learned-gpu-clock-throttle-gpu-clocks-unlock');
    expect(bare.signals).toHaveLength(1);
  });

  it.each([...categories, 'unlisted' as const])('of %s has a signature', (category) => {
    expect(signatureOf(category, [])).toMatch(/^[a-z-]+/);
    expect(candidateRecord({ ...repair, category }).category).toBe(category);
  });
});

describe('privacy of a record', () => {
  const names = ownNames(smallInventory());
  const places = (rawtext: string) =>
    privatePlaces(aRecord({ rawtext: `${'A fault was seen here. '.repeat(4)}${rawtext}` }), names);

  it('names the field that holds a machine of the inventory, an address or a secret', () => {
    expect(places('It sat on node-02.')).toEqual([{ field: 'rawtext', found: 'a name of the inventory: node-02' }]);
    expect(places('Seen at 172.16.3.4 only.')).toEqual([{ field: 'rawtext', found: 'an address: 172.16.3.4' }]);
    expect(places('The password=hunter2hunter2 was set.')[0]?.found).toContain('secret');
    const inSignal = aRecord({ signals: [{ seenIn: 'log', line: 'host node-01: error', strength: 'weak' }] });
    expect(privatePlaces(inSignal, names).map(({ field }) => field)).toEqual(['signals.0.line']);
  });

  it('takes part of a longer name, and a plain word that a job is called by, for no name', () => {
    expect(places('Look at node-020 or pretrain.')).toEqual([]);
  });

  it('finds a secret in the address that a record comes from', () => {
    const source = 'https://oauth2:hunter2hunter2@git.example.org/incidents/1';
    expect(privatePlaces(aRecord({ source }), names)).toEqual([{ field: 'source', found: 'a secret' }]);
  });

  it('finds letters that nobody sees', () => {
    const tags = String.fromCodePoint(0xe0072, 0xe006d);
    expect(controlPlaces(aRecord({ result: `The brake${tags} was set by the shelf.` }))).toHaveLength(1);
  });

  it('finds control characters in any field', () => {
    expect(controlPlaces(aRecord({ result: 'The brake was \u001b[31mset\u001b[0m by the shelf.' }))).toEqual([
      { field: 'result', found: 'a control character' },
    ]);
    expect(controlPlaces(aRecord())).toEqual([]);
  });
});
