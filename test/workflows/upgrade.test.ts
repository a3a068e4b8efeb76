import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { replayOpen } from '../../workers/cli/up/replay-open.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { bundleChanged } from '../support/changed-workflows.ts';
import { openWorld, type IncidentHandle, type IncidentWorld, until } from '../support/incident-world.ts';
import { aProposal } from '../support/proposals.ts';
import { scriptedActivities } from '../support/scripted-activities.ts';

const approval = { decisionId: 'd-1', proposal: 1, digest: aProposal().digest, approver: 'Ada', comment: 'go on' };

// What the next release does otherwise: it waits a moment before it plans, which adds a timer to the history.
const where = {
  file: 'pursue.ts',
  find: "  chart.enter('planning');\n",
};
const bare = { ...where, put: "  await sdk.sleep(5);\n  chart.enter('planning');\n" };
const guarded = {
  ...where,
  put: "  if (sdk.patched('pursue-wait-before-planning')) await sdk.sleep(5);\n  chart.enter('planning');\n",
};
type Bundle = Awaited<ReturnType<typeof bundleChanged>>;
let world: IncidentWorld;
let changed: Bundle;
let changedAndGuarded: Bundle;
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = await openWorld();
  changed = await bundleChanged(bare);
  changedAndGuarded = await bundleChanged(guarded);
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});
afterAll(async () => {
  await Promise.all([changed.remove(), changedAndGuarded.remove()]);
  await world.close();
});

const waits = (view: IncidentView) => view.approval.status.kind === 'waiting';

describe('an incident that waits for approval', () => {
  it('lives through a guarded change of the code in the one version that `up` runs', async () => {
    stops.push(await world.startActivities(scriptedActivities().activities));
    const stopOld = await world.startWorkflows(inject('workflowBundlePath'));
    const handle = await world.startIncident();
    await until(handle, waits);
    await stopOld();
    expect(await replayOpen(world.client, changedAndGuarded.codePath)).toMatchObject({ differing: [] });
    stops.push(await world.startWorkflows(changedAndGuarded.codePath));
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('is not given to a change that is not guarded: the check before the start names it', async () => {
    stops.push(await world.startActivities(scriptedActivities().activities));
    const stopOld = await world.startWorkflows(inject('workflowBundlePath'));
    const handle = await world.startIncident();
    await until(handle, waits);
    await stopOld();
    const { differing } = await replayOpen(world.client, changed.codePath);
    expect(differing.map(({ workflowId }) => workflowId)).toContain(handle.workflowId);
    stops.push(await world.startWorkflows(inject('workflowBundlePath')));
    await handle.signal('approveProposal', approval);
    expect((await handle.result()).closing?.kind).toBe('repaired');
  });

  it('stays pinned to its build where workers are versioned, while new ones begin with the current build', async () => {
    const deploymentName = 'wardround';
    const before = { deploymentName, buildId: 'build-1' };
    const after = { deploymentName, buildId: 'build-2' };
    stops.push(await world.startActivities(scriptedActivities().activities));
    stops.push(await world.startWorkflows(inject('workflowBundlePath'), before));
    await makeCurrent(before);
    const old = await world.startIncident();
    await until(old, waits);
    // The unguarded change is allowed here: it never meets the old history.
    stops.push(await world.startWorkflows(changed.codePath, after));
    await makeCurrent(after);
    await old.signal('approveProposal', approval);
    expect((await old.result()).closing?.kind).toBe('repaired');
    const fresh = await world.startIncident();
    await until(fresh, waits);
    expect(await buildOf(old)).toBe('build-1');
    expect(await buildOf(fresh)).toBe('build-2');
    await fresh.cancel();
    await fresh.result();
  });
});

/** As `temporal worker deployment set-current-version` does it, once the server has seen a worker of that build. */
async function makeCurrent({ deploymentName, buildId }: { deploymentName: string; buildId: string }): Promise<void> {
  const { workflowService } = world.client;
  for (;;) {
    try {
      await workflowService.setWorkerDeploymentCurrentVersion({ namespace: world.namespace, deploymentName, buildId });
      return;
    } catch (error) {
      // Not seen yet; the test's own time limit bounds the wait.
      if (!String(error).includes('not found') && !String(error).includes('NOT_FOUND')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function buildOf(handle: IncidentHandle): Promise<string | undefined> {
  const { raw } = await world.client.workflow.getHandle(handle.workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}
