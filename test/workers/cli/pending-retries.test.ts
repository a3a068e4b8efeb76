import { describe, expect, it } from 'vitest';
import { showIncident } from '../../../workers/cli/incident-show.ts';
import { pendingRetries } from '../../../workers/cli/pending-retries.ts';
import { anIncidentRow, aWaitingView } from '../support/remembering-desk.ts';

const failed = {
  activityType: { name: 'gatherLogs' },
  attempt: 4,
  lastFailure: {
    message: 'writing wardround-evidence/evidence/logs/x: the store is full',
    applicationFailureInfo: { type: 'Unreachable' },
  },
  nextAttemptScheduleTime: { seconds: 1_795_000_004, nanos: 500_000_000 },
  expirationTime: { seconds: 1_795_001_200 },
};
/** As the server answers, with the fields that are read. */
const run = (pendingActivities: readonly object[]) => ({ raw: { pendingActivities } }) as never;

describe('pending retries', () => {
  it('name the activity, its attempt, the latest reason, and when the next attempt and the last one are', () => {
    expect(pendingRetries(run([failed]))).toEqual([
      {
        activity: 'gatherLogs',
        attempt: 4,
        why: 'Unreachable: writing wardround-evidence/evidence/logs/x: the store is full',
        nextAtMs: 1_795_000_004_500,
        untilMs: 1_795_001_200_000,
      },
    ]);
  });

  it('are not what runs for the first time', () => {
    const first = { activityType: { name: 'scanEvidence' }, attempt: 1, lastFailure: null };
    expect(pendingRetries(run([first]))).toEqual([]);
    expect(pendingRetries({ raw: {} } as never)).toEqual([]);
  });

  it('are bounded in number and in text', () => {
    const long = { ...failed, lastFailure: { message: 'x'.repeat(5_000) } };
    const retries = pendingRetries(run(Array.from({ length: 50 }, () => long)));
    expect(retries).toHaveLength(10);
    expect(retries[0]?.why).toHaveLength(300);
  });
});

describe('incident show', () => {
  async function show(json: boolean, retrying: ReturnType<typeof pendingRetries>): Promise<string> {
    const printed: string[] = [];
    const terminal = {
      out: (text: string) => void printed.push(text),
      err: () => {},
      ask: () => Promise.resolve(''),
      colour: false,
      interactive: false,
    };
    const desk = { read: async () => ({ row: anIncidentRow(), view: aWaitingView(), retrying }) };
    await showIncident(terminal, desk, aWaitingView().workflowId, { json });
    return printed.join('\n');
  }

  it('says below the chart what is tried again and why', async () => {
    expect(await show(false, pendingRetries(run([failed])))).toMatch(
      /\n\nBeing tried again\n {2}gatherLogs failed 3 times: Unreachable: .*the store is full; given up at 2026-11-18T/,
    );
    expect(await show(false, [])).not.toContain('Being tried again');
  });

  it('has it in its JSON', async () => {
    const retrying = pendingRetries(run([failed]));
    expect(JSON.parse(await show(true, retrying))).toEqual({ ...aWaitingView(), retrying });
  });
});
