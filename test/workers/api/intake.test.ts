import { beforeEach, describe, expect, it } from 'vitest';
import { createForwarded } from '../../../workers/api/forwarded.ts';
import { TemporalUnavailable } from '../../../workers/api/incident-gateway.ts';
import { createIntake, type Intake } from '../../../workers/api/intake.ts';
import type { IncidentSighting } from '../../../workers/incident-start.ts';
import type { ObservedAlert } from '../../../workflows/domain/alert.ts';
import { defaultIncidentSettings } from '../../../workflows/domain/incident-input.ts';
import { rememberingGateway } from '../support/remembering-gateway.ts';

const workflowId = 'incident/site-a/00112233aabbccdd';
let engine: ReturnType<typeof rememberingGateway>;
let intake: Intake;

beforeEach(() => {
  engine = rememberingGateway();
  intake = createIntake(engine.gateway, defaultIncidentSettings);
});

function anAlert(overrides: Partial<ObservedAlert> = {}): ObservedAlert {
  const labels = { alertname: 'TrainingStepSlow', cluster: 'site-a', node: 'node-07', severity: 'warning' };
  return { fingerprint: 'aa', status: 'firing', startsAtMs: 1_000, labels, summary: 'slow', ...overrides };
}

function sighting(...alerts: ObservedAlert[]): IncidentSighting {
  const status = alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved';
  const observation = { receivedAtMs: 5_000, status, groupLabels: {}, alerts, truncated: 0 } as const;
  return { cluster: 'site-a', groupHash: '00112233aabbccdd', observation };
}

const firing = () => sighting(anAlert());
const resolved = () => sighting(anAlert({ status: 'resolved', endsAtMs: 2_000 }));

describe('intake', () => {
  it('starts one incident for a firing group, after the entity of its cluster', async () => {
    expect(await intake.observe(firing())).toEqual({
      incidentId: 'site-a/00112233aabbccdd',
      workflowId,
      runId: 'run-1',
      created: true,
      outcome: 'started',
    });
    expect(engine.clusters).toEqual(new Set(['site-a']));
    expect(engine.runsOf(workflowId)[0]?.start).toEqual({
      workflowId,
      input: { cluster: 'site-a', groupHash: '00112233aabbccdd', settings: defaultIncidentSettings },
      summary: 'TrainingStepSlow on site-a, node-07',
      severity: 'warning',
      alertStartsAtMs: [1_000],
    });
  });

  it('does not forward a set of alerts that has not changed, whatever its annotations say now', async () => {
    await intake.observe(firing());
    const again = await intake.observe(sighting(anAlert({ summary: 'slow, now 3.2 times' })));
    expect(again).toMatchObject({ runId: 'run-1', created: false, outcome: 'unchanged' });
    expect(engine.runsOf(workflowId)[0]?.observations).toHaveLength(1);
  });

  it('forwards a changed set to the open incident', async () => {
    await intake.observe(firing());
    const second = anAlert({ fingerprint: 'bb', startsAtMs: 1_500 });
    expect(await intake.observe(sighting(anAlert(), second))).toMatchObject({ runId: 'run-1', outcome: 'forwarded' });
    expect(await intake.observe(resolved())).toMatchObject({ runId: 'run-1', created: false, outcome: 'forwarded' });
    expect(engine.runsOf(workflowId)).toHaveLength(1);
    expect(engine.runsOf(workflowId)[0]?.observations.map(({ status }) => status)).toEqual([
      'firing',
      'firing',
      'resolved',
    ]);
  });

  it('never starts an incident for resolved alerts', async () => {
    const receipt = { runId: null, created: false, outcome: 'not-open' };
    expect(await intake.observe(resolved())).toMatchObject(receipt);
    await intake.observe(firing());
    engine.close(workflowId);
    expect(await intake.observe(resolved())).toMatchObject(receipt);
    expect(engine.runsOf(workflowId)).toHaveLength(1);
  });

  it('takes the start times that a closed incident knew as a repeat of it, and a later one as a recurrence', async () => {
    await intake.observe(firing());
    engine.close(workflowId);
    const afterRestart = createIntake(engine.gateway, defaultIncidentSettings);
    expect(await afterRestart.observe(firing())).toMatchObject({ runId: 'run-1', created: false, outcome: 'repeat' });
    const later = sighting(anAlert({ startsAtMs: 9_000 }));
    expect(await afterRestart.observe(later)).toMatchObject({ runId: 'run-2', created: true, outcome: 'started' });
    expect(engine.runsOf(workflowId)[1]?.start.input.recurrenceOf).toBe('run-1');
  });

  it('begins another incident for an alert that joined and that the closed one was not about', async () => {
    await intake.observe(firing());
    const joined = sighting(anAlert(), anAlert({ fingerprint: 'bb', startsAtMs: 1_500 }));
    await intake.observe(joined);
    engine.close(workflowId);
    expect(await intake.observe(joined)).toMatchObject({ runId: 'run-2', created: true, outcome: 'started' });
  });

  it('believes the engine more than its own memory', async () => {
    await intake.observe(firing());
    engine.forget();
    expect(await intake.observe(firing())).toMatchObject({ created: true, outcome: 'started' });
  });

  it('forwards once more after a restart, which starts nothing', async () => {
    await intake.observe(firing());
    const afterRestart = createIntake(engine.gateway, defaultIncidentSettings);
    expect(await afterRestart.observe(firing())).toMatchObject({
      runId: 'run-1',
      created: false,
      outcome: 'forwarded',
    });
    expect(await afterRestart.observe(firing())).toMatchObject({ outcome: 'unchanged' });
  });

  it('counts nothing as forwarded that Temporal did not take', async () => {
    engine.state.down = true;
    await expect(intake.observe(firing())).rejects.toThrow(TemporalUnavailable);
    engine.state.down = false;
    expect(await intake.observe(firing())).toMatchObject({ created: true, outcome: 'started' });
  });

  it('starts one incident when the same group arrives many times at once', async () => {
    const receipts = await Promise.all(Array.from({ length: 20 }, () => intake.observe(firing())));
    expect(receipts.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(receipts.map(({ runId }) => runId))).toEqual(new Set(['run-1']));
    expect(engine.runsOf(workflowId)[0]?.observations).toHaveLength(1);
  });
});

describe('the memory of what was forwarded', () => {
  it('forgets the incident that it has not heard of for longest', () => {
    const forwarded = createForwarded(2);
    forwarded.set('a', { digest: '1', runId: 'run-a' });
    forwarded.set('b', { digest: '1', runId: 'run-b' });
    expect(forwarded.get('a')).toEqual({ digest: '1', runId: 'run-a' });
    forwarded.set('c', { digest: '1', runId: 'run-c' });
    expect(forwarded.get('b')).toBeUndefined();
    expect(forwarded.get('a')?.runId).toBe('run-a');
    expect(forwarded.get('c')?.runId).toBe('run-c');
  });
});
