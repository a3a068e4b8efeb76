import { proxyActivities } from '@temporalio/workflow';
import type { ProbeBatchInput, ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';

const heartbeatTimeout = '6s';

/** A workflow that runs one batch of probes and nothing else. */
export async function oneBatch(input: ProbeBatchInput): Promise<ProbeBatchResult> {
  const { runProbeBatch } = proxyActivities<{ runProbeBatch(input: ProbeBatchInput): Promise<ProbeBatchResult> }>({
    startToCloseTimeout: '2m',
    heartbeatTimeout,
    retry: { initialInterval: '100ms', maximumAttempts: 3 },
  });
  return runProbeBatch(input);
}
