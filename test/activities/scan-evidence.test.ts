import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { findingsSchema } from '../../activities/evidence-shapes.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import type { LogStore } from '../../activities/ports.ts';
import type { MetricRange } from '../../kb/schemas/metric.ts';
import type { LogManifest, LogWindow, ScanInput, ScanResult } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { kernelKey, rankKey } from '../support/small-inventory.ts';

const start = Date.UTC(2026, 10, 21, 3, 0, 0);
const xid79 =
  '2026-11-21T03:00:12.000000+00:00 node-02 kernel: NVRM: Xid (PCI:0000:08:00): 79, pid=4242, name=python3, GPU has fallen off the bus.\n';
const noSpace =
  "OSError: [Errno 28] No space left on device: '/checkpoints/iter_0001000' WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567\n";

const files = {
  [rankKey(0, start)]: 'iteration 100/ 5000 | elapsed time per iteration (ms): 2050.1\n',
  [rankKey(1, start)]: noSpace,
  [kernelKey('node-02', start)]: xid79,
};

function windowOf(key: string, content: string): LogWindow {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const rank = /rank-(\d+)/.exec(key)?.[1];
  return {
    ref: { id: `ev_${sha256.slice(0, 24)}`, kind: 'log-window', bucket: 'logs', key, sha256, bytes: content.length },
    source: key,
    kind: rank === undefined ? 'kernel' : 'rank',
    node: rank === undefined ? 'node-02' : 'node-01',
    ...(rank === undefined ? {} : { rank: Number(rank) }),
    fromMs: start,
    toMs: start + 60_000,
  };
}

const key = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };
const plan: ScanInput['plan'] = {
  handlerId: 'any',
  job: 'pretrain',
  nodes: ['node-01', 'node-02'],
  alertAtMs: start + 600_000,
  fromMs: start,
  toMs: start + 600_000,
  logs: ['rank', 'kernel'],
  metrics: [],
  firstProbes: [],
  knowledgeDigest: '',
  readyInMs: 0,
};

/** Step clocks of eight GPUs of one node, of which one stays far below the others. */
const lowClock: MetricRange = {
  fromMs: start,
  toMs: start + 600_000,
  alertAtMs: start + 300_000,
  stepMs: 15_000,
  missing: [],
  series: Array.from({ length: 8 }, (_, gpu) => gpu).flatMap((gpu) =>
    (
      [
        ['DCGM_FI_DEV_SM_CLOCK', gpu === 3 ? 210 : 1410],
        ['DCGM_FI_DEV_GPU_UTIL', 100],
      ] as const
    ).map(([name, value]) => ({
      name,
      labels: {
        Hostname: 'node-01',
        gpu: String(gpu),
        modelName: 'NVIDIA A800-SXM4-80GB',
        pci_bus_id: `00000000:0${gpu}:00.0`,
      },
      points: Array.from({ length: 40 }, (_unused, index) => [start + index * 15_000, value] as const),
    })),
  ),
};

async function scan(
  logFiles: Readonly<Record<string, string>>,
  options: {
    store?: LogStore;
    metrics?: MetricRange;
    environment?: MockActivityEnvironment;
    shippedUntilMs?: number;
    earlier?: Readonly<Record<string, string>>;
  } = {},
) {
  const evidence = memoryEvidence('logs');
  const earlier = Object.entries(options.earlier ?? {}).map(([path, content]) => windowOf(path, content));
  const manifest: LogManifest = {
    windows: Object.entries(logFiles).map(([path, content]) => windowOf(path, content)),
    ...(earlier.length === 0 ? {} : { earlierStart: earlier }),
    ...(options.shippedUntilMs === undefined ? {} : { shippedUntilMs: options.shippedUntilMs }),
  };
  const input: ScanInput = {
    key,
    plan,
    logs: {
      manifest: await putJson(evidence, 'log-manifest', 'site-a', manifest),
      objects: 0,
      bytes: 0,
      silent: [],
      leftOut: 0,
    },
    metrics:
      options.metrics === undefined
        ? null
        : { range: await putJson(evidence, 'metric-range', 'site-a', options.metrics), series: 8, missing: [] },
  };
  const store = options.store ?? memoryLogs({ ...logFiles, ...options.earlier });
  const environment =
    options.environment ?? new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
  const result: ScanResult = await environment.run(createScanEvidence({ logs: () => store, evidence }), input);
  return { result, findings: await getJson(evidence, result.findings, findingsSchema) };
}

describe('scanEvidence', () => {
  test('what the logs say becomes findings with node, time and the exact bytes', async () => {
    const { result, findings } = await scan(files);
    const lost = findings.find(({ kind }) => kind === 'nvidia.xid.79');
    expect(lost).toMatchObject({
      node: 'node-02',
      role: 'cause',
      atMs: start + 12_000,
      range: { source: kernelKey('node-02', start), line: 1, byteStart: 0, byteEnd: xid79.length - 1 },
    });
    expect(result.count).toBe(findings.length);
    expect(result.kinds.map(({ kind }) => kind)).toContain('nvidia.xid.79');
    expect(result.firstFaultKind).not.toBeNull();
  });

  test('what the metrics say becomes findings that cite the metric evidence', async () => {
    const { findings, result } = await scan({}, { metrics: lowClock });
    const slow = findings.find(({ device }) => device?.index === 3);
    expect(slow).toMatchObject({ node: 'node-01', range: { evidenceId: expect.stringMatching(/^ev_/) } });
    expect(result.kinds.length).toBeGreaterThan(0);
  });

  test('secrets of jobs are masked in what is stored', async () => {
    const { findings } = await scan(files);
    expect(findings.some(({ text }) => text.includes('No space left on device'))).toBe(true);
    expect(JSON.stringify(findings)).not.toContain('0123456789abcdef');
  });

  test('the same evidence gives the same findings on every attempt', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        kernelKey('node-02', start + index * 60_000),
        xid79.replace('03:00', `03:${String(index).padStart(2, '0')}`),
      ]),
    );
    const [first, second] = [await scan(many), await scan(many)];
    expect(second.result).toEqual(first.result);
    expect(first.findings.find(({ kind }) => kind === 'nvidia.xid.79')?.count).toBe(40);
  });

  test('healthy logs and no metrics give no causes', async () => {
    const { findings, result } = await scan({ [rankKey(0, start)]: files[rankKey(0, start)] ?? '' });
    expect(findings.filter(({ role }) => role === 'cause')).toEqual([]);
    expect(result.firstFaultKind).toBeNull();
  });

  test('silence counts up to the time until which the manifest says that the logs are there', async () => {
    const steps = Array.from(
      { length: 20 },
      (_, step) => `2026-11-21T03:00:${String(step).padStart(2, '0')}.000Z iteration ${step}/ 5000 | lm loss: 2.31 |\n`,
    ).join('');
    const kindsUntil = async (shippedUntilMs: number): Promise<readonly string[]> =>
      (await scan({ [rankKey(0, start)]: steps }, { shippedUntilMs })).findings.map(({ kind }) => kind);
    expect(await kindsUntil(start + 30 * 60_000)).toContain('job.steps.silent');
    expect(await kindsUntil(start + 5 * 60_000)).not.toContain('job.steps.silent');
  });

  test('of the start of an attempt before, only what is compared with it counts', async () => {
    const banner = (pid: number, release: string): string =>
      `node-01:${pid}:${pid} [0] NCCL INFO NCCL version ${release}+cuda12.4\n`;
    const iteration = 'iteration 100/ 5000 | elapsed time per iteration (ms): 2050.1\n';
    const told = 'Sending process 100 closing signal SIGTERM\n';
    const { findings } = await scan(
      { [rankKey(0, start)]: `${iteration}${told}${banner(200, '2.22.3')}` },
      { earlier: { [rankKey(0, start - 3_600_000)]: `${noSpace}${banner(100, '2.20.5')}` } },
    );
    expect(findings.find(({ kind }) => kind === 'job.attempt.nccl-changed')?.values).toMatchObject({
      before: '2.20.5+cuda12.4',
      after: '2.22.3+cuda12.4',
    });
    expect(findings.find(({ kind }) => kind === 'nccl.version.banner')?.count).toBe(1);
    expect(findings.filter(({ role }) => role === 'cause')).toEqual([]);
  });

  test('binary and empty windows are scanned without trouble', async () => {
    const { findings } = await scan({
      [rankKey(0, start)]: '',
      [rankKey(1, start)]: '\u0000\u0001ELF\u0002\n\u0000',
      [kernelKey('node-02', start)]: xid79,
    });
    expect(findings.map(({ kind }) => kind)).toContain('nvidia.xid.79');
  });

  test('a log that changed after it was gathered is final, and named', async () => {
    const changed = memoryLogs({ ...files, [rankKey(1, start)]: 'nothing happened\n' });
    await expect(scan(files, { store: changed })).rejects.toMatchObject({
      type: 'Tampered',
      message: expect.stringContaining(rankKey(1, start)),
    });
  });

  test('a cancelled scan ends without a result', async () => {
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const slow = memoryLogs(files);
    const store: LogStore = {
      ...slow,
      read(object, options) {
        environment.cancel();
        return slow.read(object, options);
      },
    };
    await expect(scan(files, { store, environment })).rejects.toThrow(/cancel/i);
  });
});
