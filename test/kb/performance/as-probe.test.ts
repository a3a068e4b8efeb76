import { describe, expect, it } from 'vitest';
import { jobProbes } from '../../../kb/performance/as-probe.ts';
import { probeById } from '../../../kb/probes/index.ts';
import { knowledgeSnapshot } from '../../../kb/reasoning/knowledge-snapshot.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';

describe.each(jobProbes)('$id', ({ id, question, impact, costMs }) => {
  it('has an id of its own, beside the probes of nodes', () => {
    expect(id).toMatch(/^[a-z]+(?:\.[a-z-]+)+$/);
    expect(jobProbes.filter((other) => other.id === id)).toHaveLength(1);
    expect(probeById(id)).toBeUndefined();
  });

  it('asks something, puts no load on anybody, and says what it costs', () => {
    expect(question).toMatch(/\?$/);
    expect(impact).toBe('passive');
    expect(costMs).toBeGreaterThan(0);
  });

  it('is part of what the knowledge digest is over', () => {
    expect(JSON.stringify(knowledgeSnapshot(knowledge))).toContain(`"${id}"`);
  });
});
