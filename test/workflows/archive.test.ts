import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { archiveWorkflowId, taskQueues } from '../../workflows/domain/ids.ts';
import type { ArchiveInput } from '../../workflows/domain/closing-data.ts';
import type { archive, archiveSweep } from '../../workflows/index.ts';
import { openWorld, type IncidentWorld } from '../support/incident-world.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

const inputOf = (runId: string): ArchiveInput => ({ cluster: 'site-a', workflowId: 'incident/site-a/0123', runId });

async function withActivities(executions: readonly ArchiveInput[], archived: ArchiveInput[]): Promise<void> {
  stopWorkers = await world.startWorkers({
    findUnarchived: async () => ({ executions, looked: 7, truncated: true }),
    archiveExecution: async (input: ArchiveInput) => {
      archived.push(input);
      return { manifest: {}, histories: 1, evidence: 0, keyId: 'k' };
    },
  });
}

it('archives the execution that it was given', async () => {
  const archived: ArchiveInput[] = [];
  await withActivities([], archived);
  const input = inputOf(randomUUID());
  const result = await world.client.workflow.execute<typeof archive>('archive', {
    workflowId: archiveWorkflowId(input.runId),
    taskQueue: taskQueues.incidents,
    args: [input],
  });
  expect(result).toMatchObject({ histories: 1, keyId: 'k' });
  expect(archived).toEqual([input]);
});

it('a sweep starts one archive for each incident without one, and leaves alone what goes on', async () => {
  const archived: ArchiveInput[] = [];
  const [first, second] = [inputOf(randomUUID()), inputOf(randomUUID())];
  await withActivities([first, second, first], archived);
  const result = await world.client.workflow.execute<typeof archiveSweep>('archiveSweep', {
    workflowId: `sweep-${randomUUID()}`,
    taskQueue: taskQueues.incidents,
    args: [],
  });
  expect(result).toMatchObject({ looked: 7, truncated: true });
  expect(result.started).toBeGreaterThanOrEqual(2);
  for (const { runId } of [first, second]) await world.client.workflow.getHandle(archiveWorkflowId(runId)).result();
  expect(new Set(archived.map(({ runId }) => runId))).toEqual(new Set([first.runId, second.runId]));
});
