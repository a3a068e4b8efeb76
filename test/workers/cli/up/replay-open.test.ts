import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { replayOpen } from '../../../../workers/cli/up/replay-open.ts';
import { clusterWorkflowId } from '../../../../workflows/domain/ids.ts';
import { incidentView } from '../../../../workflows/messages.ts';
import { openWorld, type IncidentHandle, type IncidentWorld } from '../../../support/incident-world.ts';
import { scriptedActivities } from '../../../support/scripted-activities.ts';
import { temporaryFolder } from '../../../support/servers.ts';

let world: IncidentWorld;
let folder: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  folder = temporaryFolder('replay-open');
});
afterEach(() => folder.remove());

/** An incident that waits for approval while no worker runs, as after Ctrl-C. */
async function incidentLeftOpen(): Promise<IncidentHandle> {
  const stopWorkers = await world.startWorkers(scriptedActivities({}).activities);
  const handle = await world.startIncident();
  await vi.waitUntil(async () => (await handle.query(incidentView)).phase === 'awaiting-approval', { timeout: 20_000 });
  await stopWorkers();
  return handle;
}

async function listed(workflowId: string): Promise<boolean> {
  for await (const run of world.client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
    if (run.workflowId === workflowId) return true;
  return false;
}

/** The workflow code with another word in it, as another version would have. */
function bundleWith(before: string, after: string): string {
  const code = readFileSync(inject('workflowBundlePath'), 'utf8');
  expect(code).toContain(before);
  const file = join(folder.path, 'changed.js');
  writeFileSync(file, code.replaceAll(before, after));
  return file;
}

describe('before the workers start', () => {
  it('nothing is replayed when nothing is open', async () => {
    expect(await replayOpen(world.client, inject('workflowBundlePath'))).toEqual({
      replayed: 0,
      truncated: false,
      differing: [],
    });
  });

  it('open histories replay on the code that made them, and each that another version breaks is named', async () => {
    const handle = await incidentLeftOpen();
    await vi.waitUntil(() => listed(handle.workflowId), { timeout: 10_000 });
    const same = await replayOpen(world.client, inject('workflowBundlePath'));
    expect(same).toEqual({ replayed: 2, truncated: false, differing: [] });

    const { replayed, differing } = await replayOpen(world.client, bundleWith('gatherLogs', 'gatherLoot'));
    expect(replayed).toBe(2);
    expect(differing).toEqual([
      {
        workflowId: handle.workflowId,
        runId: (await handle.describe()).runId,
        reason: expect.stringContaining('gatherLoot'),
      },
    ]);
    expect(differing[0]?.reason).not.toMatch(/TMPRL|Nondeterminism/);

    // Looking changed nothing: the incident still waits for the same decision.
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate('test over');
    await world.client.workflow.getHandle(clusterWorkflowId(world.clusterName())).terminate('test over');
  });
});
