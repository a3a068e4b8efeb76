import { describe, expect, it } from 'vitest';
import { codeIdentity } from '../../activities/audit/assemble.ts';
import { checkSeal } from '../../activities/audit/check-seal.ts';
import type { Execution, ExecutionReader } from '../../activities/audit/executions.ts';
import { createArchiveExecution } from '../../activities/archive-execution.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { sealedFiles } from '../../workers/cli/replay/sealed-files.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { key, memoryArchive, newSigner, payloads, recordedIncident } from './audit/sealed-incident.ts';
import { runActivity } from './run-activity.ts';

const signer = newSigner();
const code = codeIdentity(knowledge, null);
type Recorded = Awaited<ReturnType<typeof recordedIncident>>;

function activityOn(reader: ExecutionReader, evidence = memoryEvidence() as Recorded['evidence']) {
  const archive = memoryArchive();
  const ports = { executions: reader, evidence, evidenceBucket: 'evidence', archive, inventories: new Map() };
  return { archive, evidence, activity: createArchiveExecution({ ...ports, knowledge, code, signer }) };
}

const shortHistory = (workflowId: string, more: readonly object[] = []) => {
  const at = '2026-11-21T03:00:00Z';
  const events = [
    {
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { workflowId, workflowType: { name: 'x' } },
    },
    ...more,
    {
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED',
      workflowExecutionTerminatedEventAttributes: { reason: 'by hand' },
    },
  ];
  return { events: events.map((event, index) => ({ eventId: String(index + 1), eventTime: at, ...event })) };
};

/** A server that knows these executions; one is open until it has been looked at so often. */
function serverOf(histories: Readonly<Record<string, unknown>>, looksUntilClosed = 0): ExecutionReader {
  let looks = 0;
  return {
    async describe(workflowId, runId): Promise<Execution | null> {
      looks += 1;
      return workflowId in histories
        ? { workflowType: 'x', workflowId, runId: runId ?? `run of ${workflowId}`, closed: looks > looksUntilClosed }
        : null;
    },
    history: async (workflowId) => histories[workflowId],
  };
}

describe('archiveExecution', () => {
  it('waits until the execution has ended, and archives a terminated one', async () => {
    const { activity, archive } = activityOn(serverOf({ [key.workflowId]: shortHistory(key.workflowId) }, 1));
    expect(await runActivity(activity, key)).toMatchObject({ histories: 1, keyId: signer.keyId });
    expect([...archive.objects.keys()].filter((at) => at.includes('/manifest-'))).toHaveLength(1);
  });

  it('takes repairs and the recoveries of their leases along', async () => {
    const repair = 'repair/run-1/1';
    const recovery = 'recover/site-a/1790000000000.3';
    const lease = { answer: { kind: 'granted', fencing: { epochMs: 1_790_000_000_000, counter: 3 } } };
    const histories = {
      [key.workflowId]: shortHistory(key.workflowId, [
        {
          eventType: 'EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED',
          childWorkflowExecutionStartedEventAttributes: { workflowExecution: { workflowId: repair, runId: 'run-2' } },
        },
      ]),
      [repair]: shortHistory(repair, [
        {
          eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
          workflowExecutionSignaledEventAttributes: { signalName: 'clusterReply', input: payloads(lease) },
        },
      ]),
      [recovery]: shortHistory(recovery),
    };
    const { activity, archive, evidence } = activityOn(serverOf(histories));
    await runActivity(activity, key);
    const stores = { archive, evidence, evidenceBucket: 'evidence' };
    const gathered = await sealedFiles(stores, key.workflowId, key.runId, { withoutLogs: false });
    expect(gathered?.manifest.histories.map(({ workflowId }) => workflowId)).toEqual([
      key.workflowId,
      repair,
      recovery,
    ]);
  });

  it('fails for good when the server has forgotten the run', async () => {
    await expect(runActivity(activityOn(serverOf({})).activity, key)).rejects.toMatchObject({ type: 'NotFound' });
  });

  it('seals what is there, and says what is gone', async () => {
    const { history, evidence, memory } = await recordedIncident();
    const gone = [...memory.objects.keys()].find((at) => at.includes('/findings/')) ?? '';
    memory.objects.delete(gone);
    const { activity, archive } = activityOn(serverOf({ [key.workflowId]: history }), evidence);
    expect(await runActivity(activity, key)).toMatchObject({ unreadable: 1 });
    const stores = { archive, evidence, evidenceBucket: 'evidence' };
    const gathered = await sealedFiles(stores, key.workflowId, key.runId, { withoutLogs: true });
    const check = checkSeal(gathered?.files ?? new Map(), { keys: [signer.publicKey], named: true });
    expect(check.status).toBe('not-checked');
    expect(check.gaps.map(({ text }) => text)).toContain('could not be read when this was sealed');
  });
});
