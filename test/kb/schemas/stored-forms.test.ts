import { exampleRecordValue } from '../../support/example-record.ts';
import { expect, it } from 'vitest';
import { evidenceKey } from '../../../kb/schemas/evidence-keys.ts';
import { gateFencePattern, gateTokenPattern } from '../../../kb/schemas/gate.ts';
import { recordSchema } from '../../../kb/schemas/record.ts';
import { categories } from '../../../kb/taxonomy.ts';
import { formatFencingToken } from '../../../workflows/domain/lease.ts';
import { clusterWorkflowId, incidentWorkflowId, repairWorkflowId, taskQueues } from '../../../workflows/domain/ids.ts';

/** Stored in buckets and histories for years: a change here orphans what was written before. */
it('ids, queues and keys keep their form', () => {
  expect(incidentWorkflowId('site-a', '0011223344556677')).toBe('incident/site-a/0011223344556677');
  expect(repairWorkflowId('run-1', 2)).toBe('repair/run-1/2');
  expect(clusterWorkflowId('site-a')).toBe('cluster/site-a');
  expect([taskQueues.probes('site-a'), taskQueues.remediation('site-a')]).toEqual([
    'probes.site-a',
    'remediation.site-a',
  ]);
  const sha256 = 'ab'.repeat(32);
  expect(evidenceKey('probes', 'site-a', 'probe-results', sha256)).toBe(
    `evidence/probes/site-a/probe-results/ab/${sha256}`,
  );
});

it('the gate protocol takes the tokens that we make, and nothing that a shell could read', () => {
  expect(formatFencingToken({ epochMs: 1_790_000_000_000, counter: 7 })).toMatch(gateFencePattern);
  expect('0123456789abcdef0123456789abcdef').toMatch(gateTokenPattern);
  for (const bad of ['1.2;reboot', '$(id).1', '1 2', '']) expect(bad).not.toMatch(gateFencePattern);
});

it('there are 43 categories, each once', () => {
  expect(new Set(categories).size).toBe(43);
});

it('a record needs the four fields of the paper, a known category, a source and a signal', () => {
  const record: Record<string, unknown> = exampleRecordValue;
  expect(recordSchema.parse(record)).toMatchObject({ id: 'slow-steps-locked-clock' });
  const refused = (wrong: Record<string, unknown>) => !recordSchema.safeParse({ ...record, ...wrong }).success;
  const withouts = ['problemkey', 'rawtext', 'function', 'result', 'confirmedBy'].map((field) => ({
    [field]: undefined,
  }));
  const wrongs = [
    { category: 'slow' },
    { source: 'a colleague' },
    { id: 'Slow Steps' },
    { schema: 2 },
    { signals: [] },
    { signature: 'bad-mood' },
    { remedy: {} },
    { signals: [{ seenIn: 'probe', line: 'a line', strength: 'weak' }] },
    { unknown: 1 },
  ];
  expect([...withouts, ...wrongs].filter((wrong) => !refused(wrong))).toEqual([]);
});
