import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { logs, probesOf } from './activity-proxies.ts';
import { budgets } from './domain/budgets.ts';
import { degrade, type IncidentView } from './domain/incident-view.ts';
import type { Correction, HumanAction } from './domain/people.ts';
import type { GatherPlan, IncidentKey, RecoveryResult } from './domain/phase-data.ts';
import type { Proposal, VerifyProbe } from './domain/proposal.ts';
import { rootMessage } from './failure-message.ts';
import type { IncidentChart } from './incident-chart.ts';

/** What came in while the incident waits, each handed out once. */
export interface Attention {
  readonly hasNews: () => boolean;
  /** Whether people have done something. */
  readonly hasAction: () => boolean;
  readonly hasCorrection: () => boolean;
  readonly takeCorrection: () => Correction | undefined;
  readonly takeAction: () => HumanAction | null;
  /** What came in and was not handed out. */
  readonly untaken: () => Pick<IncidentView, 'corrections' | 'humanActions'>;
  /** Whether the alert has resolved and that was not measured yet, or not often enough to be sure. */
  readonly recoveryIsDue: () => boolean;
  /** When the next measurement of a recovery is due, if one is waited for. */
  readonly recoveryDueAtMs: () => number | null;
  /** Measures anew; `null` when it could not be measured. */
  readonly measureRecovery: (
    plan: GatherPlan,
    proposal: Proposal | null,
    verifyProbes: readonly VerifyProbe[],
    /** The plan was carried out and holds capacity out of service. */
    contained?: true,
  ) => Promise<RecoveryResult | null>;
}

/** Inputs written before there were recoveries know none of this: `recoveries` is false then. */
export function payAttention(chart: IncidentChart, key: IncidentKey, recoveries: boolean): Attention {
  let corrections = 0;
  let actions = 0;
  let resolutions = 0;
  let checks = 0;
  let triesLeft = 0;
  let nextTryAtMs = 0;

  const isResolved = (view: IncidentView) => recoveries && view.latestAlertStatus === 'resolved';
  const isNew = (view: IncidentView) => isResolved(view) && view.resolutions > resolutions;
  const mayCheck = (view: IncidentView) =>
    checks < budgets.recoveryChecksMax && (isNew(view) || (isResolved(view) && triesLeft > 0));
  const recoveryIsDue = () => {
    const view = chart.view();
    return mayCheck(view) && (isNew(view) || Date.now() >= nextTryAtMs);
  };

  const hasAction = () => chart.view().humanActions.length > actions;
  const hasCorrection = () => chart.view().corrections.length > corrections;

  return {
    hasAction,
    hasCorrection,
    hasNews: () => hasAction() || hasCorrection() || recoveryIsDue(),
    takeCorrection() {
      const latest = chart.view().corrections.slice(corrections).at(-1);
      corrections = chart.view().corrections.length;
      return latest;
    },
    takeAction() {
      const latest = chart.view().humanActions.slice(actions).at(-1) ?? null;
      actions = chart.view().humanActions.length;
      return latest;
    },
    untaken: () => ({
      corrections: chart.view().corrections.slice(corrections),
      humanActions: chart.view().humanActions.slice(actions),
    }),
    recoveryIsDue,
    recoveryDueAtMs: () => (mayCheck(chart.view()) ? Math.max(nextTryAtMs, Date.now()) : null),
    async measureRecovery(plan, proposal, verifyProbes, contained) {
      const view = chart.view();
      triesLeft = isNew(view) ? budgets.recoveryTriesMax - 1 : Math.max(0, triesLeft - 1);
      resolutions = view.resolutions;
      checks += 1;
      try {
        const probes =
          verifyProbes.length === 0
            ? null
            : await probesOf(key.cluster).runProbeBatch({
                key,
                batch: `recovery-${checks}`,
                probes: verifyProbes.map(({ probeId, nodes }) => ({ probeId, nodes })),
              });
        const result = await logs.measureRecovery({
          key,
          plan,
          proposal,
          ...(contained ? { contained } : {}),
          verifyProbes,
          probes,
        });
        const { recovered, text } = result;
        const atMs = Date.now();
        chart.note((before) => ({ ...before, recoveries: [...before.recoveries, { atMs, recovered, text }] }));
        return result;
      } catch (error) {
        if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
        chart.note((before) =>
          degrade(before, `whether it has recovered could not be measured: ${rootMessage(error)}`),
        );
        return null;
      } finally {
        nextTryAtMs = Date.now() + budgets.recoveryPauseMs;
      }
    },
  };
}
