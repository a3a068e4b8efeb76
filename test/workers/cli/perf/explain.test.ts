import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepTerms, type Assumption } from '../../../../kb/performance/prediction.ts';
import { explainCommand } from '../../../../workers/cli/perf/explain.ts';
import { repositoryFile } from '../../../../workers/repository-file.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { runCli } from '../../support/cli-runs.ts';
import { aRun } from './a-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder('perf-explain');
});
afterAll(() => folder.remove());

function file(name: string, value: unknown): string {
  const place = path.join(folder.path, name);
  writeFileSync(place, typeof value === 'string' ? value : JSON.stringify(value));
  return place;
}

function explain(argv: readonly string[], columnsWide = 100) {
  return runCli((context) => explainCommand(context, columnsWide), ['explain', ...argv]);
}

interface Explained {
  readonly assumed: readonly Assumption[];
  readonly iterationSeconds: number;
  readonly breakdown: Readonly<Record<string, number>>;
  readonly memoryCapacityGib: number;
  readonly fitsMemory: boolean;
  readonly whatIf: readonly {
    readonly change: string;
    readonly about: string;
    readonly gain: number;
    readonly iterationSeconds: number;
    readonly memoryGibPerGpu: number;
    readonly fields: Readonly<Record<string, unknown>>;
  }[];
  readonly notPossible: readonly { readonly change: string; readonly why: string }[];
  readonly oneSlowGpu: readonly { readonly mhz: number; readonly factor: number }[];
}

async function explainJson(value: unknown): Promise<Explained> {
  const { stdout, exitCode } = await explain([file('run.json', value), '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Explained; // what the test then looks at, field by field
}

const gainOf = ({ whatIf }: Explained, change: string | RegExp): number => {
  const found = whatIf.find((one) => (typeof change === 'string' ? one.change === change : change.test(one.change)));
  if (found === undefined) throw new Error(`no change ${change} among ${whatIf.map((one) => one.change).join('; ')}`);
  return found.gain;
};

describe('wardround perf explain', () => {
  it('draws the parts of a step, the largest first, on any screen', async () => {
    for (const columns of [80, 140]) {
      const { stdout, exitCode } = await explain([repositoryFile('docs/examples/llama-13b-a800.yaml')], columns);
      expect(exitCode).toBe(0);
      const lines = stdout.split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      const bars = lines.slice(
        lines.indexOf('Where the time goes') + 1,
        lines.indexOf('What other settings would change') - 1,
      );
      const shares = bars.map((line) => Number(/([\d.]+) % +[█▏▎▍▌▋▊▉]+$/.exec(line)?.[1]));
      expect(shares).toEqual(shares.toSorted((a, b) => b - a));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0);
      expect(bars[0]).toMatch(/^matrix products/);
      expect(stdout).toMatch(/GiB on the fullest GPU: fits/);
    }
  });

  it('ranks changes by gain, and only those that are valid and fit', async () => {
    const explained = await explainJson(aRun());
    expect(Object.keys(explained.breakdown)).toEqual([...stepTerms]);
    expect(explained.fitsMemory).toBe(true);
    const gains = explained.whatIf.map(({ gain }) => gain);
    expect(gains).toEqual(gains.toSorted((a, b) => b - a));
    const settings = explained.whatIf.filter(({ about }) => about === 'settings');
    expect(settings.length).toBeGreaterThan(8);
    for (const { memoryGibPerGpu, fields } of settings) {
      expect(memoryGibPerGpu).toBeLessThanOrEqual(explained.memoryCapacityGib);
      const { tp = 4, pp = 2, cp = 1, dp = 10 } = fields;
      expect(Number(tp) * Number(pp) * Number(cp) * Number(dp)).toBe(80);
    }
    // 630 sequences go to ten replicas, not to twenty.
    const change = 'tp 2 (dp 20)';
    expect(explained.whatIf.map((one) => one.change)).toContain(change);
    const odd = await explainJson({ ...aRun(), global_batch: 630 });
    expect(odd.whatIf.map((one) => one.change)).not.toContain(change);
    expect(odd.notPossible.map((one) => one.change)).toContain(change);
  });

  it('knows which way each change goes', async () => {
    const explained = await explainJson(aRun());
    expect(gainOf(explained, 'no flash attention')).toBeLessThan(0);
    expect(gainOf(explained, 'full recomputation')).toBeLessThan(0);
    expect(gainOf(explained, 'A100 SXM4 80GB GPUs')).toBeGreaterThan(0);
    expect(gainOf(explained, 'H100 SXM5 80GB GPUs')).toBeGreaterThan(gainOf(explained, 'H800 SXM5 80GB GPUs'));
    expect(gainOf(explained, 'network of 1600 Gbit/s a node')).toBeGreaterThanOrEqual(0);
    expect(gainOf(explained, 'network of 400 Gbit/s a node')).toBeLessThanOrEqual(0);
    const slower = gainOf(explained, /^all clocks 10 % lower/);
    expect(slower).toBeLessThan(-0.02);
    expect(slower).toBeGreaterThan(-0.101);
  });

  it('changes one thing: what was assumed stays as it was', async () => {
    const {
      recompute: _recompute,
      micro_batch: _microBatch,
      sharding: _sharding,
      kv_heads: _kvHeads,
      ...sparse
    } = aRun();
    const { assumed, whatIf } = await explainJson(sparse);
    const known = new Set(Object.keys(aRun()));
    const said = assumed.filter(({ field }) => known.has(field)).map(({ field, value }) => [field, value] as const);
    expect(said.length).toBeGreaterThan(1);
    const whole = await explainJson({ ...sparse, ...Object.fromEntries(said) });
    expect(whole.whatIf).toEqual(whatIf);
  });

  it('says how long the job waits for one slow GPU: as the paper saw, several times at 210 of 1410 MHz', async () => {
    const { oneSlowGpu } = await explainJson(aRun());
    expect(oneSlowGpu.map(({ mhz }) => mhz)).toEqual([1200, 600, 210]);
    const [mild = 0, middle = 0, locked = 0] = oneSlowGpu.map(({ factor }) => factor);
    // Between a tenth and all of f0/f - 1.
    expect(mild).toBeGreaterThan(1.05);
    expect(mild).toBeLessThan(1410 / 1200);
    expect(middle).toBeGreaterThan(1.5);
    expect(locked).toBeGreaterThan(3);
    expect(locked).toBeLessThan(1410 / 210);
  });

  it('says when a run does not fit, and that a change would not', async () => {
    const big = { ...aRun(), tp: 1, pp: 1, dp: 80, sequence_parallel: false, sharding: 'zero0' };
    const { stdout } = await explain([file('big.json', big)]);
    expect(stdout).toMatch(/of 80 GiB on the fullest GPU: does not fit/);
    const { notPossible } = await explainJson(big);
    expect(notPossible).toContainEqual({
      change: 'micro-batch 2',
      why: expect.stringMatching(/^needs [\d.]+ GiB, a GPU has 80$/),
    });
  });

  it('tells whether what was measured is within the bounds', async () => {
    const measured = (seconds: number) => ({ ...aRun(), measured: { iteration_s: seconds } });
    expect((await explain([file('slow.json', measured(100))])).stdout).toMatch(
      /slower than predicted, outside the bounds/,
    );
    expect((await explain([file('fast.json', measured(1))])).stdout).toMatch(
      /faster than predicted, outside the bounds/,
    );
  });

  it('asks which run where there are several', async () => {
    const place = file('two.json', [
      { ...aRun(), id: 'one' },
      { ...aRun(), id: 'two', gpus: 1 },
    ]);
    expect(await explain([place])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--run ID') });
    expect((await explain([place, '--run', 'one'])).exitCode).toBe(0);
    const refused = await explain([place, '--run', 'two']);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/two\.json:1:\d+ /) });
    expect(await explain([place, '--run', '\u001b[2J'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('holds no run " [2J"'),
    });
  });
});
