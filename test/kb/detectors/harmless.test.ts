import { expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { readLines } from '../../../kb/logs/read.ts';
import { scan } from '../../../kb/logs/scan.ts';
import { harmlessLines } from './fixtures/harmless.ts';

it.each(harmlessLines)('finds no cause and no symptom in %s', (line) => {
  const bytes = new TextEncoder().encode(`${line}\n`);
  const findings = scan(readLines(bytes, { source: 'healthy.log', evidenceId: 'ev_healthy' }), detectors);
  expect(findings.filter(({ role }) => role === 'cause' || role === 'symptom').map(({ kind }) => kind)).toEqual([]);
});
