import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ModelClient, ModelRequest } from '../../../../../activities/ports.ts';
import { PortError } from '../../../../../activities/ports.ts';
import type { AttributionQuestion } from '../../../../../kb/benchmark/question.ts';
import { messagesOf, programIn } from '../../../../../workers/cli/bench/paper/answer-by-model.ts';
import { runPaper, type PaperOptions } from '../../../../../workers/cli/bench/paper/run-paper.ts';
import { renderPaper } from '../../../../../workers/cli/bench/paper/paper-table.ts';
import { tunedOn } from '../../../../../workers/cli/bench/paper/tuned-on.ts';
import { recordingTerminal } from '../../../support/recording-terminal.ts';

const folder = fileURLToPath(new URL('../../../../benchmark/questions', import.meta.url));
const options: PaperOptions = { folder, parts: ['A', 'B', 'C'], modes: ['fair'], ablations: [], limit: 2, model: null };
const never = new AbortController().signal;

function model(answer: (request: ModelRequest) => string): {
  readonly client: ModelClient;
  readonly timeoutMs: number;
} {
  const client: ModelClient = {
    model: 'scripted',
    host: '127.0.0.1',
    async ask(request) {
      const text = answer(request);
      if (text === '') throw new PortError('unreachable', 'nobody is there');
      return { text, finish: 'stop', usage: { promptTokens: 2_000, answerTokens: 1 }, formed: false, model: null };
    },
    models: () => Promise.resolve(['scripted']),
  };
  return { client, timeoutMs: 1_000 };
}

test('the rules answer A and C, and B says that it needs a model', async () => {
  const { terminal } = recordingTerminal();
  const report = await runPaper(terminal, options, never);
  expect(report.rows.map(({ part, by, mode }) => [part, by, mode])).toEqual([
    ['A', 'rules', null],
    ['C', 'rules', 'fair'],
  ]);
  expect(report.notes.join()).toContain('needs a model');
  const text = await renderPaper(terminal, report);
  expect(text).toContain('0.85');
  expect(text).toContain('not to be compared');
});

test('a model answers every part; a server that fails costs the question and not the run', async () => {
  const { terminal } = recordingTerminal();
  const wanted = {
    ...options,
    limit: 1,
    model: model(({ messages }) => (messages[0]?.content.includes('program') === true ? '' : 'Answer: B')),
  };
  const { rows } = await runPaper(terminal, wanted, never);
  const byModel = rows.filter(({ by }) => by === 'scripted');
  expect(byModel.map(({ part, tokens }) => [part, tokens])).toEqual([
    ['A', 2_001],
    ['B', 0],
    ['C', 2_001],
  ]);
  expect(byModel[1]?.answers[0]).toMatchObject({ right: false, failed: 'nobody is there' });
});

test('says on stderr how far it has come, and how long the rest takes', async () => {
  const { terminal, stderr, stdout } = recordingTerminal();
  let now = 0;
  const slow = model(() => {
    now += 20_000;
    return 'Answer: B';
  });
  const { rows } = await runPaper(terminal, { ...options, parts: ['C'], limit: 4, model: slow }, never, () => now);
  expect(rows).toHaveLength(2);
  expect(stdout()).toBe('');
  const lines = stderr().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^ {2}… 5 of 8 done, about 1 min left: scripted fair c-\d+$/);
  expect(lines[2]).toContain('7 of 8 done, about 20 s left');
});

test('shows what was answered when it is stopped, by whom and of how many', async () => {
  const { terminal } = recordingTerminal();
  const stop = new AbortController();
  let asked = 0;
  const stopping: ModelClient = {
    ...model(() => 'Answer: B').client,
    ask: async (_request, { signal }) => {
      asked += 1;
      if (asked === 3) stop.abort(new Error('stopped by SIGINT'));
      signal?.throwIfAborted();
      return { text: 'Answer: B', finish: 'stop', usage: null, formed: false, model: null };
    },
  };
  const wanted = { ...options, parts: ['C' as const], limit: 5, model: { client: stopping, timeoutMs: 1_000 } };
  const report = await runPaper(terminal, wanted, stop.signal);
  expect(report.stopped).toBe(true);
  expect(report.rows.map(({ by, answers }) => [by, answers.length])).toEqual([
    ['rules', 5],
    ['scripted', 2],
  ]);
  expect(await renderPaper(terminal, report)).toContain('Stopped after 7 of 10 questions');
});

test('what a server says of its tokens is not believed blindly', async () => {
  const { terminal } = recordingTerminal();
  const lying: ModelClient = {
    ...model(() => '').client,
    ask: async () => ({
      text: 'Answer: B',
      finish: 'stop',
      usage: { promptTokens: -1e9, answerTokens: Infinity },
      formed: false,
      model: null,
    }),
  };
  const wanted = { ...options, parts: ['C' as const], limit: 1, model: { client: lying, timeoutMs: 1_000 } };
  const tokens = (await runPaper(terminal, wanted, never)).rows.at(-1)?.tokens ?? 0;
  expect(tokens).toBeGreaterThan(10);
  expect(tokens).toBeLessThan(100_000);
});

test('a prompt holds labels and words of the choices, and nothing of the answer', () => {
  const question: AttributionQuestion = {
    id: 'c-999',
    part: 'C',
    record: 'secret-record-id',
    shown: 'x'.repeat(150),
    question: 'What happened here?',
    choices: [
      { label: 'A', category: 'gpu-oom', text: 'too large a model' },
      { label: 'B', category: 'host-oom', text: 'too large a cache' },
    ],
    answer: 'A',
    why: 'because of the first line and of nothing else',
  };
  const sent = JSON.stringify(messagesOf(question, []));
  expect(sent).toContain('too large a model');
  for (const hidden of ['gpu-oom', 'host-oom', 'secret-record-id', 'because of the first'])
    expect(sent).not.toContain(hidden);
});

test('a program is the last fenced block, or the whole answer', () => {
  expect(programIn('first\n```js\n1\n```\nbetter:\n```javascript\n2\n```\ndone')).toBe('2\n');
  expect(programIn('```js\ncut off')).toBe('cut off');
  expect(programIn('console.log(1)')).toBe('console.log(1)');
});

test('at most fifteen questions of a part were tuned on', () => {
  for (const part of ['a', 'c']) expect([...tunedOn].filter((id) => id.startsWith(part))).toHaveLength(15);
});
