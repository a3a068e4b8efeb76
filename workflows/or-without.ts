import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { degrade } from './domain/incident-view.ts';
import { rootMessage } from './failure-message.ts';
import type { IncidentChart } from './incident-chart.ts';

/** What an activity gives, or null where it fails: the chart says so and the incident goes on. */
export async function orWithout<T>(chart: IncidentChart, what: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    chart.note((view) => degrade(view, `went on without ${what}: ${rootMessage(error)}`));
    return null;
  }
}
