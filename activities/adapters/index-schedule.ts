import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { taskQueues } from '../../workflows/domain/ids.ts';
import { PortError } from '../ports.ts';

// How long a newly accepted record may be found by words alone.
const indexEvery = '10 minutes';
const scheduleId = 'wardround-knowledge-index';
const callMsMax = 20_000;

/** Makes the schedule that keeps the vector index in step, and lets it run now. */
export async function ensureIndexSchedule(client: Client): Promise<void> {
  try {
    await client.withDeadline(Date.now() + callMsMax, async () => {
      try {
        await client.schedule.create({
          scheduleId,
          spec: { intervals: [{ every: indexEvery }] },
          policies: { overlap: ScheduleOverlapPolicy.SKIP },
          state: { triggerImmediately: true },
          action: { type: 'startWorkflow', workflowType: 'indexKnowledge', taskQueue: taskQueues.incidents, args: [] },
        });
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await client.schedule.getHandle(scheduleId).trigger(ScheduleOverlapPolicy.SKIP);
      }
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PortError('unreachable', `the schedule ${scheduleId} cannot be made: ${why}`, { cause: error });
  }
}
