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

it('a record needs the four fields of the paper, a known category and a source', () => {
  const record = {
    problemkey: 'slow-steps-locked-clock',
    rawtext: 'Steps take three times as long; one GPU runs at 210 MHz while all report 100 % utilisation.',
    function: 'gpu.clocks: the SM clock is far below its maximum under load',
    result: 'the clocks of one GPU had been locked and forgotten',
    category: 'gpu-clock-throttle',
    remedy: 'reset the lock',
    signals: ['gpu.clock.locked-low'],
    not_this_if: [],
    source: 'https://example.org/thread/1',
  };
  expect(recordSchema.parse(record).probes).toEqual([]);
  expect(recordSchema.safeParse({ ...record, category: 'slow' }).success).toBe(false);
  expect(recordSchema.safeParse({ ...record, source: 'a colleague' }).success).toBe(false);
  expect(recordSchema.safeParse({ ...record, problemkey: 'Slow Steps' }).success).toBe(false);
});
