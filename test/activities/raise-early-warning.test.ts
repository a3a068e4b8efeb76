import { describe, expect, it } from 'vitest';
import { createRaiseEarlyWarning, earlyWarningBody, type AlertsSent } from '../../activities/raise-early-warning.ts';
import { selectHandler } from '../../kb/handlers/index.ts';
import { alertGroupSchema } from '../../kb/schemas/alert-group.ts';
import { sightingsOf } from '../../workers/api/sightings.ts';
import type { EarlyWarning } from '../../workflows/domain/perf-watch.ts';
import { runActivity } from './run-activity.ts';

const startsAtMs = Date.parse('2026-11-20T10:00:00Z');
const warning: EarlyWarning = {
  cluster: 'site-a',
  job: 'pretrain',
  stage: 'firing',
  startsAtMs,
  endsAtMs: null,
  why: null,
  suspicion: {
    tier: 'absolute',
    component: 'compute-clock',
    node: 'node-07',
    gpu: 3,
    ratio: 2.9,
    sinceMs: startsAtMs - 60_000,
    summary: 'pretrain is slow: 5,000 tokens/s, 34 % of the 14,700 predicted; 168 W a GPU, 49 % of the 342 predicted.',
  },
};
const resolved: EarlyWarning = {
  ...warning,
  stage: 'resolved',
  endsAtMs: startsAtMs + 600_000,
  why: 'the speed is back',
};

function answering(...answers: readonly AlertsSent[]) {
  const bodies: unknown[] = [];
  const send = async (body: unknown) => {
    bodies.push(body);
    const answer = answers[Math.min(bodies.length, answers.length) - 1];
    if (answer === undefined) throw new Error('nothing to answer');
    return answer;
  };
  return { bodies, activity: createRaiseEarlyWarning({ send }) };
}

describe('the body', () => {
  it('is an Alertmanager webhook that intake reads as one sighting, with numbers in its summary', () => {
    const group = alertGroupSchema.parse(earlyWarningBody(warning));
    const { sightings, misplaced } = sightingsOf(group, {
      clusters: ['site-a'],
      receivedAtMs: startsAtMs,
      redact: (text) => text,
    });
    expect(misplaced).toEqual([]);
    expect(sightings).toHaveLength(1);
    expect(sightings[0]?.observation).toMatchObject({
      status: 'firing',
      alerts: [
        {
          startsAtMs,
          summary: expect.stringContaining('34 % of the 14,700 predicted; 168 W a GPU'),
          labels: {
            alertname: 'TrainingBelowPrediction',
            job: 'pretrain',
            node: 'node-07',
            gpu: '3',
            tier: 'absolute',
          },
        },
      ],
    });
  });

  it.each(['absolute', 'history', 'peers'] as const)('of tier %s finds the handler for slow training', (tier) => {
    const body = earlyWarningBody({ ...warning, suspicion: { ...warning.suspicion, tier } });
    expect(selectHandler(body.alerts[0]?.labels ?? {}).id).toBe('slow-training');
  });

  it('of the end is the same alert with an end', () => {
    const [begun] = earlyWarningBody(warning).alerts;
    const [over] = earlyWarningBody(resolved).alerts;
    expect(over).toMatchObject({ status: 'resolved', endsAt: '2026-11-20T10:10:00.000Z' });
    expect([over?.fingerprint, over?.labels, over?.startsAt]).toEqual([
      begun?.fingerprint,
      begun?.labels,
      begun?.startsAt,
    ]);
    expect(earlyWarningBody(resolved).groupKey).toBe(earlyWarningBody(warning).groupKey);
  });
});

describe('raiseEarlyWarning', () => {
  it('answers the incidents that took it, and sends the same bytes when it is run again', async () => {
    const { bodies, activity } = answering({ kind: 'accepted', incidents: [{ incidentId: 'site-a/00ff' }] });
    expect(await runActivity(activity, warning)).toEqual({ kind: 'accepted', incidents: ['site-a/00ff'] });
    await runActivity(activity, warning, 2);
    expect(bodies[1]).toEqual(bodies[0]);
  });

  it('is retried while the API is away, not before it wants to be asked again', async () => {
    const { activity } = answering({ kind: 'later', why: 'http://api does not answer', afterMs: 7_000 });
    await expect(runActivity(activity, warning)).rejects.toMatchObject({ type: 'Unreachable', nextRetryDelay: 7_000 });
  });

  it('answers a refusal, which no retry mends', async () => {
    const { activity } = answering({ kind: 'stop', why: 'http://api answers 401' });
    expect(await runActivity(activity, warning)).toEqual({ kind: 'refused', why: 'http://api answers 401' });
    expect(await runActivity(createRaiseEarlyWarning({ send: null }), warning)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('WARDROUND_API_TOKEN'),
    });
  });
});
