import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { taskQueues } from '../../workflows/domain/ids.ts';
import { PortError } from '../ports.ts';

// The shortest retention that a server takes is a day.
const sweepEvery = '1 hour';
const scheduleId = 'wardround-archive-sweep';
const createMsMax = 20_000;

/** Makes the schedule of the sweep unless it is there; one that an operator changed or paused stays as it is. */
export async function ensureArchiveSweep(client: Client): Promise<void> {
  try {
    await client.withDeadline(Date.now() + createMsMax, () =>
      client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every: sweepEvery }] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP },
        action: { type: 'startWorkflow', workflowType: 'archiveSweep', taskQueue: taskQueues.incidents, args: [] },
      }),
    );
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return;
    const why = error instanceof Error ? error.message : String(error);
    throw new PortError('unreachable', `the schedule ${scheduleId} cannot be made: ${why}`, { cause: error });
  }
}
