import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { performanceCompareId } from '../../workflows/domain/ids.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { RoundInput } from '../../workflows/domain/phase-data.ts';
import { openWorld, type IncidentWorld, until } from '../support/incident-world.ts';
import { scriptedActivities, type Script } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let calls: string[] = [];
let rounds: RoundInput[] = [];

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

async function play(script: Script = {}): Promise<void> {
  rounds = [];
  const scripted = scriptedActivities({ round: (input) => void rounds.push(input), ...script });
  calls = scripted.calls;
  stopWorkers = await world.startWorkers(scripted.activities);
}

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';
const compareWish = { probeId: performanceCompareId, nodes: [], why: 'older', gainBits: 0, costMs: 2_000 };
const clocksWish = { probeId: 'gpu.clocks', nodes: ['node-07'], why: 'tells them apart', gainBits: 2, costMs: 400 };

describe('an incident of a job', () => {
  it('predicts the right speed while the logs are scanned, and compares with it', async () => {
    await play();
    const handle = await world.startIncident();
    const view = await until(handle, waits);
    expect(calls).toContain('predictPerformance');
    expect(calls).toContain('comparePerformance with a prediction');
    expect(calls).not.toContain('checkPerformance');
    expect(view.performance?.comparison).toMatchObject({
      verdict: 'slow',
      component: 'compute-clock',
      node: 'node-07',
    });
    expect(rounds[0]).toMatchObject({ compares: true, performance: { kind: 'performance' } });
  });

  it('goes by its own history where its input was written before speeds were predicted', async () => {
    await play();
    const handle = await world.startIncident({ predict: false });
    const view = await until(handle, waits);
    expect(calls).toContain('checkPerformance');
    expect(calls.filter((call) => /^(predict|compare)Performance/.test(call))).toEqual([]);
    expect(view.performance?.comparison).toBeUndefined();
    expect(rounds[0]).not.toHaveProperty('compares');
  });

  it('is compared without a prediction where there is no job, or none can be made', async () => {
    await play({ plan: () => ({ job: null }) });
    const withoutJob = await world.startIncident();
    await until(withoutJob, waits);
    expect(calls).not.toContain('predictPerformance');
    expect(calls).toContain('comparePerformance without a prediction');
    await stopWorkers();

    const gone = ApplicationFailure.create({ message: 'cluster site-a has no job pretrain', type: 'NotFound' });
    await play({ fail: { predictPerformance: gone } });
    const unpredicted = await world.startIncident();
    const view = await until(unpredicted, waits);
    expect(calls).toContain('comparePerformance without a prediction');
    expect(view.degraded.join()).toContain(
      'went on without a prediction of the speed: NotFound: cluster site-a has no job',
    );
  });

  it('is compared again when a round wishes for it, and the findings join those of the batch', async () => {
    await play({ wishes: [clocksWish, compareWish] });
    const handle = await world.startIncident();
    const view = await until(handle, waits);
    expect(calls).toContain('gatherMetrics until now');
    expect(calls.filter((call) => call.startsWith('comparePerformance'))).toHaveLength(2);
    expect(calls.filter((call) => call.startsWith('runProbeBatch round2'))).toHaveLength(1);
    expect(view.comparisons).toEqual([{ batch: 'round2-1', summary: 'Steps take 24.8 s, predicted 8.0 s.' }]);
    const [first, last] = [rounds[0], rounds.at(-1)];
    expect((last?.findings.length ?? 0) - (first?.findings.length ?? 0)).toBe(2);
    expect(last?.probesRun.map(({ probeId }) => probeId)).toEqual(['gpu.clocks', performanceCompareId]);
  });

  it('asks no node when the comparison is all that a round wishes for', async () => {
    await play({ wishes: [compareWish] });
    const handle = await world.startIncident();
    const view = await until(handle, waits);
    expect(calls.filter((call) => call.startsWith('runProbeBatch round2'))).toEqual([]);
    expect(view.probeBatches.filter(({ batch }) => batch.startsWith('round2'))).toEqual([]);
    expect(view.comparisons).toHaveLength(1);
  });

  it('goes on with what it has when newer metrics stay away', async () => {
    const refused = ApplicationFailure.create({ message: 'metrics query refused', type: 'Refused' });
    await play({ wishes: [clocksWish, compareWish], fail: { 'gatherMetrics until now': refused } });
    const handle = await world.startIncident();
    const view = await until(handle, waits);
    expect(view.comparisons).toBeUndefined();
    expect(view.degraded.join()).toContain('went on without newer metrics');
    expect(view.performance?.comparison?.verdict).toBe('slow');
    expect(rounds.at(-1)?.probesRun.map(({ probeId }) => probeId)).toContain(performanceCompareId);
  });
});
