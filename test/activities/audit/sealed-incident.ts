import { createHash, generateKeyPairSync } from 'node:crypto';
import type { ArchiveStore } from '../../../activities/audit/archive-store.ts';
import { codeIdentity } from '../../../activities/audit/assemble.ts';
import type { ExecutionReader } from '../../../activities/audit/executions.ts';
import { openSigner, type Signer } from '../../../activities/audit/seal.ts';
import { createArchiveExecution } from '../../../activities/archive-execution.ts';
import { createCheckPerformance } from '../../../activities/check-performance.ts';
import { putJson } from '../../../activities/json-evidence.ts';
import { createPlanGathering } from '../../../activities/plan-gathering.ts';
import { PortError, type EvidenceStore } from '../../../activities/ports.ts';
import { createReasonRound } from '../../../activities/reason-round.ts';
import { createScanEvidence } from '../../../activities/scan-evidence.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { GatheredLogs, LogWindow, PerformanceResult, ScanResult } from '../../../workflows/domain/phase-data.ts';
import { sealedFiles } from '../../../workers/cli/replay/sealed-files.ts';
import { memoryEvidence, memoryLogs } from '../../support/memory-stores.ts';
import { kernelKey, smallInventory } from '../../support/small-inventory.ts';
import { runActivity } from '../run-activity.ts';

export const key = { cluster: 'site-a', workflowId: 'incident/site-a/0123456789abcdef', runId: 'run-1' };
const start = Date.UTC(2026, 10, 21, 3, 0, 0);
const logKey = kernelKey('node-02', start);
const log =
  '2026-11-21T03:00:12.000000+00:00 node-02 kernel: NVRM: Xid (PCI:0000:08:00): 79, pid=4242, name=python3, GPU has fallen off the bus.\n';

export function newSigner(): Signer {
  return openSigner(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** A short incident whose results were made by the real activities, in stores in memory. */
export async function recordedIncident() {
  const inventories = new Map([['site-a', smallInventory()]]);
  const memory = memoryEvidence();
  const logs = memoryLogs({ [logKey]: log });
  const evidence: EvidenceStore = {
    put: (kind, cluster, bytes, options) => memory.put(kind, cluster, bytes, options),
    get: (ref) =>
      ref.kind === 'log-window' ? logs.read({ ...ref, lastModifiedMs: 0 }, { bytesMax: 1_000_000 }) : memory.get(ref),
  };
  const history = newHistory();
  const record = async <I, O>(type: string, activity: (input: I) => Promise<O>, input: I): Promise<O> =>
    history.record(type, input, await runActivity(activity, input));

  const alert = {
    receivedAtMs: start + 60_000,
    status: 'firing' as const,
    groupLabels: { alertname: 'GpuXid', cluster: 'site-a' },
    alerts: [
      {
        fingerprint: '00aa11bb22cc33dd',
        status: 'firing' as const,
        startsAtMs: start + 30_000,
        labels: { alertname: 'GpuXid', node: 'node-02' },
        summary: 'an Xid was reported',
      },
    ],
    truncated: 0,
  };
  const clock = { nowMs: () => history.nowMs() };
  const plan = await record('planGathering', createPlanGathering({ inventories, knowledge, clock }), { key, alert });
  const window: LogWindow = {
    ...windowRef(),
    source: logKey,
    kind: 'kernel',
    node: 'node-02',
    fromMs: start,
    toMs: start + 60_000,
  };
  const gathered: GatheredLogs = history.record(
    'gatherLogs',
    { key, plan },
    {
      manifest: await putJson(evidence, 'log-manifest', 'site-a', { windows: [window] }),
      objects: 1,
      bytes: log.length,
      silent: [],
      leftOut: 0,
    },
  );
  const scan: ScanResult = await record('scanEvidence', createScanEvidence({ logs: () => logs, evidence }), {
    key,
    plan,
    logs: gathered,
    metrics: null,
  });
  const performance: PerformanceResult = await record(
    'checkPerformance',
    createCheckPerformance({ evidence, inventories }),
    { key, plan, metrics: null },
  );
  await record('reasonRound', createReasonRound({ evidence, inventories, knowledge }), {
    key,
    plan,
    round: 1 as const,
    findings: [scan.findings],
    recall: null,
    performance: performance.performance,
    previousGraph: null,
    probesRun: [],
  });
  return { history: history.end(), evidence, memory, inventories };
}

/** Archives it with the real activity and reads it back as a bundle. */
export async function sealedIncident(options: { readonly signer: Signer | null; readonly withoutLogs?: boolean }) {
  const recorded = await recordedIncident();
  const archive = memoryArchive();
  const archiveExecution = createArchiveExecution({
    executions: readerOf(recorded.history),
    evidence: recorded.evidence,
    evidenceBucket: 'evidence',
    archive,
    inventories: recorded.inventories,
    knowledge,
    code: codeIdentity(knowledge, null),
    signer: options.signer,
  });
  const archived = await runActivity(archiveExecution, key);
  const stores = { archive, evidence: recorded.evidence, evidenceBucket: 'evidence' };
  const gathered = await sealedFiles(stores, key.workflowId, key.runId, { withoutLogs: options.withoutLogs === true });
  if (gathered === null) throw new Error('nothing was archived');
  return { ...recorded, archive, archived, archiveExecution, gathered, files: new Map(gathered.files) };
}

function windowRef(): Pick<LogWindow, 'ref'> {
  const sha256 = createHash('sha256').update(log).digest('hex');
  const id = `ev_${sha256.slice(0, 24)}`;
  return { ref: { id, kind: 'log-window', bucket: 'logs', key: logKey, versionId: 'v-1', sha256, bytes: log.length } };
}

export function memoryArchive(): ArchiveStore & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    async put(at, bytes, { lockUntilMs } = {}) {
      if (!objects.has(at)) objects.set(at, bytes.slice());
      return { locked: lockUntilMs !== undefined };
    },
    async get(at) {
      const bytes = objects.get(at);
      if (bytes === undefined) throw new PortError('not-found', `reading ${at}`);
      return bytes;
    },
    list: async (prefix, { keysMax }) => [...objects.keys()].filter((at) => at.startsWith(prefix)).slice(0, keysMax),
  };
}

export function readerOf(history: unknown): ExecutionReader {
  return {
    describe: async (workflowId, runId) =>
      workflowId === key.workflowId
        ? { workflowType: 'incident', workflowId, runId: runId ?? key.runId, closed: true }
        : null,
    history: async () => history,
  };
}

/** Events as the server writes them, a second apart. */
function newHistory() {
  const events: Record<string, unknown>[] = [];
  const nowMs = () => start + 120_000 + events.length * 1000;
  const add = (eventType: string, attributes: string, value: object) =>
    events.push({
      eventId: String(events.length + 1),
      eventTime: new Date(nowMs()).toISOString(),
      eventType: `EVENT_TYPE_${eventType}`,
      [`${attributes}EventAttributes`]: value,
    });
  add('WORKFLOW_EXECUTION_STARTED', 'workflowExecutionStarted', {
    workflowId: key.workflowId,
    workflowType: { name: 'incident' },
  });
  return {
    nowMs,
    record<O>(type: string, input: unknown, result: O): O {
      add('ACTIVITY_TASK_SCHEDULED', 'activityTaskScheduled', {
        activityId: String(events.length),
        activityType: { name: type },
        input: payloads(input),
      });
      const scheduledEventId = String(events.length);
      add('ACTIVITY_TASK_STARTED', 'activityTaskStarted', { scheduledEventId, attempt: 1 });
      add('ACTIVITY_TASK_COMPLETED', 'activityTaskCompleted', { scheduledEventId, result: payloads(result) });
      return result;
    },
    end() {
      add('WORKFLOW_EXECUTION_COMPLETED', 'workflowExecutionCompleted', { result: payloads({ closed: true }) });
      return { events };
    },
  };
}

export function payloads(value: unknown) {
  const encoding = Buffer.from('json/plain').toString('base64');
  return { payloads: [{ metadata: { encoding }, data: Buffer.from(JSON.stringify(value)).toString('base64') }] };
}
