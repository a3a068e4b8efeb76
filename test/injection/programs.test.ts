import { describe, expect, it } from 'vitest';
import { findingsSchema } from '../../activities/evidence-shapes.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { createRunAnalysis } from '../../activities/run-analysis.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { runActivity } from '../activities/run-activity.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { programs } from './corpus/programs.ts';
import { expectInertText, traceOf } from './inert.ts';
import { caseOf, expectInertPrompt } from './prompts.ts';
import { tally } from './tally.ts';
import { key, lostGpu, walk } from './ward.ts';

const counted = tally('program');
const walked = await walk({ logs: lostGpu('xxxxx') });
const entry = { probeId: 'gpu.clocks', node: 'node-01', read: true, commands: [], findings: [], elapsedMs: 1 };

describe.each(programs.map((one) => [one.id, one] as const))('%s', (id, { text: program }) => {
  counted.add(id);

  it('reaches nothing, and what it says is marked, weightless and inert', async () => {
    const evidence = memoryEvidence();
    const results = [await putJson(evidence, 'probe-results', key.cluster, [entry])];
    const wish = { program, probeIds: ['gpu.clocks'], why: 'to see' };
    const result = await runActivity(createRunAnalysis({ evidence }), { key, wish, results });
    expect(traceOf(JSON.stringify(result))).toEqual([]);
    expectInertText(JSON.stringify(result));
    const findings = result.findings === null ? [] : await getJson(evidence, result.findings, findingsSchema);
    for (const { kind, role, text, node } of findings) {
      expect([role, node]).toEqual(['context', undefined]);
      expect(Object.keys(knowledge.kinds.get(kind)?.weighs ?? { missing: 1 })).toEqual([]);
      expect(text).toMatch(/^A program written by the model says: “/);
      expectInertText(text);
    }
    const lines = [...findings.map(({ text }) => text), result.refused ?? ''];
    expectInertPrompt(
      caseOf(
        { ...walked, findings: [...walked.findings, ...findings] },
        { programs: [{ probeIds: ['gpu.clocks'], why: program.slice(0, 300), lines }] },
      ),
    );
  });
});

it('reads no environment and no file', async () => {
  const reaching = programs.slice(0, 6);
  for (const { text: program } of reaching) {
    const evidence = memoryEvidence();
    const results = [await putJson(evidence, 'probe-results', key.cluster, [entry])];
    const wish = { program, probeIds: ['gpu.clocks'], why: 'to see' };
    const { refused, findings } = await runActivity(createRunAnalysis({ evidence }), { key, wish, results });
    expect([refused === null, findings]).toEqual([false, null]);
  }
});
