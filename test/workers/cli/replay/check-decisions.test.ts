import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkDecisions } from '../../../../workers/cli/replay/check-decisions.ts';
import { openWorld } from '../../../support/incident-world.ts';
import { scriptedActivities } from '../../../support/scripted-activities.ts';
import { createExecutionReader } from '../../../../activities/adapters/history-archive-executions.ts';
import { repositoryPath } from '../../../support/repository.ts';

beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
});

const recorded = readFileSync(repositoryPath('test/histories/repair-locked-clock.json'), 'utf8');
const workflowId =
  (JSON.parse(recorded) as { events: { workflowExecutionStartedEventAttributes: { workflowId: string } }[] }).events[0]
    ?.workflowExecutionStartedEventAttributes.workflowId ?? '';
const unknownCode = { workflowBundle: null, isPresent: false };

function check(history: string, code = unknownCode) {
  return checkDecisions([{ workflowId, bytes: new TextEncoder().encode(history) }], code);
}

describe('the decisions of a history', () => {
  it('are those of the workflow code', async () => {
    expect((await check(recorded)).problems).toEqual([]);
  }, 60_000);

  it('are refused with the event where another activity stands', async () => {
    const { status, problems } = await check(recorded.replaceAll('"recordUndo"', '"somethingElse"'));
    expect(status).toBe('failed');
    expect(problems[0]?.place).toMatch(new RegExp(`^${workflowId} event \\d+ somethingElse$`));
  }, 60_000);

  it('are refused where the history belongs to another workflow', async () => {
    const { problems } = await check(recorded.replaceAll(workflowId, 'repair/another/1'));
    expect(problems[0]?.text).toContain('began repair/another/1');
  }, 60_000);

  it('are not checked where there is no history', async () => {
    const gone = await checkDecisions([{ workflowId, bytes: null }], unknownCode);
    expect(gone).toMatchObject({ status: 'not-checked', gaps: [{ place: workflowId }] });
  }, 60_000);
});

describe('the content of commands', () => {
  it('is compared as well: an input that the workflow code does not give is named', async () => {
    const world = await openWorld();
    const stop = await world.startWorkers(scriptedActivities({ verdict: noFault }).activities);
    try {
      const handle = await world.startIncident({ archive: false, notify: false });
      await handle.result();
      const reader = createExecutionReader(world.client);
      const history = await reader.history(handle.workflowId, (await handle.describe()).runId);
      const present = { workflowBundle: null, isPresent: true };
      const one = (text: string) => [{ workflowId: handle.workflowId, bytes: new TextEncoder().encode(text) }];
      expect(await checkDecisions(one(JSON.stringify(history)), present)).toMatchObject({ problems: [], gaps: [] });
      const changed = changeInput(JSON.stringify(history), 'reasonRound');
      const { problems, status } = await checkDecisions(one(changed), present);
      expect(status).toBe('failed');
      expect(problems[0]?.place).toContain('reasonRound');
      expect(problems[0]?.text).toContain('input[0].round');
    } finally {
      await stop();
      await world.close();
    }
  }, 120_000);
});

const noFault = {
  kind: 'no-fault',
  explanation: { text: 'a planned test', findingIds: [], ranges: [] },
} as const;

function changeInput(history: string, type: string): string {
  // The shape that the server writes.
  const { events } = JSON.parse(history) as {
    events: {
      activityTaskScheduledEventAttributes?: {
        activityType: { name: string };
        input: { payloads: { data: string }[] };
      };
    }[];
  };
  for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
    const payload = scheduled?.input.payloads[0];
    if (scheduled?.activityType.name !== type || payload === undefined) continue;
    const input = JSON.parse(Buffer.from(payload.data, 'base64').toString()) as Record<string, unknown>;
    payload.data = Buffer.from(JSON.stringify({ ...input, round: 9 })).toString('base64');
  }
  return JSON.stringify({ events });
}
