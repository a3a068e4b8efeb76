import { Context } from '@temporalio/activity';

/** Beats while the work goes on, with what it reports as its progress, so that a cancel or a lost worker is noticed. */
export async function withHeartbeats<T>(
  progress: () => unknown,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(progress()), beatMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}

/** What the last heartbeat of the attempt before this one said; whoever reads it checks its shape. */
export function lastHeartbeat(): unknown {
  return Context.current().info.heartbeatDetails;
}

// A quarter of the shortest heartbeat time-out (15 s in workflows/domain/timeouts.ts), rounded down.
const beatMs = 3_000;
