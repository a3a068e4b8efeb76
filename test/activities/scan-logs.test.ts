import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeDigest } from '../../activities/audit/code-digest.ts';
import { findingsSchema, sourceReportsSchema } from '../../activities/evidence-shapes.ts';
import { canonicalJson, getJson, putJson } from '../../activities/json-evidence.ts';
import type { LogStore } from '../../activities/ports.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import { logScans } from '../../activities/scan-engine.ts';
import { partWindows, scanProgressSchema, type ScanProgress } from '../../activities/scan-logs.ts';
import { detectors } from '../../kb/detectors/index.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { LogManifest, ScanInput, ScanResult } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { kernelKey } from '../support/small-inventory.ts';

const start = Date.UTC(2026, 10, 21, 3, 0, 0);
const windows = partWindows + 60;
const files = Object.fromEntries(
  Array.from({ length: windows }, (_, at) => {
    const stamp = new Date(start + at * 60_000 + 12_000).toISOString().replace('Z', '000+00:00');
    const bus = `${(at % 8).toString(16)}8`;
    const line = `${stamp} node-02 kernel: NVRM: Xid (PCI:0000:${bus}:00): 79, pid=${at}, GPU has fallen off the bus.\n`;
    return [kernelKey('node-02', start + at * 60_000), line];
  }),
);
const manifest: LogManifest = {
  windows: Object.entries(files).map(([key, content], at) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    return {
      ref: { id: `ev_${sha256.slice(0, 24)}`, kind: 'log-window', bucket: 'logs', key, sha256, bytes: content.length },
      source: key,
      kind: 'kernel',
      node: 'node-02',
      fromMs: start + at * 60_000,
      toMs: start + (at + 1) * 60_000,
    };
  }),
};

/** Counts reads; `dieAt`: the worker dies with this read. */
function countedLogs(dieAt = Infinity): LogStore & { reads: number } {
  const store = memoryLogs(files);
  return {
    ...store,
    reads: 0,
    async read(object, options) {
      this.reads += 1;
      if (this.reads > dieAt) throw new Error('the worker was killed');
      return store.read(object, options);
    },
  };
}

interface Attempt {
  readonly findings: readonly Finding[] | null;
  readonly reads: number;
  /** What the last heartbeat could have said. */
  readonly progress: ScanProgress | null;
}

async function attempt(
  evidence: ReturnType<typeof memoryEvidence>,
  options: { readonly dieAt?: number; readonly heartbeatDetails?: unknown; readonly of?: LogManifest } = {},
): Promise<Attempt> {
  const logs = countedLogs(options.dieAt);
  const input: ScanInput = {
    key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' },
    plan: {
      handlerId: 'any',
      job: 'pretrain',
      nodes: ['node-02'],
      alertAtMs: start + 600_000,
      fromMs: start,
      toMs: start + windows * 60_000,
      logs: ['kernel'],
      metrics: [],
      firstProbes: [],
      knowledgeDigest: '',
      readyInMs: 0,
    },
    logs: {
      manifest: await putJson(evidence, 'log-manifest', 'site-a', options.of ?? manifest),
      objects: 0,
      bytes: 0,
      silent: [],
      leftOut: 0,
    },
    metrics: null,
  };
  const { heartbeatDetails } = options;
  const environment = new MockActivityEnvironment({ heartbeatDetails }, { logger: new DefaultLogger('ERROR') });
  let progress: ScanProgress | null = null;
  // Heartbeats come by the clock; what they would say is looked at when a part is stored.
  const watched = {
    ...evidence,
    async put(...args: Parameters<typeof evidence.put>) {
      const ref = await evidence.put(...args);
      if (ref.kind === 'scan-part') stored.push(ref);
      return ref;
    },
  };
  const stored: EvidenceRef[] = [];
  const running: Promise<ScanResult> = environment.run(
    createScanEvidence({ logs: () => logs, evidence: watched }),
    input,
  );
  const outcome = await running.catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('killed')) return null;
    throw error;
  });
  if (stored.length > 0) progress = { manifestId: input.logs?.manifest.id ?? '', code, windows: 0, parts: stored };
  return {
    findings: outcome === null ? null : await getJson(evidence, outcome.findings, findingsSchema),
    reads: logs.reads,
    progress,
  };
}

const code = codeDigest();

describe('a scan that was interrupted', () => {
  const evidence = memoryEvidence('logs');
  let whole: Attempt;
  let halted: Attempt;
  beforeAll(async () => {
    whole = await attempt(memoryEvidence('logs'));
    halted = await attempt(evidence, { dieAt: partWindows + 30 });
  });

  it('goes on behind its last finished part, and finds the same as in one go', async () => {
    expect([whole.reads, whole.findings?.length]).toEqual([windows, 8]);
    expect([halted.findings, halted.progress?.parts.length]).toEqual([null, 1]);
    const { findings, reads } = await attempt(evidence, { heartbeatDetails: halted.progress });
    expect(reads).toBe(windows - partWindows);
    expect(findings).toEqual(whole.findings);
  });

  it('reads everything again where a part is gone, was changed or is of something else', async () => {
    const [part] = halted.progress?.parts ?? [];
    if (part === undefined) throw new Error('there is no part');
    const bytes = evidence.objects.get(part.key) ?? new Uint8Array(0);
    const reports = await getJson(evidence, part, sourceReportsSchema);
    const other = await putJson(evidence, 'scan-part', 'site-a', reports.slice(1));
    const of = { manifestId: halted.progress?.manifestId, code, windows: 0 };
    for (const progress of [
      { ...of, parts: [{ ...part, key: `${part.key}-gone` }] },
      { ...of, parts: [other] },
      { ...of, parts: [await putJson(evidence, 'scan-part', 'site-a', { not: 'reports' })] },
      { ...of, parts: [part], manifestId: 'ev_of_another_manifest' },
      { ...of, parts: [part], code: 'of another release' },
      'nonsense',
    ]) {
      const { findings, reads } = await attempt(evidence, { heartbeatDetails: progress });
      expect([reads, findings]).toEqual([windows, whole.findings]);
    }
    evidence.objects.set(part.key, Buffer.concat([bytes, Buffer.from(' ')]));
    const tampered = await attempt(evidence, { heartbeatDetails: halted.progress });
    evidence.objects.set(part.key, bytes);
    expect([tampered.reads, tampered.findings]).toEqual([windows, whole.findings]);
  });

  it('says in its heartbeats what the next attempt can read', async () => {
    expect(scanProgressSchema.safeParse(JSON.parse(JSON.stringify(halted.progress))).success).toBe(true);
  });
});

it('every report of every detector can be stored and read back', () => {
  const scans = logScans();
  for (const { id, samples } of detectors) {
    const scan = scans.open({ source: `${id}.log`, evidenceId: 'ev_a' });
    scan.feed(new TextEncoder().encode(samples.flatMap(({ lines }) => lines).join('\n')));
    const report = scan.end();
    expect(sourceReportsSchema.parse(JSON.parse(canonicalJson([report])))).toEqual([report]);
  }
});
