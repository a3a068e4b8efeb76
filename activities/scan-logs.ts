import { z } from 'zod';
import type { ReportFold } from '../kb/logs/combine.ts';
import type { SourceReport } from '../kb/logs/source-scan.ts';
import type { EvidenceRef } from '../workflows/domain/evidence.ts';
import type { LogManifest, LogWindow } from '../workflows/domain/phase-data.ts';
import { codeDigest } from './audit/code-digest.ts';
import { evidenceRefSchema, sourceReportsSchema } from './evidence-shapes.ts';
import { getJson, putJson } from './json-evidence.ts';
import { PortError, type EvidenceStore, type LogStore, type PortErrorKind } from './ports.ts';
import { foldReports } from './scan-engine.ts';
import { openScanPool, type ScanPool } from './scan-pool.ts';
import { readLogWindow } from './log-window.ts';

export interface ScanLogsPorts {
  readonly logs: (bucket: string) => LogStore;
  readonly evidence: EvidenceStore;
}

/** How far a scan is: what the next attempt needs to go on where this one stopped. */
export interface ScanProgress {
  /** Which manifest the parts are of, and the sources of the code that made them: other detectors see other things. */
  readonly manifestId: string;
  readonly code: string;
  readonly windows: number;
  /** Finished parts, in order, as evidence; each holds the reports of `partWindows` windows. */
  readonly parts: readonly EvidenceRef[];
}

export const scanProgressSchema: z.ZodType<ScanProgress> = z
  .object({
    manifestId: z.string(),
    code: z.string(),
    windows: z.int(),
    parts: z.array(evidenceRefSchema('scan-part')).readonly(),
  })
  .readonly();

// About ten seconds of work: what a lost worker costs at most.
export const partWindows = 200;
// Reads that may be ahead of the scan: enough to hide a store's latency, at most 128 MiB.
const readAheadMax = 8;
const windowBytesMax = 16 * 1024 * 1024;
const threadsWanted = 2;

/** What all windows say, in the order of the manifest: the same manifest gives the same, whoever began. */
export async function scanLogs(
  ports: ScanLogsPorts,
  cluster: string,
  manifest: LogManifest & { readonly id: string },
  resumed: ScanProgress | null,
  onProgress: (progress: ScanProgress) => void,
  signal: AbortSignal,
): Promise<ReportFold> {
  const { id: manifestId, windows, earlierStart = [] } = manifest;
  const fold = foldReports();
  if (windows.length === 0) return fold;
  // A scan that ends with its first part has nothing to go on with.
  const hasParts = windows.length > partWindows;
  const code = hasParts ? codeDigest() : '';
  const isOurs = hasParts && resumed?.manifestId === manifestId && resumed.code === code;
  const parts = isOurs ? await takeParts(ports, windows, resumed.parts, fold, signal) : [];
  const pool = openScanPool(windows.length === 1 ? 1 : threadsWanted, signal);
  try {
    // A few windows: another attempt reads them again.
    for (const report of await scanGroup(ports, pool, earlierStart, signal, () => {})) fold.addEarlier(report);
    for (let from = parts.length * partWindows; from < windows.length; from += partWindows) {
      const group = windows.slice(from, from + partWindows);
      let done = 0;
      const found = await scanGroup(ports, pool, group, signal, () => {
        done += 1;
        onProgress({ manifestId, code, windows: from + done, parts: [...parts] });
      });
      for (const report of found) fold.add(report);
      if (!hasParts) continue;
      parts.push(await putJson(ports.evidence, 'scan-part', cluster, found, signal));
      onProgress({ manifestId, code, windows: from + group.length, parts: [...parts] });
    }
    return fold;
  } finally {
    await pool.close();
  }
}

/** The finished parts as far as they can be used; from the first that can't be on, windows are scanned again. */
async function takeParts(
  ports: ScanLogsPorts,
  windows: readonly LogWindow[],
  stored: readonly EvidenceRef[],
  into: ReportFold,
  signal: AbortSignal,
): Promise<EvidenceRef[]> {
  const taken: EvidenceRef[] = [];
  for (const [at, part] of stored.entries()) {
    const group = windows.slice(at * partWindows, (at + 1) * partWindows);
    const reports = await readPart(ports, part, signal);
    if (reports === null || !areOf(reports, group)) break;
    for (const report of reports) into.add(report);
    taken.push(part);
  }
  return taken;
}

/** `null` for one that is gone, was changed or has another shape: the logs themselves say the same. */
async function readPart(
  { evidence }: ScanLogsPorts,
  part: EvidenceRef,
  signal: AbortSignal,
): Promise<readonly SourceReport[] | null> {
  try {
    return await getJson(evidence, part, sourceReportsSchema, signal);
  } catch (error) {
    if (error instanceof PortError && unusable.has(error.kind)) return null;
    throw error;
  }
}

const unusable: ReadonlySet<PortErrorKind> = new Set(['not-found', 'tampered', 'malformed', 'too-large']);

function areOf(reports: readonly SourceReport[], windows: readonly LogWindow[]): boolean {
  return (
    reports.length === windows.length &&
    reports.every(({ facts }, at) => facts.evidenceId === windows[at]?.ref.id && facts.source === windows[at]?.source)
  );
}

/** Reads run ahead of the scan; reports come in the order of the windows. */
async function scanGroup(
  ports: ScanLogsPorts,
  pool: ScanPool,
  windows: readonly LogWindow[],
  signal: AbortSignal,
  onScanned: () => void,
): Promise<readonly SourceReport[]> {
  const reports: (SourceReport | undefined)[] = windows.map(() => undefined);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < windows.length; at = next++) {
      const window = windows[at];
      if (window === undefined) return;
      const bytes = await readWindow(ports, window, signal);
      const { report } = await pool.scan({ kind: 'bytes', source: sourceOf(window), bytes });
      reports[at] = report;
      onScanned();
    }
  };
  await Promise.all(Array.from({ length: Math.min(readAheadMax, windows.length) }, work));
  return reports.filter((report) => report !== undefined);
}

async function readWindow(ports: ScanLogsPorts, window: LogWindow, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await readLogWindow(ports.logs, window, { bytesMax: windowBytesMax, signal });
  if (bytes !== null) return bytes;
  throw new PortError('tampered', `log ${window.ref.bucket}/${window.ref.key} has changed since it was gathered`);
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
