import { describe, expect, it } from 'vitest';
import { jsonDigest } from '../../../activities/json-evidence.ts';
import { diagnoseFindings, knowledge } from '../../../kb/reasoning/index.ts';
import { knowledgeSnapshot } from '../../../kb/reasoning/knowledge-snapshot.ts';
import { prior } from '../../../kb/reasoning/priors.ts';
import { categories } from '../../../kb/taxonomy.ts';

describe('what Wardround knows', () => {
  it('holds kinds of logs, metrics and probes under ids of one form, with bounded weights', () => {
    expect(knowledge.kinds.size).toBeGreaterThan(200);
    const odd = [...knowledge.kinds.values()].filter(
      ({ id, weighs, summary, source }) =>
        !/^[a-z0-9-]+(\.[a-z0-9-]+){1,3}$/.test(id) ||
        summary === '' ||
        source === '' ||
        Object.entries(weighs).some(
          ([category, weight]) => Math.abs(weight) > 7 || ![...categories, 'unlisted'].includes(category),
        ),
    );
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  it('names only kinds that there are as echoed', () => {
    const echoes = [...knowledge.kinds.values()].flatMap((kind) => kind.echoes ?? []);
    expect(echoes.length).toBeGreaterThan(0);
    expect(echoes.filter((id) => !knowledge.kinds.has(id))).toEqual([]);
  });

  it('does not take what a log shows for a measurement', () => {
    expect(knowledge.measuredKinds.has('nvidia.xid.79')).toBe(false);
    expect(knowledge.measuredKinds.has('gpu.clock.locked-low')).toBe(true);
    expect(knowledge.metricKinds.has('metric.gpu.clock.below-siblings')).toBe(true);
  });

  it('has priors that sum to one and stay within a factor of five', () => {
    const all = [...categories, 'unlisted' as const].map(prior);
    expect(all.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(5);
  });

  it('has one digest until something in it changes', () => {
    const digest = jsonDigest(knowledgeSnapshot(knowledge));
    expect(jsonDigest(knowledgeSnapshot(knowledge))).toBe(digest);
    const [first] = knowledge.kinds.values();
    if (first === undefined) throw new Error('there are no kinds');
    const heavier = { ...first, weighs: { ...first.weighs, 'disk-full': 6.9 } };
    const kinds = new Map([...knowledge.kinds, [first.id, heavier]]);
    expect(jsonDigest(knowledgeSnapshot({ ...knowledge, kinds }))).not.toBe(digest);
  });

  it('diagnoses without any findings', () => {
    expect(diagnoseFindings({ findings: [] }).verdict.kind).toBe('not-proven');
  });
});
