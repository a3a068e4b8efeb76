import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import type { MetricRange } from '../../../../kb/schemas/metric.ts';
import { predict } from '../../../../kb/performance/model/predict.ts';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';
import { lastMsOf } from '../../../../workers/cli/perf/compare-job.ts';
import { compareCommand } from '../../../../workers/cli/perf/compare.ts';
import { CommandFailure } from '../../../../workers/cli/output.ts';
import { inventoryWith, training } from '../../../activities/performance-world.ts';
import { slowJob } from '../../../kb/reasoning/slow-job.ts';
import { closedAddress, sendJson, startHttpServer, type TestHttpServer } from '../../../support/http-server.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { runCli } from '../../support/cli-runs.ts';
import { nowMs } from '../../support/remembering-desk.ts';
import { aRun } from './a-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
let server: TestHttpServer;
/** What the metrics server has; its end is now. */
let shown: MetricRange = slowJob(null, 2).range;
beforeAll(async () => {
  folder = temporaryFolder('perf-compare');
  server = await startHttpServer(({ url }, response) => {
    const name = url.searchParams.get('query');
    const result = shown.series
      .filter((series) => series.name === name)
      .map(({ labels, points }) => ({
        metric: { __name__: name, ...labels },
        values: points.map(([atMs, value]) => [(atMs - shown.toMs + nowMs) / 1000, String(value)]),
      }));
    sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
  });
});
afterAll(async () => {
  folder.remove();
  await server.stop();
});

const noCalibration = () => Promise.resolve({ records: [], problems: [] });

function compareRun(argv: readonly string[], inventories?: ReadonlyMap<string, Inventory>) {
  return runCli(
    (context) =>
      compareCommand(context, (work) =>
        work({ add: () => Promise.reject(new Error('nothing is added')), records: noCalibration }),
      ),
    ['compare', ...argv],
    inventories === undefined ? {} : { inventories },
  );
}

function secondsOf(run: TrainingRun): number {
  const resolved = resolveRun(run);
  if (resolved.kind === 'refused') throw new Error(JSON.stringify(resolved.problems));
  return predict(resolved.run).iterationSeconds;
}

describe('wardround perf compare FILE', () => {
  const file = (name: string, rows: readonly object[]) => {
    const place = path.join(folder.path, name);
    writeFileSync(place, rows.map((row) => JSON.stringify(row)).join('\n'));
    return place;
  };
  const measured = (id: string, factor: number) => ({
    ...aRun(),
    id,
    measured: { iteration_s: factor * secondsOf(aRun()) },
  });

  it('calls slow what lies above the upper bound, and fails for it', async () => {
    const place = file('mixed.jsonl', [measured('well', 1), measured('slow', 3), measured('fast', 0.3)]);
    const { stdout, exitCode } = await compareRun([place, '--json']);
    const rows = stdout.split('\n').map((line) => JSON.parse(line) as { id: string; verdict: string; ratio: number });
    expect(rows.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['well', 'normal'],
      ['slow', 'slow'],
      ['fast', 'faster'],
    ]);
    expect(rows[1]?.ratio).toBeCloseTo(3);
    expect(exitCode).toBe(1);
    expect((await compareRun([place])).stdout).toContain('1 normal, 1 slow, 1 faster');
  });

  it('says what it could not compare', async () => {
    const refused = file('refused.jsonl', [measured('well', 1), { ...aRun(), id: 'odd', gpu: 'Voodoo 2' }]);
    expect(await compareRun([refused])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^odd +refused$/m),
      stderr: expect.stringMatching(/refused\.jsonl:2:\d+ refused gpu: .*Voodoo 2/),
    });
    const plain = file('plain.jsonl', [aRun()]);
    expect(await compareRun([plain])).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('unmeasured') });
    expect((await compareRun([file('one.jsonl', [measured('well', 1)])])).exitCode).toBe(0);
    expect((await compareRun([file('none.jsonl', [])])).exitCode).toBe(2);
  });

  it('does not call a file slow that it can not read, or whose site scale it can not', async () => {
    const broken = path.join(folder.path, 'broken.yaml');
    writeFileSync(broken, 'scale: [\n');
    const well = file('well.jsonl', [measured('well', 1)]);
    const odd = path.join(folder.path, 'odd.yaml');
    writeFileSync(odd, 'scale: 1e300\nsigma: 500\nruns: 3\n');
    expect((await compareRun([broken])).exitCode).toBe(2);
    expect((await compareRun([well, '--site', broken])).exitCode).toBe(2);
    expect((await compareRun([well, '--site', odd])).exitCode).toBe(2);
  });

  it('keeps hostile names from moving the cursor', async () => {
    const { stdout } = await compareRun([file('hostile.jsonl', [measured('a\u001b[2Jb\u202e', 1)])]);
    expect(['\u001b', '\u202e'].filter((letter) => stdout.includes(letter))).toEqual([]);
    expect(stdout).toContain('a [2Jb');
  });

  it('does not mix a file with a job', async () => {
    const place = file('well.jsonl', [measured('well', 1)]);
    expect(await compareRun([place, '--job', 'pretrain'])).toMatchObject({ exitCode: 2 });
    expect(await compareRun(['--site', place])).toMatchObject({ exitCode: 2 });
  });
});

describe('wardround perf compare --job', () => {
  const inventories = (run: TrainingRun | undefined = training, url = server.url) => {
    const inventory = inventoryWith(run);
    return new Map([['site-a', { ...inventory, metrics: { url } }]]);
  };
  const scaled = (slow: Parameters<typeof slowJob>[0]): MetricRange => {
    const { range } = slowJob(slow, 2);
    const scale = secondsOf(training) / 4.1;
    return {
      ...range,
      series: range.series.map((series) =>
        series.name === 'training_step_seconds'
          ? { ...series, points: series.points.map(([atMs, value]) => [atMs, scale * value] as const) }
          : series,
      ),
    };
  };

  it('answers with all three yardsticks and the place, and fails for a slow job', async () => {
    shown = scaled({ node: 'node-02', gpu: 1 });
    const run = await compareRun(['--job', 'pretrain', '--last', '40m', '--json'], inventories());
    const told = JSON.parse(run.stdout) as { alarms: readonly { tier: string }[]; missing: readonly string[] };
    expect(told).toMatchObject({
      cluster: 'site-a',
      verdict: 'slow',
      components: [{ component: 'compute-clock', node: 'node-02', device: { index: 1 } }],
      calibration: { site: null },
    });
    expect([...new Set(told.alarms.map(({ tier }) => tier))].toSorted()).toEqual(['absolute', 'history', 'peers']);
    expect(told.missing).toContain('DCGM_FI_DEV_PCIE_LINK_GEN');
    expect(run.exitCode).toBe(1);
  });

  it('reads as a page for people', async () => {
    shown = scaled({ node: 'node-02', gpu: 1 });
    const { stdout } = await compareRun(['--last', '40m'], inventories());
    expect(stdout).toMatch(/^pretrain on site-a, \S+ to \S+: slow/);
    expect(stdout).toMatch(/step time, s +\d/);
    expect(stdout).toMatch(/compute-clock +node-02 gpu 1 /);
    expect(stdout).toContain('not calibrated at this site');
  });

  it('is done where the job is as fast as it should be, and says so of one that nobody described', async () => {
    shown = scaled(null);
    expect(await compareRun([], inventories())).toMatchObject({ exitCode: 0 });
    const unknown = await compareRun(
      [],
      new Map([['site-a', { ...inventoryWith(undefined), metrics: { url: server.url } }]]),
    );
    expect(unknown.exitCode).toBe(0);
    expect(unknown.stdout).toContain('the inventory does not say what the job trains');
  });

  it('proves nothing without a measured step', async () => {
    shown = { ...scaled(null), series: [] };
    expect(await compareRun([], inventories())).toMatchObject({ exitCode: 3 });
  });

  it('says what to do about names, times and servers that are wrong', async () => {
    expect(await compareRun(['--job', 'nix'], inventories())).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('known: pretrain'),
    });
    expect(await compareRun(['--last', 'soon'], inventories())).toMatchObject({ exitCode: 2 });
    const away = await compareRun([], inventories(training, await closedAddress()));
    expect(away).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('can not be read') });
    expect(lastMsOf('90s')).toBe(90_000);
    for (const wrong of ['59s', '25h', '30', '-5m', '1e3m']) expect(() => lastMsOf(wrong)).toThrow(CommandFailure);
  });
});
