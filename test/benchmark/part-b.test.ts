import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { describe, expect, test } from 'vitest';
import { readQuestions } from '../../activities/adapters/question-files.ts';
import { readRecordFiles } from '../../activities/adapters/record-files.ts';
import { runProgram, type ProgramResult } from '../../activities/adapters/run-program.ts';
import { isSameJson, jsonDifference } from '../../kb/benchmark/judge-program.ts';
import type { ProgramQuestion } from '../../kb/benchmark/question.ts';
import { isVisible } from '../../kb/benchmark/split.ts';

const folder = fileURLToPath(new URL('questions/', import.meta.url));
const { questions, problems } = await readQuestions(folder, 'B');
const { placed } = await readRecordFiles();
/** A record lies in the folder of its category. */
const categoryOf = new Map(placed.map(({ record, place }) => [record.id, place.split('/')[0] ?? 'none']));

/** A right program needs 50 ms; what remains is for a machine that is busy with other tests. */
const limits = { timeoutMs: 20_000, outputBytesMax: 64 * 1024 };
/** As many as the test machine has cores. */
const atOnce = pLimit(2);
const run = (program: string, input: string): Promise<ProgramResult> =>
  atOnce(() => runProgram(program, input, limits));

/** The first case that a program gets wrong, as text; null when it is right in all. */
async function firstFault(program: string, cases: ProgramQuestion['cases']): Promise<string | null> {
  for (const [index, { input, output }] of cases.entries()) {
    const result = await run(program, input);
    if (result.kind === 'failed') return `case ${index}: ${result.why}`;
    const difference = jsonDifference(output, result.value);
    if (difference !== null) return `case ${index}: ${difference}`;
  }
  return null;
}

describe('the questions of part B', () => {
  test('are fifty, and every file holds one under its own name', async () => {
    expect(problems).toEqual([]);
    expect(questions.map(({ id }) => `${id}.yaml`)).toEqual((await readdir(`${folder}b`)).toSorted());
    expect(questions).toHaveLength(50);
  });

  test('come each from another record, which is there and which mode fair does not show', () => {
    const records = questions.map(({ record }) => record);
    expect(records.filter((record) => !categoryOf.has(record))).toEqual([]);
    expect(records.filter(isVisible)).toEqual([]);
    expect(new Set(records).size).toBe(records.length);
  });

  test('spread over at least 35 categories, at most two of one', () => {
    const counts = new Map<string, number>();
    for (const { record } of questions) {
      const category = categoryOf.get(record) ?? 'none';
      counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThanOrEqual(35);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(2);
  });

  test.each(questions)('$id: no program passes that prints the same for every case', ({ cases }) => {
    expect(cases.some(({ output }) => !isSameJson(cases[0]?.output, output))).toBe(true);
  });

  test.each(questions)('$id: no case is one of the examples', ({ cases, examples }) => {
    const shown = new Set(examples.map(({ input }) => input.trim()));
    expect(cases.filter(({ input }) => shown.has(input.trim()))).toEqual([]);
  });

  test.concurrent.each(questions)(
    '$id: the solution is right in examples and cases',
    async (question) => {
      expect(await firstFault(question.solution, [...question.examples, ...question.cases])).toBeNull();
    },
    120_000,
  );

  test.concurrent.each(questions)(
    '$id: the cases tell every mistake',
    async ({ mistakes, cases }) => {
      const faults = await Promise.all(mistakes.map(({ program }) => firstFault(program, cases)));
      expect(mistakes.filter((_, index) => faults[index] === null).map(({ why }) => why)).toEqual([]);
    },
    120_000,
  );
});

describe('a hostile program', () => {
  const refused = /restricted|not to be had here/;
  test.each([
    ['reads a file', `import fs from 'node:fs'; console.log(JSON.stringify(fs.readFileSync('/etc/passwd', 'utf8')))`],
    ['lists a folder', `import fs from 'node:fs'; console.log(JSON.stringify(fs.readdirSync('..')))`],
    ['writes a file', `import fs from 'node:fs'; fs.writeFileSync('left-behind', 'x'); console.log(1)`],
    ['starts a process', `import { execSync } from 'node:child_process'; console.log(execSync('echo 1').toString())`],
    [
      'starts a thread',
      `import { Worker } from 'node:worker_threads'; new Worker('1', { eval: true }); console.log(1)`,
    ],
    ['asks for a closed module', `process.getBuiltinModule('node:net'); console.log(1)`],
    ['asks for a binding', `process.binding('tcp_wrap'); console.log(1)`],
    ['imports from an address', `import x from 'data:text/javascript,export default 1'; console.log(x)`],
    ['opens a socket', `new process.stdout.constructor().connect(9, '127.0.0.1'); console.log(1)`],
    ['signals another process', `process.kill(process.ppid, 0); console.log(1)`],
  ])('that %s is refused', async (_what, program) => {
    expect(await run(program, '')).toEqual({ kind: 'failed', why: expect.stringMatching(refused) });
  });

  test('sees no environment and cannot fetch', async () => {
    const program = 'console.log(JSON.stringify([process.env, typeof fetch, typeof WebSocket]))';
    expect(await run(program, '')).toEqual({ kind: 'ok', value: [{}, 'undefined', 'undefined'] });
  });

  test('that never ends is killed', async () => {
    const result = await runProgram('for (;;) {}', '', { ...limits, timeoutMs: 500 });
    expect(result).toEqual({ kind: 'failed', why: 'ran longer than 500 ms' });
  });

  test('that prints a gigabyte is killed at the limit', async () => {
    const program = `const text = 'x'.repeat(1 << 20); for (let n = 0; n < 1024; n += 1) process.stdout.write(text);`;
    expect(await run(program, '')).toEqual({ kind: 'failed', why: 'printed more than 65536 bytes' });
  });

  test('that fills the heap ends by itself', async () => {
    const result = await run('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));', '');
    expect(result).toEqual({ kind: 'failed', why: expect.stringContaining('heap out of memory') });
  });

  test('leaves no folder behind', async () => {
    const inside = await run('console.log(JSON.stringify(process.cwd()))', '');
    expect(inside).toEqual({ kind: 'ok', value: expect.stringContaining('wardround-program-') });
    const failing = await run('throw new Error(process.cwd())', '');
    expect(failing).toEqual({ kind: 'failed', why: expect.stringContaining('wardround-program-') });
    const places = [inside.kind === 'ok' ? String(inside.value) : '', failing.kind === 'failed' ? failing.why : ''];
    expect(places.map((place) => existsSync(place.replace(/^.*Error: /, '')))).toEqual([false, false]);
  });
});

test.each([
  ['prints nothing', '', 'printed no single JSON value: '],
  ['prints two values', 'console.log(1); console.log(2)', 'printed no single JSON value: 1\n2\n'],
  ['throws', 'null.x', 'TypeError'],
  ['exits with another code', 'console.log(1); process.exitCode = 3', 'ended with code 3'],
])('a program that %s has failed', async (_what, program, why) => {
  expect(await run(program, '')).toEqual({ kind: 'failed', why: expect.stringContaining(why) });
});

test('a program that ends before it has read a long input still counts', async () => {
  expect(await run('console.log(7); process.exit(0)', 'x'.repeat(4_000_000))).toEqual({ kind: 'ok', value: 7 });
});
