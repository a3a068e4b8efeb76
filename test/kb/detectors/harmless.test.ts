import { expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { scanBytes } from '../../../kb/logs/scan.ts';
import { harmlessLines } from './fixtures/harmless.ts';

it.each(harmlessLines)('finds no cause and no symptom in %s', (line) => {
  const bytes = new TextEncoder().encode(`${line}\n`);
  const findings = scanBytes([{ source: 'healthy.log', evidenceId: 'ev_healthy', bytes }], detectors);
  expect(findings.filter(({ role }) => role === 'cause' || role === 'symptom').map(({ kind }) => kind)).toEqual([]);
});
