import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ModelClient } from '../../../../../activities/ports.ts';
import type { Verdict } from '../../../../../workflows/domain/finding.ts';
import { compareVerdicts } from '../../../../../workers/cli/bench/model/compare-verdicts.ts';
import { renderModelBench } from '../../../../../workers/cli/bench/model/model-table.ts';
import { runModelBench } from '../../../../../workers/cli/bench/model/run-model.ts';
import { recordingTerminal } from '../../../support/recording-terminal.ts';

const dir = fileURLToPath(new URL('../../../../incidents', import.meta.url));

function saying(text: string): ModelClient {
  return {
    model: 'scripted',
    host: '127.0.0.1',
    ask: () =>
      Promise.resolve({
        text,
        finish: 'stop',
        usage: { promptTokens: 100, answerTokens: 10 },
        formed: true,
        model: null,
      }),
    models: () => Promise.resolve(['scripted']),
  };
}

const lie = JSON.stringify({
  hypotheses: [
    {
      category: 'disk-full',
      node: null,
      device: null,
      probability: 0.99,
      claims: [
        { tag: 'text', text: 'The disk is full.', cites: [{ id: 'F1', quote: 'no space left on device at all' }] },
      ],
    },
  ],
  critiques: [],
  probes: [],
  predictSpeed: false,
});

describe('a model beside the rules', () => {
  test.each([
    ['a liar', lie, null],
    ['a talker', 'I am sure it is the disk.', expect.stringContaining('JSON')],
  ])('makes no verdict worse: %s', async (_who, text, degraded) => {
    const { terminal } = recordingTerminal();
    const report = await runModelBench(terminal, {
      dir,
      set: 'tuning',
      cases: 2,
      client: saying(text),
      timeoutMs: 1_000,
    });
    expect(report.rows).toHaveLength(2);
    expect(report.rows.map(({ isChanged, isWorse, standing }) => [isChanged, isWorse, standing])).toEqual([
      [false, false, 0],
      [false, false, 0],
    ]);
    expect(report.rows.map((row) => row.degraded)).toEqual([degraded, degraded]);
    expect(await renderModelBench(terminal, report)).toContain('0 of 2 verdicts worse');
  });
});

describe('of two verdicts', () => {
  const attributed = (category: 'disk-full' | 'gpu-oom', disputed = false): Verdict => ({
    kind: 'attributed',
    causes: [{ category, probability: 0.9, because: [] }],
    disputed,
  });
  const open: Verdict = { kind: 'not-proven', candidates: [], reason: 'too little' };

  test.each([
    ['a right cause lost', attributed('gpu-oom'), open, { isWorse: true, isChanged: true }],
    ['a wrong cause raised', open, attributed('disk-full'), { isWorse: true, isChanged: true }],
    ['a right cause found', open, attributed('gpu-oom'), { isWorse: false, isChanged: true }],
    [
      'a doubt noted',
      attributed('gpu-oom'),
      attributed('gpu-oom', true),
      { isWorse: false, isChanged: false, isDisputed: true },
    ],
  ])('%s', (_what, alone, beside, expected) => {
    expect(compareVerdicts(alone, beside, 'gpu-oom')).toMatchObject(expected);
  });
});

describe('a bench that is stopped', () => {
  test('shows the cases until then', async () => {
    const { terminal } = recordingTerminal();
    const stop = new AbortController();
    let asked = 0;
    const client: ModelClient = {
      ...saying(lie),
      ask: async (request, options) => {
        asked += 1;
        if (asked === 2) stop.abort(new Error('stopped by SIGINT'));
        options.signal?.throwIfAborted();
        return saying(lie).ask(request, options);
      },
    };
    const report = await runModelBench(
      terminal,
      { dir, set: 'tuning', cases: 3, client, timeoutMs: 1_000 },
      stop.signal,
    );
    expect([report.rows.length, report.cases]).toEqual([1, 3]);
    expect(await renderModelBench(terminal, report)).toContain('Stopped after 1 of 3 cases.');
  });
});
