import { condition, isCancellation } from '@temporalio/workflow';
import type { Attention } from './attention.ts';
import { remainsOf } from './domain/severity.ts';
import type { GatherPlan } from './domain/phase-data.ts';
import type { IncidentChart } from './incident-chart.ts';

// The first measurement comes at once, and most often it is the only one.
const looksAt = [0, 0.1, 0.3, 1] as const;

/**
 * Waits, within a bound, until the alert ends or no trouble is measured any more: rules go on firing for a while after their
 * reason is gone. What is still measured then, of all nodes that the incident looks at, is not what was repaired;
 * `null` where nothing is, or nothing can be told.
 */
export async function awaitCalm(
  chart: IncidentChart,
  { plan, attention }: { readonly plan: GatherPlan; readonly attention: Attention },
  endMs: number,
): Promise<string | null> {
  const hasEnded = () => chart.view().latestAlertStatus !== 'firing';
  let remains: string | null = null;
  let waitedMs = 0;
  try {
    for (const share of looksAt) {
      const untilMs = share * endMs;
      if (untilMs > waitedMs)
        await condition(hasEnded, untilMs - waitedMs, { summary: 'end of the alert after the repair' });
      waitedMs = untilMs;
      if (hasEnded()) return null;
      const measured = await attention.measureRecovery(plan, null, []);
      // What can not be measured now says nothing against what was measured before.
      if (measured === null) continue;
      remains = remainsOf(measured.severity);
      if (remains === null) return null;
    }
  } catch (error) {
    // A cancel does not undo what is repaired and verified.
    if (!isCancellation(error)) throw error;
    return null;
  }
  return hasEnded() ? null : remains;
}
