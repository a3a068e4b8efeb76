import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { categories } from '../../kb/taxonomy.ts';
import { diagnosePath } from '../../workers/cli/diagnose.ts';
import type { Terminal } from '../../workers/cli/output.ts';

/** What a recorded incident says about itself: lines as published, names and addresses neutralised. */
const incidentSchema = z.strictObject({
  source: z.url(),
  confirmedCause: z.string().min(10),
  expect: z.strictObject({
    /** `null`: the excerpt cannot tell. */
    category: z.enum(categories).nullable(),
    /** `null`: either way is right, as long as the category comes first. */
    verdict: z.enum(['attributed', 'no-fault', 'not-proven']).nullable(),
    /** `null`: nothing in it is a fault. */
    firstFaultIncludes: z.string().min(1).nullable(),
  }),
});

const folder = import.meta.dirname;
const incidents = readdirSync(folder)
  .filter((name) => name.startsWith('incident-'))
  .toSorted()
  .map((name) => ({ name, ...incidentSchema.parse(JSON.parse(readFileSync(path.join(folder, name, 'incident.json'), 'utf8'))) }));

const silent: Terminal = { out: () => {}, err: () => {}, ask: () => Promise.resolve(''), colour: false, interactive: false };

describe.each(incidents)('$name', ({ name, expect: expected }) => {
  it('is diagnosed as its thread was settled', async () => {
    const report = await diagnosePath(path.join(folder, name), { terminal: silent, nowMs: () => 0 });
    expect(report.firstFault?.text ?? '').toContain(expected.firstFaultIncludes ?? '');
    expect(report.firstFault === null).toBe(expected.firstFaultIncludes === null);
    expect([report.causes[0]?.category, report.verdict]).toEqual([
      expected.category ?? report.causes[0]?.category,
      expected.verdict ?? report.verdict,
    ]);
  });
});

it('covers what was asked for: eight kinds of fault and a bare watchdog', () => {
  const seen = new Set(incidents.map((incident) => incident.expect.category));
  for (const category of ['gpu-fell-off-bus', 'gpu-ecc-uncorrectable', 'gpu-oom', 'host-oom', 'disk-full', 'rdma-link-fault', 'loss-nan-numerics'] as const)
    expect(seen).toContain(category);
  expect(incidents.some((incident) => incident.expect.category === null && incident.expect.verdict === 'not-proven')).toBe(true);
});
