import { describe, expect, test } from 'vitest';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { readPrograms } from '../../activities/model/read-programs.ts';
import { createRunAnalysis } from '../../activities/run-analysis.ts';
import { findingsSchema } from '../../activities/evidence-shapes.ts';
import { emptyGraph } from '../../kb/reasoning/graph.ts';
import { withPrograms } from '../../kb/reasoning/model/program-nodes.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { runActivity } from './run-activity.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', firstRunId: 'run', runId: 'run' };

const entry = (node: string, clock: number) => ({
  probeId: 'gpu.clocks',
  node,
  read: true,
  commands: [{ argv: ['nvidia-smi'], exitCode: 0, raw: {}, reading: [{ index: 0, smClockMhz: clock }] }],
  findings: [],
  elapsedMs: 10,
});

const program = `function analyse({ results }) {
  const clocks = results.map(({ node, readings }) => ({ node, clock: readings[0][0].smClockMhz }));
  const slow = clocks.toSorted((a, b) => a.clock - b.clock)[0];
  return [{ kind: 'analysis.outlier', node: slow.node, numbers: { clock: slow.clock }, sentence: 'slowest of ' + clocks.length }];
}`;
const wish = { program, probeIds: ['gpu.clocks'], why: 'who is slowest' };

async function world() {
  const evidence = memoryEvidence();
  const entries = [entry('node-01', 1410), entry('node-02', 210), { ...entry('node-03', 5), probeId: 'gpu.power' }];
  const results = [await putJson(evidence, 'probe-results', key.cluster, entries)];
  return { evidence, results, runAnalysis: createRunAnalysis({ evidence }) };
}

describe('runAnalysis', () => {
  test('runs the program over the results of the probes it names, and keeps everything as evidence', async () => {
    const { evidence, results, runAnalysis } = await world();
    const result = await runActivity(runAnalysis, { key, wish, results });
    expect(result).toMatchObject({ found: 1, refused: null });
    if (result.findings === null) throw new Error('no findings');
    const [finding] = await getJson(evidence, result.findings, findingsSchema);
    expect(finding).toMatchObject({
      kind: 'analysis.outlier',
      role: 'context',
      node: 'node-02',
      values: { clock: 210, by: 'model-code' },
      range: { evidenceId: result.analysis.id },
      text: expect.stringContaining('slowest of 2'),
    });
    const stored: unknown = JSON.parse(new TextDecoder().decode(await evidence.get(result.analysis)));
    expect(stored).toMatchObject({
      program,
      results: [results[0]?.id],
      input: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('says the same when it is run again', async () => {
    const { evidence, results, runAnalysis } = await world();
    const first = await runActivity(runAnalysis, { key, wish, results });
    const objects = evidence.objects.size;
    expect(await runActivity(runAnalysis, { key, wish, results }, 2)).toEqual(first);
    expect(evidence.objects.size).toBe(objects);
  });

  test.each([
    ['a program that fails', { ...wish, program: 'function analyse() { throw new Error("odd") }' }, /failed.*odd/],
    ['one that never ends', { ...wish, program: 'function analyse() { for (;;) {} }' }, /too many steps/],
    [
      'one that names a node of its own',
      { ...wish, program: `const analyse = () => [{ kind: 'analysis.normal', node: 'node-77', sentence: 'x' }]` },
      /node that was not in its input/,
    ],
    ['a wish with a command', { ...wish, command: 'reboot' }, /not as asked/],
    ['no wish', null, /not as asked/],
  ])('%s is an answer, stored, and no failure', async (_what, wished, refused) => {
    const { evidence, results, runAnalysis } = await world();
    const result = await runActivity(runAnalysis, { key, wish: wished, results });
    expect(result).toMatchObject({ findings: null, found: 0, refused: expect.stringMatching(refused) });
    expect((await evidence.get(result.analysis)).length).toBeGreaterThan(10);
  });

  test('a program over more results than it may get is refused, stored, and shown as struck', async () => {
    const { evidence, runAnalysis } = await world();
    const many = Array.from({ length: 2_001 }, (_one, at) => entry(`node-${at}`, 1410));
    const results = [await putJson(evidence, 'probe-results', key.cluster, many)];
    const result = await runActivity(runAnalysis, { key, wish, results });
    expect(result).toMatchObject({
      findings: null,
      refused: 'the input has 2001 results of probes; at most 2000 are taken',
    });
    const [run] = await readPrograms(evidence, [result], new AbortController().signal);
    if (run === undefined) throw new Error('one program');
    expect(withPrograms(emptyGraph, [run], 2).nodes).toMatchObject([
      { by: 'model-code', struck: 'its text, its input or its answer is too large' },
    ]);
  });
});
