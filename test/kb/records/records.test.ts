import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probes } from '../../../kb/probes/index.ts';
import { candidateRecord } from '../../../kb/records/candidate.ts';
import { records } from '../../../kb/records/index.ts';
import { recordSchema } from '../../../kb/schemas/record.ts';
import { repositoryPath } from '../../support/repository.ts';
import { clockLow, finding, smallKnowledge } from '../reasoning/small-knowledge.ts';

describe.each(records.map((record) => [record.problemkey, record] as const))('record %s', (_key, record) => {
  it('has the fields that a record needs', () => {
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record.not_this_if.length).toBeGreaterThan(0);
  });

  it('names probes that exist', () => {
    const known = probes.map(({ id }) => id);
    expect(record.probes.filter((id) => !known.includes(id))).toEqual([]);
  });

  it('holds two to five sentences, and no address or account of a real site', () => {
    const sentences = record.rawtext.split(/(?<=[.!?])\s+(?=[A-Z`'])/);
    expect(sentences.length).toBeGreaterThanOrEqual(2);
    expect(sentences.length).toBeLessThanOrEqual(6);
    expect(JSON.stringify(record)).not.toMatch(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|\/home\/|@[a-z]/i);
  });
});

describe('the records', () => {
  it('have different keys and come from many categories', () => {
    expect(new Set(records.map(({ problemkey }) => problemkey)).size).toBe(records.length);
    expect(new Set(records.map(({ category }) => category)).size).toBeGreaterThanOrEqual(10);
    expect(records.map(({ category }) => category)).toContain('gpu-clock-throttle');
  });

  it('are all in the list', () => {
    const files = readdirSync(repositoryPath('kb/records')).filter(
      (name) => !['index.ts', 'candidate.ts'].includes(name),
    );
    expect(records).toHaveLength(files.length);
  });
});

describe('a candidate record', () => {
  const repair = {
    runId: '0195-run',
    category: 'gpu-clock-throttle' as const,
    remediationId: 'gpu.clocks.unlock',
    verifyProbes: ['gpu.clocks'],
    evidence: [
      finding(clockLow, {
        node: 'node-07',
        device: { kind: 'gpu', index: 3, name: '00000000:47:00.0' },
        text: 'node-07 GPU 3 at 210 MHz',
      }),
    ],
    slowdownBefore: 3.02,
    slowdownAfter: 1.01,
    kinds: smallKnowledge.kinds,
  };

  it('is a valid record without the name of a node or a device', () => {
    const record = candidateRecord(repair);
    expect(record.problemkey).toBe('gpu-clock-throttle-probe-clock-low');
    expect(JSON.stringify(record)).not.toMatch(/node-07|47:00|GPU 3/);
    expect(record.source).toContain('0195-run');
  });

  it('says how much faster the job was afterwards', () => {
    expect(candidateRecord(repair).rawtext).toContain('3.02');
    expect(candidateRecord({ ...repair, slowdownAfter: null }).rawtext).not.toContain('3.02');
  });
});
