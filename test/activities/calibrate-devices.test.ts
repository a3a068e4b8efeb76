import { describe, expect, test } from 'vitest';
import { calibrateDevices, type CalibrateDevices } from '../../activities/calibrate-devices.ts';
import { steadyClock } from '../../activities/steady-clock.ts';
import { probeById } from '../../kb/probes/index.ts';
import { forgotten } from '../../workers/cli/probe-run.ts';
import { measuringRunner } from '../support/measuring-runner.ts';
import { smallInventory } from '../support/small-inventory.ts';

const steady = (_node: string, gpu: number, run: number) => 285_000 + 1000 * gpu + 300 * (run % 2);

function measure(runner: CalibrateDevices['runner'], changes: Partial<CalibrateDevices> = {}) {
  return calibrateDevices({
    inventory: smallInventory(),
    nodes: ['node-01', 'node-02'],
    quantities: ['gemm'],
    rule: { precision: 0.01, runsMax: 20 },
    probe: probeById,
    runner,
    evidence: forgotten,
    clock: steadyClock,
    // The measurement is under way by then.
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    signal: new AbortController().signal,
    ...changes,
  });
}

describe('measuring devices', () => {
  test('repeats each GPU until it is sure, and says under which conditions', async () => {
    const runner = measuringRunner({ gflops: steady, gpus: 2 });
    const [first, second] = await measure(runner);
    expect(first).toMatchObject({
      node: 'node-01',
      skipped: [],
      figures: [
        {
          quantity: 'gemm',
          device: { kind: 'gpu', index: 0, model: 'NVIDIA A800-SXM4-80GB' },
          unit: 'TFLOP/s',
          runs: 10,
          ended: 'steady',
          conditions: {
            driver: '550.90.07',
            vbios: '92.00.9E.00.01',
            ecc: 'on',
            smClockMhz: 1395,
            smClockMaxMhz: 1410,
            temperatureCelsius: 61,
            powerWatts: 396.5,
          },
        },
        { device: { index: 1 }, ended: 'steady' },
      ],
    });
    expect(first?.figures[0]?.median).toBeCloseTo(285.15, 10);
    expect(second?.figures[1]?.samplesDigest).toBe(first?.figures[1]?.samplesDigest);
    expect(second?.figures[1]?.samplesDigest).not.toBe(first?.figures[0]?.samplesDigest);
  });

  test('never measures two devices of one node at once, and leaves no gap between the runs of one', async () => {
    const runner = measuringRunner({ gflops: steady, gpus: 2 });
    await measure(runner, { nodes: ['node-01'] });
    const order = runner.ran.flatMap(({ command }) => /gemm (\d)$/.exec(command)?.[1] ?? []).join('');
    expect(order).toBe('0'.repeat(10) + '1'.repeat(10));
    expect(runner.ran.filter(({ load }) => load)).toHaveLength(20);
  });

  test('skips a busy GPU with its reason after one question, and goes on with the next', async () => {
    const gflops = (node: string, gpu: number, run: number) =>
      node === 'node-01' && gpu === 0 ? 'busy' : steady(node, gpu, run);
    const runner = measuringRunner({ gflops, gpus: 2 });
    const [first, second] = await measure(runner);
    expect(first?.figures.map(({ device }) => device?.index)).toEqual([1]);
    expect(first?.skipped).toEqual([
      { node: 'node-01', quantity: 'gemm', device: 'gpu 0', reason: 'not measured: GPU 0 is used by 1 process' },
    ]);
    expect(second?.figures).toHaveLength(2);
    expect(runner.ran.filter(({ node, command }) => node === 'node-01' && command.endsWith('gemm 0'))).toHaveLength(1);
  });

  test('keeps what was measured of a GPU that a job took meanwhile, and bears one run without a figure', async () => {
    const gflops = (node: string, gpu: number, run: number) => {
      if (gpu === 0) return run > 4 ? 'busy' : steady(node, gpu, run);
      return run === 3 ? 'CUDA error: out of memory' : steady(node, gpu, run);
    };
    const [first] = await measure(measuringRunner({ gflops, gpus: 2 }), { nodes: ['node-01'] });
    expect(first?.figures).toMatchObject([
      { runs: 4, halfWidth: null, ended: 'stopped' },
      { runs: 10, ended: 'steady' },
    ]);
    expect(first?.skipped).toMatchObject([{ device: 'gpu 0' }]);
  });

  test('a GPU that gives nothing costs no other GPU its figure', async () => {
    const gflops = (node: string, gpu: number, run: number) => (gpu === 0 ? 0 : steady(node, gpu, run));
    const [first] = await measure(measuringRunner({ gflops, gpus: 2 }), { nodes: ['node-01'] });
    expect(first?.figures.map(({ device }) => device?.index)).toEqual([1]);
    expect(first?.skipped).toMatchObject([{ device: 'gpu 0' }]);
  });

  test('ends at the cap where runs never agree', async () => {
    const gflops = (_node: string, _gpu: number, run: number) => 250_000 + 40_000 * ((run * 7) % 5);
    const [first] = await measure(measuringRunner({ gflops, gpus: 2 }), { nodes: ['node-01'] });
    expect(first?.figures[0]).toMatchObject({ ended: 'capped' });
    expect((first?.figures[0]?.runs ?? 0) + (first?.figures[0]?.warmUpRuns ?? 0)).toBe(20);
  });

  test('told to stop, starts nothing more and gives what it has', async () => {
    const stop = new AbortController();
    const runner = measuringRunner({
      gflops: steady,
      gpus: 2,
      onRun: ({ command }, run) => {
        if (command.endsWith('gemm 1') && run === 3) stop.abort(new Error('stopped'));
      },
    });
    const kept: string[] = [];
    const [first] = await measure(runner, {
      nodes: ['node-01'],
      signal: stop.signal,
      onNode: async ({ node, figures }) => void kept.push(`${node}: ${figures.length}`),
    });
    expect(first?.figures).toMatchObject([
      { device: { index: 0 }, ended: 'steady' },
      { device: { index: 1 }, runs: 2, ended: 'stopped' },
    ]);
    expect(kept).toEqual(['node-01: 2']);
    expect(runner.ran.filter(({ command }) => command.endsWith('gemm 1'))).toHaveLength(3);
  });

  test('names a node that does not answer', async () => {
    const [first] = await measure(
      { run: () => Promise.resolve({ stdout: '', stderr: 'sh: wardround-measure: not found\n', exitCode: 127 }) },
      { nodes: ['node-01'] },
    );
    expect(first?.figures).toEqual([]);
    expect(first?.skipped).toHaveLength(2);
    expect(first?.skipped[0]?.reason).toContain('wardround-measure');
  });
});
