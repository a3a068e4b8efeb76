import { expect, it } from 'vitest';
import { manifestKey } from '../../activities/audit/archive-store.ts';
import { createFindUnarchived, type ClosedIncidents } from '../../activities/find-unarchived.ts';
import { memoryArchive } from './audit/sealed-incident.ts';
import { runActivity } from './run-activity.ts';

function closed(workflowIds: readonly string[]): ClosedIncidents & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    async each(beforeMs, countMax, take) {
      asked.push(beforeMs);
      let looked = 0;
      for (const workflowId of workflowIds.slice(0, countMax)) {
        looked += 1;
        if (!(await take({ workflowId, runId: `run-of-${workflowId}` }))) return { looked, truncated: true };
      }
      return { looked, truncated: false };
    },
  };
}

const find = (incidents: ClosedIncidents, archive = memoryArchive()) =>
  runActivity(createFindUnarchived({ closed: incidents, archive, clock: { nowMs: () => 3_600_000 } }), undefined);

it('finds closed incidents without a manifest, and leaves the newest to their own archive', async () => {
  const archive = memoryArchive();
  const done = 'incident/site-a/0000000000000001';
  const open = 'incident/site-a/0000000000000002';
  await archive.put(manifestKey(done, `run-of-${done}`, 'a'.repeat(64)), new Uint8Array(1));
  const incidents = closed([done, open]);
  expect(await find(incidents, archive)).toEqual({
    executions: [{ cluster: 'site-a', workflowId: open, runId: `run-of-${open}` }],
    looked: 2,
    truncated: false,
  });
  expect(incidents.asked).toEqual([3_600_000 - 10 * 60_000]);
});

it('starts no more than one sweep can bear and says that there are more', async () => {
  const many = Array.from({ length: 80 }, (_unused, index) => `incident/site-a/${String(index).padStart(16, '0')}`);
  const found = await find(closed(many));
  expect(found.executions).toHaveLength(50);
  expect(found).toMatchObject({ looked: 50, truncated: true });
});
