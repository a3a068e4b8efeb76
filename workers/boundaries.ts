import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';

/**
 * Moments of an activity's attempt at which a process may die: `scheduled`, the worker has the task and has run
 * nothing of it; `begun`, its function has been called and its first effect is under way; `done`, the function has
 * returned and nobody has been told.
 */
export const boundaries = ['scheduled', 'begun', 'done'] as const;
export type Boundary = (typeof boundaries)[number];

export const announcementSchema = z.object({
  boundary: z.enum(boundaries),
  activity: z.string(),
  attempt: z.int().positive(),
  workflowType: z.string(),
  workflowId: z.string(),
  taskQueue: z.string(),
  pid: z.int().positive(),
});
export type Announcement = Readonly<z.infer<typeof announcementSchema>>;

/**
 * For tests and benchmarks alone: announces each boundary of each activity on a unix socket and waits there until the
 * other side closes the connection. One connection an announcement, so that the death of this process is seen at once.
 */
export function holdAtBoundaries(socketPath: string): ActivityInterceptorsFactory {
  return ({ info }) => {
    const hold = (boundary: Boundary) =>
      announce(socketPath, {
        boundary,
        activity: info.activityType,
        attempt: info.attempt,
        workflowType: info.workflowType ?? '',
        workflowId: info.workflowExecution?.workflowId ?? '',
        taskQueue: info.taskQueue,
        pid: process.pid,
      });
    return {
      inbound: {
        async execute(input, next) {
          await hold('scheduled');
          const outcome = settled(next(input));
          // One turn of the event loop later the adapter has its request; what was begun goes on while we wait.
          await nextTurn();
          await hold('begun');
          const result = await outcome;
          await hold('done');
          if (result.status === 'rejected') throw result.reason;
          return result.value;
        },
      },
    };
  };
}

// Longer than any holder waits; an announcement that nobody ends must not look like a hanging activity for ever.
const holdMsMax = 120_000;

/** Nobody there to hear it is no reason to stop. */
function announce(socketPath: string, announcement: Announcement): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.setTimeout(holdMsMax, () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.once('connect', () => socket.write(`${JSON.stringify(announcement)}\n`));
    socket.resume();
  });
}

/** A failure is kept until somebody asks, and is no unhandled rejection meanwhile. */
async function settled(work: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}
