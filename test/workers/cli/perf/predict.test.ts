import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepTerms, type Prediction, type RunProblem } from '../../../../kb/performance/prediction.ts';
import { trainingRunSchema } from '../../../../kb/schemas/training-run.ts';
import { predictCommand } from '../../../../workers/cli/perf/predict.ts';
import { repositoryFile } from '../../../../workers/repository-file.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { runCli } from '../../support/cli-runs.ts';
import { aRun } from './a-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder('perf-predict');
});
afterAll(() => folder.remove());

const published = repositoryFile('kb/performance/runs/published-runs.jsonl');

function file(name: string, text: string): string {
  const place = path.join(folder.path, name);
  writeFileSync(place, text);
  return place;
}

const jsonl = (name: string, rows: readonly object[]) => file(name, rows.map((row) => JSON.stringify(row)).join('\n'));

function predict(argv: readonly string[], columnsWide = 140) {
  return runCli((context) => predictCommand(context, columnsWide), ['predict', ...argv]);
}

interface Row extends Partial<Prediction> {
  readonly id: string;
  readonly refused?: readonly (RunProblem & { readonly place: string })[];
  readonly measuredSeconds?: number;
  readonly errorShare?: number;
}

// What the test then looks at, field by field.
const rowOf = (line: string): Row => JSON.parse(line) as Row;

/** The first row, which was predicted. */
function predicted([row]: readonly Row[]): Row & Prediction {
  if (row?.iterationSeconds === undefined) throw new Error(`not predicted: ${JSON.stringify(row)}`);
  return row as Row & Prediction; // a row with a step time has the others, which the tests look at
}

async function predictJson(place: string, ...more: readonly string[]) {
  const run = await predict([place, '--json', ...more]);
  return { ...run, rows: run.stdout.split('\n').map(rowOf) };
}

describe('wardround perf predict --json', () => {
  it('answers one line for each run, in the order of the file, and predicts those beside a refused one', async () => {
    const place = jsonl('mixed.jsonl', [
      { ...aRun(), id: 'first' },
      { ...aRun(), id: 'unknown', gpu: 'Voodoo 2' },
      { id: 'micro', kind: 'microbenchmark', gpu: 'A100-SXM4' },
      { ...aRun(), id: 'words', gpus: 'eighty' },
      { ...aRun(), id: 'last' },
    ]);
    const { rows, exitCode, stderr } = await predictJson(place);
    expect(rows.map(({ id }) => id)).toEqual(['first', 'unknown', 'words', 'last']);
    expect(exitCode).toBe(1);
    expect(rows[1]?.refused).toMatchObject([{ field: 'gpu', reason: expect.stringContaining('Voodoo 2') }]);
    expect(rows[2]?.refused).toMatchObject([{ field: 'gpus', place: expect.stringMatching(/mixed\.jsonl:4:\d+$/) }]);
    expect(rows[3]).toEqual({ ...rows[0], id: 'last' });
    expect(stderr).toContain('skipped 1 rows of kind microbenchmark');
    expect(stderr).toContain('2 of 4 runs were refused');
  });

  it('gives the figures by their stable names, and a breakdown that adds up', async () => {
    const { rows, exitCode } = await predictJson(jsonl('one.jsonl', [aRun()]));
    expect(exitCode).toBe(0);
    const row = predicted(rows);
    expect(Object.keys(row)).toEqual([
      'id',
      'iterationSeconds',
      'tokensPerSecond',
      'modelTflopsPerGpu',
      'hardwareTflopsPerGpu',
      'low',
      'high',
      'breakdown',
      'assumed',
      'powerWattsPerGpu',
      'memoryGibPerGpu',
    ]);
    expect(Object.keys(row.breakdown)).toEqual([...stepTerms]);
    const sum = stepTerms.reduce((seconds, term) => seconds + row.breakdown[term], 0);
    expect(sum).toBeCloseTo(row.iterationSeconds, 9);
    expect(row.tokensPerSecond).toBeCloseTo((640 * 4096) / row.iterationSeconds, 6);
    expect(row.low).toBeLessThan(row.iterationSeconds);
    expect(row.high).toBeGreaterThan(row.iterationSeconds);
  });

  it('takes every row of the published runs, with nothing in it but numbers that are finite', async () => {
    const lines = readFileSync(published, 'utf8').trimEnd().split('\n');
    const training = lines.filter((line) => line.includes('"kind": "training"'));
    const { rows, stderr } = await predictJson(published);
    expect(rows.map(({ id }) => id)).toEqual(training.map((line) => rowOf(line).id));
    expect(stderr).toContain('skipped 25 rows of kind microbenchmark');
    const wrong = rows.filter(
      ({ refused, iterationSeconds = 0 }) => refused === undefined && !(iterationSeconds > 0 && iterationSeconds < 1e5),
    );
    expect(wrong).toEqual([]);
    // What is refused is refused for its layout: never for a form that the table has and the schema has not.
    expect(
      rows.flatMap(({ refused }) => refused ?? []).filter(({ field }) => !['tp', 'vp', 'pp'].includes(field)),
    ).toEqual([]);
  });

  it('predicts a run that says only the least, and lists what it assumed', async () => {
    const { rows, exitCode } = await predictJson(
      jsonl('least.jsonl', [
        {
          gpu: 'A800-SXM4-80GB',
          gpus: 8,
          layers: 32,
          hidden: 4096,
          heads: 32,
          seq: 2048,
          global_batch: 64,
          micro_batch: null,
        },
      ]),
    );
    expect(exitCode).toBe(0);
    const { id, assumed } = predicted(rows);
    expect(id).toMatch(/least\.jsonl:1$/);
    expect(assumed.map(({ field }) => field)).toContain('micro_batch');
    for (const { rule } of assumed) expect(rule).not.toBe('');
  });

  it('compares with what the run measured', async () => {
    const { rows } = await predictJson(jsonl('measured.jsonl', [{ ...aRun(), measured: { iteration_s: 10 } }]));
    const row = predicted(rows);
    expect(row.measuredSeconds).toBe(10);
    expect(row.errorShare).toBeCloseTo(row.iterationSeconds / 10 - 1, 12);
  });

  it('is scaled by what a site measured about itself, with its own bounds', async () => {
    const place = jsonl('site.jsonl', [aRun()]);
    const site = file('site.yaml', 'scale: 1.2\nsigma: 0.05\nruns: 5\n');
    const plain = predicted((await predictJson(place)).rows);
    const scaled = predicted((await predictJson(place, '--site', site)).rows);
    expect(scaled.iterationSeconds / plain.iterationSeconds).toBeCloseTo(1.2, 9);
    expect(scaled.high / scaled.iterationSeconds).toBeCloseTo(Math.exp(1.645 * 0.05), 3);
  });
});

describe('the description of job files', () => {
  it('names every field', () => {
    const text = readFileSync(repositoryFile('docs/performance.md'), 'utf8');
    const missing = Object.keys(trainingRunSchema.shape).filter((field) => !text.includes(`\`${field}\``));
    expect(missing).toEqual([]);
  });

  it('has an example that is predicted', async () => {
    const { rows, exitCode } = await predictJson(repositoryFile('docs/examples/llama-13b-a800.yaml'));
    expect(exitCode).toBe(0);
    // 13 billion parameters on 80 A800: between a quarter and three quarters of the peak.
    expect(predicted(rows).modelTflopsPerGpu).toBeGreaterThan(78);
    expect(predicted(rows).modelTflopsPerGpu).toBeLessThan(234);
  });
});

describe('wardround perf predict', () => {
  it('shows a table that fits the screen, and says each rule of assumption once', async () => {
    const rows = Array.from({ length: 5 }, (_, at) => ({
      ...aRun(),
      id: `a-run-with-a-long-name-${at}`,
      kv_heads: undefined,
      measured: { iteration_s: 18 },
      set: 'ours',
    }));
    for (const columns of [80, 140]) {
      const { stdout } = await predict([jsonl('five.jsonl', rows)], columns);
      const lines = stdout.split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(lines[0]).toMatch(/^RUN +STEP S +9 OF 10 IN +TOKENS\/S +TFLOP\/S +MEASURED +ERROR/);
      expect(lines[0]?.includes('ASSUMED')).toBe(columns === 140);
      expect(stdout.match(/^ {2}kv_heads 40 \(5 of 5 runs\): /gm)).toHaveLength(1);
      expect(stdout).toMatch(/^ours +5 /m);
    }
  });

  it('names file, line, column and field of what it refuses', async () => {
    const place = file('job.yaml', 'gpu: A800-SXM4-80GB\ngpus: 8\nlayers: 32.5\nhidden: 4096\n');
    const { stderr, exitCode } = await predict([place]);
    expect(stderr).toMatch(/job\.yaml:3:1 refused layers: /);
    expect(exitCode).toBe(1);
  });

  it('says when a field has the name that other configurations give it', async () => {
    const { micro_batch: _microBatch, ...run } = aRun();
    const { stderr, exitCode } = await predict([
      jsonl('names.jsonl', [{ ...run, micro_batch_size: 1, seq_length: 4096, constructor: 1 }]),
    ]);
    expect(stderr).toBe('micro_batch_size is not read: the field is called micro_batch');
    expect(exitCode).toBe(0);
  });

  it('lets no name move the cursor or pass for output', async () => {
    const id = '\u001b[2J\u0007evil\u202e\nRUN 0.1';
    const place = jsonl('evil.jsonl', [
      { ...aRun(), id },
      { ...aRun(), id, gpu: '\u001b]0;title\u0007' },
      { kind: '\u001b[31mother' },
    ]);
    const { stdout, stderr } = await predict([place]);
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(stdout.split('\n').filter((line) => line.startsWith('RUN'))).toHaveLength(1);
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ['a file that is not there', () => [path.join(folder.path, 'gone.yaml')], /gone\.yaml can not be read/],
    ['a file without runs', () => [file('empty.jsonl', '\n')], /holds no run/],
    [
      'a site scale that is none',
      () => [jsonl('r.jsonl', [aRun()]), '--site', file('s.yaml', 'scale: -1\n')],
      /s\.yaml is no site scale: scale: .*sigma/,
    ],
    ['a folder', () => [folder.path], /can not be read/],
  ])('ends with 2 and says what is wrong: %s', async (_what, argv, message) => {
    const { exitCode, stderr } = await predict(argv());
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('reads standard input', async () => {
    const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) => {
      const argv = [repositoryFile('workers/cli.ts'), 'perf', 'predict', '-', '--json'];
      const child = execFile(process.execPath, argv, (error, out) =>
        error ? reject(error) : resolve({ stdout: out }),
      );
      child.stdin?.end(`${JSON.stringify({ ...aRun(), id: 'piped' })}\n`);
    });
    expect(JSON.parse(stdout)).toMatchObject({ id: 'piped' });
  });
});
