import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jsonDigest } from '../../../../activities/json-evidence.ts';
import type { CalibrationStore } from '../../../../activities/ports.ts';
import { calibrationRecordSchema, type CalibrationRecord } from '../../../../kb/schemas/calibration.ts';
import { predict } from '../../../../kb/performance/model/predict.ts';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';
import type { CliContext } from '../../../../workers/cli/context.ts';
import { calibrateCommand } from '../../../../workers/cli/perf/calibrate.ts';
import type { Config } from '../../../../workers/config.ts';
import { measuringRunner } from '../../../support/measuring-runner.ts';
import { smallInventory } from '../../../support/small-inventory.ts';
import { recordingTerminal } from '../../support/recording-terminal.ts';

let exitCode: typeof process.exitCode;
let folder: string;
beforeEach(() => {
  exitCode = process.exitCode;
  process.exitCode = undefined;
  folder = mkdtempSync(path.join(tmpdir(), 'calibrate-'));
});
afterEach(() => {
  process.exitCode = exitCode;
  rmSync(folder, { recursive: true });
});

/** Records in memory, named as the real store names them. */
function memoryStore(): CalibrationStore & { readonly held: CalibrationRecord[] } {
  const held: CalibrationRecord[] = [];
  return {
    held,
    async add(record) {
      const named = calibrationRecordSchema.parse({ ...record, schema: 1, id: jsonDigest(record) });
      held.push(named);
      return named;
    },
    records: async (cluster) => ({ records: held.filter((one) => one.cluster === cluster), problems: [] }),
  };
}

const dayMs = 24 * 3_600_000;

async function calibrate(
  words: readonly string[],
  options: {
    readonly store?: CalibrationStore;
    readonly gflops?: (node: string, gpu: number, run: number) => number | string;
    readonly nowMs?: number;
    readonly replies?: readonly string[];
  } = {},
) {
  const { store = memoryStore(), gflops = (_node, gpu, run) => 285_000 + 1000 * gpu + 300 * (run % 2) } = options;
  const recorded = recordingTerminal(options.replies === undefined ? {} : { replies: options.replies });
  const runner = measuringRunner({ gflops, gpus: 2 });
  const context: CliContext = {
    terminal: recorded.terminal,
    user: 'ann',
    // Only the metrics' address is read of it.
    config: async () => ({ metricsUrl: null }) as Config,
    inventories: async () => new Map([['site-a', smallInventory()]]),
    withDesk: () => Promise.reject(new Error('not asked for')),
    nowMs: () => options.nowMs ?? dayMs,
    pause: async () => {},
  };
  const command = calibrateCommand(
    context,
    async () => runner,
    (work) => work(store),
  ).exitOverride();
  for (const child of command.commands) child.exitOverride().configureOutput({ writeErr: () => {} });
  let failure: unknown = null;
  await command.parseAsync([...words], { from: 'user' }).catch((error: unknown) => (failure = error));
  const code = process.exitCode;
  process.exitCode = undefined;
  return { ...recorded, failure, code, ran: runner.ran };
}

const gpus = ['gpus', '--yes', '--measure', 'gemm'] as const;

describe('perf calibrate gpus', () => {
  test('measures, keeps one record a node with its expiry, and shows them', async () => {
    const store = memoryStore();
    const { stdout, code, failure } = await calibrate([...gpus, '--days', '30'], { store });
    expect(failure).toBe(null);
    expect(code).toBe(0);
    expect(stdout()).toMatch(/^node-01 +gpu 0 +gemm +285\.\d+ TFLOP\/s +± 0\.\d\d % .* 10 +steady$/m);
    expect(stdout()).toContain('Kept as 2 records');
    expect(store.held).toMatchObject([
      { kind: 'node', cluster: 'site-a', by: 'ann', atMs: dayMs, validUntilMs: 31 * dayMs, precision: 0.01 },
      { kind: 'node' },
    ]);
  });

  test('names a GPU that gives 5 % less than its siblings', async () => {
    const gflops = (node: string, gpu: number) => (node === 'node-02' && gpu === 1 ? 262_000 : 285_000);
    const { stdout } = await calibrate([...gpus, '--no-store'], { gflops });
    expect(stdout()).toContain('Low: gemm of gpu 1 of node-02: 262 TFLOP/s, 8.07 % below its siblings (285)');
    expect(stdout()).toContain('Nothing was kept');
  });

  test('says in JSON what was skipped, and ends with 3', async () => {
    const gflops = (node: string) => (node === 'node-01' ? 'busy' : 285_000);
    const { stdout, code } = await calibrate([...gpus, '--json'], { gflops });
    const said = JSON.parse(stdout()) as {
      nodes: { figures: unknown[] }[];
      skipped: { node: string; reason: string }[];
    };
    expect(said.nodes.map(({ figures }) => figures.length)).toEqual([0, 2]);
    expect(said.skipped).toHaveLength(2);
    expect(said.skipped[0]).toMatchObject({ node: 'node-01', reason: 'not measured: GPU 0 is used by 1 process' });
    expect(code).toBe(3);
  });

  test('fails where every device is busy', async () => {
    const { failure } = await calibrate([...gpus], { gflops: () => 'busy' });
    expect(failure).toMatchObject({ message: 'no device was measured', exitCode: 1 });
  });

  test('asks a person first, and touches no device when the answer is no or the store is away', async () => {
    const asked = await calibrate(['gpus', '--node', 'node-01'], { replies: ['n'] });
    expect(asked.asked[0]).toContain('gemm, hbm of node-01');
    expect(asked.ran).toEqual([]);
    const away: CalibrationStore = { ...memoryStore(), records: () => Promise.reject(new Error('away')) };
    const lost = await calibrate([...gpus], { store: away });
    expect(lost.failure).toMatchObject({ message: 'away' });
    expect(lost.ran).toEqual([]);
  });

  test.each([
    [['--precision', '50%']],
    [['--precision', 'much']],
    [['--measure', 'gemm,mood']],
    [['--runs-max', '3']],
    [['--node', 'node-99']],
  ])('refuses %j', async (words) => {
    const { failure, ran } = await calibrate(['gpus', '--yes', ...words]);
    expect(failure).not.toBe(null);
    expect(ran).toEqual([]);
  });
});

describe('perf calibrate show and revoke', () => {
  test('name what is stale by age or by another driver, and bring back nothing that was revoked', async () => {
    const store = memoryStore();
    await calibrate([...gpus, '--node', 'node-01', '--days', '30'], { store });
    const fresh = await calibrate(['show', '--live'], { store });
    expect(fresh.stdout()).toMatch(/^node-01 +gpu 1 +gemm/m);
    expect(fresh.stdout()).not.toContain('Stale');
    const old = await calibrate(['show'], { store, nowMs: 40 * dayMs });
    expect(old.stdout()).toMatch(/^Stale: [0-9a-f]{12} node-01: its time was up on 1970-02-01$/m);

    const id = store.held[0]?.id ?? '';
    const one = await calibrate(['show', id.slice(0, 10)], { store });
    expect(one.stdout()).toContain('dcgmproftester');
    expect(one.stdout()).toContain('driver 550.90.07, VBIOS 92.00.9E.00.01, ECC on');
    await calibrate(['revoke', id.slice(0, 10), '--reason', 'a hot day'], { store });
    const again = await calibrate(['revoke', id.slice(0, 10), '--reason', 'a hot day', '--json'], { store });
    expect(JSON.parse(again.stdout())).toEqual({ id, status: 'revoked', changed: false });
    const after = await calibrate(['show', '--json'], { store });
    expect(JSON.parse(after.stdout())).toMatchObject({ figures: [], revoked: [{ target: id, reason: 'a hot day' }] });
    expect((await calibrate(['revoke', 'beef', '--reason', 'x'], { store })).failure).toMatchObject({ exitCode: 2 });
  });
});

const run: TrainingRun = {
  gpu: 'A800-SXM4-80GB',
  gpus: 80,
  layers: 40,
  hidden: 5120,
  heads: 40,
  seq: 4096,
  vocab: 32_000,
  tp: 8,
  micro_batch: 1,
  global_batch: 320,
  recompute: 'selective',
  network_gbps_per_node: 800,
};

function predictedSeconds(one: TrainingRun): number {
  const resolved = resolveRun(one);
  if (resolved.kind === 'refused') throw new Error(JSON.stringify(resolved.problems));
  return predict(resolved.run).iterationSeconds;
}

describe('perf calibrate site', () => {
  const file = () => {
    const lines = [1.2, 1.18, 1.22, 1.2, 1.21].map((ratio, at) => {
      const one = { ...run, global_batch: 320 + 80 * at };
      return JSON.stringify({ ...one, id: `run-${at}`, measured: { iteration_s: ratio * predictedSeconds(one) } });
    });
    const name = path.join(folder, 'runs.jsonl');
    writeFileSync(name, [...lines, JSON.stringify({ ...run, id: 'unmeasured' })].join('\n'));
    return name;
  };

  test('fits the scale, shows the error against the number of runs, and keeps it with its provenance', async () => {
    const store = memoryStore();
    await calibrate([...gpus], { store });
    const { stdout, code, failure } = await calibrate(['site', '--runs', file()], { store });
    expect(failure).toBe(null);
    expect(stdout()).toMatch(/^Site scale 1\.1[67]\d*: steps of 5 runs/m);
    expect(stdout()).toMatch(/^none \(as shipped\) +1[67] %/m);
    expect(stdout()).toContain('Not used: unmeasured: measured: neither seconds a step nor tokens a second');
    expect(code).toBe(3);
    expect(store.held.at(-1)).toMatchObject({
      kind: 'site',
      runs: 5,
      drivers: ['550.90.07'],
      validUntilMs: 91 * dayMs,
    });
    expect((await calibrate(['show'], { store })).stdout()).toMatch(/^Site scale 1\.1[67]/m);
  });

  test('prints with --json what `perf predict --site` reads', async () => {
    const { stdout } = await calibrate(['site', '--runs', file(), '--no-store', '--json']);
    expect(JSON.parse(stdout())).toMatchObject({
      scale: expect.closeTo(1.2, 1) as number,
      sigma: expect.any(Number) as number,
      runs: 5,
      unused: [{ id: 'unmeasured' }],
    });
  });

  test('says which job can not be used, and wants one source', async () => {
    const { failure } = await calibrate(['site']);
    expect(failure).toMatchObject({ message: 'say where the runs are', exitCode: 2 });
    expect((await calibrate(['site', '--from-metrics'])).failure).toMatchObject({
      message: 'no metrics of site-a are configured',
    });
  });
});
