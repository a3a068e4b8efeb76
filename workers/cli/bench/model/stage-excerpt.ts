import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { findingsSchema } from '../../../../activities/evidence-shapes.ts';
import { putJson } from '../../../../activities/json-evidence.ts';
import { PortError, type EvidenceStore, type LogStore } from '../../../../activities/ports.ts';
import { foldReports, logScans, type LogScans } from '../../../../activities/scan-engine.ts';
import { noteFindings } from '../../../../kb/logs/notes.ts';
import type { EvidenceRef } from '../../../../workflows/domain/evidence.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import type { GatherPlan, IncidentKey, LogWindow } from '../../../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../cluster/memory-evidence.ts';

/** A recorded case as an incident has it once its logs are gathered and scanned. */
export interface StagedExcerpt {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly evidence: EvidenceStore;
  readonly logs: (bucket: string) => LogStore;
  readonly findings: EvidenceRef;
  readonly manifest: EvidenceRef;
}

let scans: LogScans | undefined;
const cluster = 'bench';

/** Puts the logs of a case into a store of its own, and reads them as the product does. */
export async function stageExcerpt(name: string, folder: string): Promise<StagedExcerpt> {
  const evidence = memoryEvidence();
  const files = (await readdir(folder)).filter((file) => file !== 'incident.json').toSorted();
  const fold = foldReports();
  const noted: Finding[] = [];
  const windows: LogWindow[] = [];
  const stored = new Map<string, Uint8Array>();
  scans ??= logScans();
  for (const file of files) {
    const bytes = new Uint8Array(await readFile(path.join(folder, file)));
    const ref = await evidence.put('log-window', cluster, bytes);
    stored.set(ref.key, bytes);
    const scan = scans.open({ source: file, evidenceId: ref.id, honoursNotes: true });
    scan.feed(bytes);
    const report = scan.end();
    fold.add(report);
    noted.push(...noteFindings(report.notes));
    const { firstMs: fromMs = 0, lastMs: toMs = fromMs } = report.facts;
    windows.push({ ref, source: file, kind: 'rank', fromMs, toMs });
  }
  const findings = findingsSchema.parse([...fold.findings(), ...noted]);
  const nodes = [...new Set(findings.flatMap(({ node }) => node ?? []))].toSorted();
  const alertAtMs = Math.max(0, ...windows.map(({ toMs }) => toMs));
  return {
    key: { cluster, workflowId: `incident/${cluster}/${name}`, runId: name },
    plan: {
      handlerId: 'bench',
      job: null,
      nodes,
      alertAtMs,
      fromMs: Math.min(alertAtMs, ...windows.map(({ fromMs }) => fromMs)),
      toMs: alertAtMs,
      logs: ['rank'],
      metrics: [],
      firstProbes: [],
      knowledgeDigest: '',
      readyInMs: 0,
    },
    evidence,
    logs: () => storedLogs(stored),
    findings: await putJson(evidence, 'findings', cluster, findings),
    manifest: await putJson(evidence, 'log-manifest', cluster, { windows }),
  };
}

function storedLogs(stored: ReadonlyMap<string, Uint8Array>): LogStore {
  return {
    list: () => Promise.resolve({ objects: [], truncated: false }),
    async read({ key }) {
      const bytes = stored.get(key);
      if (bytes === undefined) throw new PortError('not-found', `no log is stored under ${key}`);
      return bytes;
    },
  };
}
