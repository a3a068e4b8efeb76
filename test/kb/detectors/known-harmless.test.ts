import { describe, expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { knownHarmless } from '../../../kb/detectors/known-harmless.ts';
import { scanBytes } from '../../../kb/logs/scan.ts';
import { diagnoseFindings, knowledge } from '../../../kb/reasoning/index.ts';
import { nothingWrong } from '../../../kb/reasoning/health.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const declared = knownHarmless.patterns.filter(({ id }) => id.startsWith('harmless.'));
const lines = declared.flatMap(({ sees }) => sees);
const one = lines[0] ?? '';

function findingsIn(...text: readonly string[]): readonly Finding[] {
  const bytes = new TextEncoder().encode(`${text.join('\n')}\n`);
  return scanBytes([{ source: 'train.log', evidenceId: 'ev_harmless', bytes }], detectors);
}

describe('lines that are declared harmless', () => {
  it('are all clean, and weigh nothing', () => {
    expect(declared.length).toBeGreaterThan(25);
    expect(declared.filter(({ role, weighs }) => role !== 'clean' || Object.keys(weighs).length > 0)).toEqual([]);
  });

  it.each(lines)('are no fault where they stand alone: %s', (line) => {
    const { verdict } = diagnoseFindings({ findings: findingsIn(line) });
    expect(verdict.kind).toBe('no-fault');
  });

  it('say why in the verdict', () => {
    const { verdict } = diagnoseFindings({
      findings: findingsIn('node-03:1:2 [0] NCCL INFO NET/Plugin: Failed to find ncclNetPlugin_v8 symbol.'),
    });
    expect(verdict.kind === 'no-fault' ? verdict.explanation.text : '').toContain('NCCL finds no external plugin');
  });

  it.each([
    '[ERROR] stage 7 ended with code 3',
    'ERROR 02-07 15:18:10 engine.py:366] Call to add_lora method failed',
    '[2026-02-25 15:39:25 TP8] Scheduler hit an exception: Traceback (most recent call last):',
    'slurmstepd: worker did not come up, timed out after 600 s',
  ])('show no health where a line that nothing knows speaks of trouble: %s', (line) => {
    const { verdict } = diagnoseFindings({ findings: findingsIn(one, line) });
    expect(verdict.kind).toBe('not-proven');
  });

  it('leave a cause beside them its say', () => {
    const { verdict } = diagnoseFindings({
      findings: findingsIn(one, 'NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.'),
    });
    expect(verdict.kind === 'attributed' ? verdict.causes[0]?.category : verdict.kind).toBe('gpu-fell-off-bus');
  });

  it('tell nothing of the health of a system that is watched', () => {
    const observations = observe(findingsIn(one), knowledge.kinds);
    expect(nothingWrong(observations, 'evidence', { from: 'probes', ofJob: false, alertAtMs: null })).toBeNull();
    expect(nothingWrong(observations, 'evidence', { from: 'logs', ofJob: true, alertAtMs: null })).not.toBeNull();
  });
});
