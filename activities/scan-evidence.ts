import { createHash } from 'node:crypto';
import { detectors } from '../kb/detectors/index.ts';
import { excerpt } from '../kb/logs/excerpt.ts';
import { firstFault } from '../kb/logs/first-fault.ts';
import { comparisonKinds } from '../kb/logs/rank-comparison.ts';
import { findingId } from '../kb/logs/scan.ts';
import { metricDetectors } from '../kb/metrics/index.ts';
import { kindRegistry } from '../kb/reasoning/kinds.ts';
import { splitByTime } from '../kb/reasoning/timeliness.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { MetricMatch, MetricRange } from '../kb/schemas/metric.ts';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { Finding } from '../workflows/domain/finding.ts';
import type { LogManifest, LogWindow, ScanInput, ScanResult } from '../workflows/domain/phase-data.ts';
import { metricRangeSchema } from './evidence-shapes.ts';
import { withHeartbeats } from './heartbeats.ts';
import { getJson, putJson } from './json-evidence.ts';
import { logManifestSchema } from './log-manifest.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type EvidenceStore, type LogStore } from './ports.ts';
import { openScanThread } from './scan-thread.ts';

export interface ScanEvidencePorts {
  readonly logs: (bucket: string) => LogStore;
  readonly evidence: EvidenceStore;
}

/** Runs all detectors over the gathered logs and metrics; the findings become evidence, their kinds the result. */
export function createScanEvidence(ports: ScanEvidencePorts): (input: ScanInput) => Promise<ScanResult> {
  return async ({ key, plan, logs, metrics }) => {
    let scanned = 0;
    return withHeartbeats(
      () => ({ scanned }),
      async (signal) => {
        const manifest =
          logs === null ? { windows: [] } : await getJson(ports.evidence, logs.manifest, logManifestSchema, signal);
        const fromLogs = await scanLogs(ports, manifest, signal, () => (scanned += 1));
        const fromMetrics =
          metrics === null
            ? []
            : metricFindings(await getJson(ports.evidence, metrics.range, metricRangeSchema, signal), metrics.range);
        const findings = [...fromLogs, ...fromMetrics];
        return {
          findings: await putJson(ports.evidence, 'findings', key.cluster, findings, signal),
          count: findings.length,
          kinds: countKinds(findings),
          firstFaultKind: firstFault(splitByTime(findings, kinds, plan).current, kinds)?.kind ?? null,
        };
      },
    ).catch(rethrow);
  };
}

const kinds: ReadonlyMap<string, FindingKind> = kindRegistry(
  detectors.flatMap((detector) => detector.kinds),
  comparisonKinds,
  metricDetectors.flatMap((detector) => detector.kinds),
);

const kindsShownMax = 30;
// Reads that may be ahead of the scan: enough to hide a store's latency, at most 128 MiB.
const readAheadMax = 8;
const windowBytesMax = 16 * 1024 * 1024;
const metricFindingsMax = 2_000;

async function scanLogs(
  ports: ScanEvidencePorts,
  { windows }: LogManifest,
  signal: AbortSignal,
  onScanned: () => void,
): Promise<readonly Finding[]> {
  if (windows.length === 0) return [];
  const thread = openScanThread(signal);
  try {
    // Reads run ahead, but windows are scanned in their order: the same manifest gives the same findings.
    const reads: Promise<Uint8Array>[] = [];
    const readUpTo = (end: number) => {
      for (let at = reads.length; at < Math.min(end, windows.length); at += 1) {
        const window = windows[at];
        if (window === undefined) return;
        const read = readWindow(ports, window, signal);
        read.catch(() => {}); // awaited in its turn; until then a failure is not unhandled
        reads.push(read);
      }
    };
    for (const [at, window] of windows.entries()) {
      readUpTo(at + readAheadMax);
      const bytes = await reads[at];
      reads[at] = Promise.resolve(new Uint8Array(0)); // scanned bytes are not kept
      if (bytes === undefined) continue;
      await thread.scan(sourceOf(window), bytes);
      onScanned();
    }
    return await thread.finish();
  } finally {
    await thread.close();
  }
}

async function readWindow(ports: ScanEvidencePorts, { ref }: LogWindow, signal: AbortSignal): Promise<Uint8Array> {
  const object = {
    bucket: ref.bucket,
    key: ref.key,
    bytes: ref.bytes,
    lastModifiedMs: 0,
    ...(ref.versionId === undefined ? {} : { versionId: ref.versionId }),
  };
  const bytes = await ports.logs(ref.bucket).read(object, { bytesMax: windowBytesMax, signal });
  if (createHash('sha256').update(bytes).digest('hex') === ref.sha256) return bytes;
  throw new PortError('tampered', `log ${ref.bucket}/${ref.key} has changed since it was gathered`);
}

function sourceOf({ ref, source, node, rank, toMs }: LogWindow) {
  return {
    source,
    evidenceId: ref.id,
    referenceMs: toMs,
    ...(node === undefined ? {} : { node }),
    ...(rank === undefined ? {} : { rank }),
  };
}

function metricFindings(range: MetricRange, ref: EvidenceRef): readonly Finding[] {
  const byId = new Map<string, Finding>();
  for (const detector of metricDetectors)
    for (const match of detector.evaluate(range)) {
      const finding = metricFinding(match, ref);
      if (byId.size < metricFindingsMax || byId.has(finding.id)) byId.set(finding.id, finding);
    }
  return [...byId.values()];
}

function metricFinding({ kind, node, device, atMs, text, values }: MetricMatch, ref: EvidenceRef): Finding {
  const role = kinds.get(kind)?.role;
  if (role === undefined) throw new Error(`a metric detector reported ${kind}, which it does not list`);
  const range = { evidenceId: ref.id, source: ref.key };
  const place = `${node ?? ''}|${device?.kind ?? ''}:${device?.index ?? ''}:${device?.name ?? ''}`;
  return {
    id: findingId(kind, place, range),
    kind,
    role,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    ...(atMs === undefined ? {} : { atMs }),
    count: 1,
    range,
    text: excerpt(text),
    ...(values === undefined ? {} : { values }),
  };
}

function countKinds(findings: readonly Finding[]): ScanResult['kinds'] {
  const counts = new Map<string, number>();
  for (const { kind, count } of findings) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .toSorted((a, b) => telling(b.kind) - telling(a.kind) || b.count - a.count || (a.kind < b.kind ? -1 : 1))
    .slice(0, kindsShownMax);
}

/** How far a kind can move the odds of its best cause; causes before symptoms of the same weight. */
function telling(kind: string): number {
  const known = kinds.get(kind);
  if (known === undefined) return 0;
  return Math.max(0, ...Object.values(known.weighs)) + (known.role === 'cause' ? causeBonus : 0);
}

// Weights stay within ±7, so every cause comes before every symptom.
const causeBonus = 10;
