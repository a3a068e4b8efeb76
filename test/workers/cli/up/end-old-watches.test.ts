import { afterAll, beforeAll, expect, it } from 'vitest';
import { byKind, endOldWatches } from '../../../../workers/cli/up/end-old-watches.ts';
import { taskQueues, watchWorkflowId } from '../../../../workflows/domain/ids.ts';
import { defaultWatchSettings } from '../../../../workflows/domain/perf-watch.ts';
import type { perfWatch } from '../../../../workflows/index.ts';
import { openWorld, type IncidentWorld } from '../../../support/incident-world.ts';

let world: IncidentWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('tells watches, which can be started anew, from workflows that only their version can end', () => {
  const differing = ['watch/site-a/pretrain', 'incident/site-a/00ff', 'watch/site-b/pretrain'].map((workflowId) => ({
    workflowId,
    runId: 'r',
    reason: 'differs',
  }));
  const { watches, others } = byKind(differing, 'site-a');
  expect(watches.map(({ workflowId }) => workflowId)).toEqual(['watch/site-a/pretrain']);
  expect(others).toHaveLength(2);
});

it('ends exactly the watches that differ', async () => {
  const start = async (job: string) =>
    world.client.workflow.start<typeof perfWatch>('perfWatch', {
      workflowId: watchWorkflowId('site-a', job),
      taskQueue: taskQueues.incidents,
      args: [{ cluster: 'site-a', job, settings: defaultWatchSettings }],
    });
  const [old, other] = [await start('old'), await start('other')];
  await endOldWatches(world.client, [
    { workflowId: old.workflowId, runId: old.firstExecutionRunId, reason: 'differs' },
  ]);
  expect((await old.describe()).status.name).toBe('TERMINATED');
  expect((await other.describe()).status.name).toBe('RUNNING');
  await other.terminate('test over');
});
