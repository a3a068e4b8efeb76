import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RepairReport } from '../workflows/domain/repair-report.ts';

/** The result of a workflow that another run started. */
export interface RepairResults {
  result(workflowId: string): Promise<RepairReport>;
}

const heartbeatEveryMs = 10_000;

/** A reset incident finds its repair already started: it takes that one's result and repeats nothing. */
export function createAdoptRepair(repairs: RepairResults) {
  return async function adoptRepair(input: { readonly workflowId: string }): Promise<RepairReport> {
    const beat = setInterval(() => heartbeat(), heartbeatEveryMs);
    const cancelled = new Promise<never>((_resolve, reject) => {
      cancellationSignal().addEventListener('abort', () => reject(new Error('cancelled while waiting for the repair')));
    });
    try {
      return await Promise.race([repairs.result(input.workflowId), cancelled]);
    } finally {
      clearInterval(beat);
    }
  };
}
