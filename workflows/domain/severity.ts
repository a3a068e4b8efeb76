/** Measured before and after a repair (design.md section 6). Every component: lower is better. */
export interface Severity {
  /** Findings of role `cause` on the targets. */
  readonly faults: number;
  /** GPUs that an approved plan took out of service on purpose; not held against the repair. */
  readonly approvedCapacityLossGpus: number;
  /** Verification probes whose result is not clean. */
  readonly failingProbes: number;
  /** Verification probes that could not be read. */
  readonly unreadProbes: number;
  readonly firingAlerts: number;
  /** Measured step time over the healthy median of the same job; `null` when there was nothing to measure. */
  readonly slowdownRatio: number | null;
  /** The ratio that capacity taken out on purpose explains: 10 nodes' work on 9 takes 1.11 times as long. 1 when absent. */
  readonly expectedRatio?: number;
  /** The job makes no step at all; then there is no ratio. Not known to measurements written before there was this. */
  readonly jobStopped?: boolean;
}

export type SeverityComparison = 'better' | 'same' | 'worse' | 'inconclusive';

/** Step-time ratios closer than this are the same: a healthy run's own spread of about 2 %, with margin. */
export const slowdownTolerance = 0.1;

type Sign = -1 | 0 | 1;

/** Component by component: any worse is worse; all equal is same; a component that can't be measured is inconclusive. */
export function compareSeverity(before: Severity, after: Severity): SeverityComparison {
  const signs: Sign[] = [
    sign(after.faults - before.faults),
    sign(after.failingProbes - before.failingProbes),
    sign(after.firingAlerts - before.firingAlerts),
    sign(Number(after.jobStopped ?? false) - Number(before.jobStopped ?? false)),
    slowdownSign(before, after),
  ];
  if (signs.includes(1)) return 'worse';
  const blind = after.unreadProbes > 0 || (before.slowdownRatio !== null && after.slowdownRatio === null);
  if (blind) return 'inconclusive';
  return signs.includes(-1) ? 'better' : 'same';
}

function slowdownSign(before: Severity, after: Severity): Sign {
  const [was, is] = [beyondExpected(before), beyondExpected(after)];
  if (was === null || is === null) return 0;
  return Math.abs(is - was) <= slowdownTolerance ? 0 : sign(is - was);
}

/** The part of the slowdown that nobody ordered. */
function beyondExpected({ slowdownRatio, expectedRatio = 1 }: Severity): number | null {
  return slowdownRatio === null ? null : slowdownRatio / expectedRatio;
}

function sign(difference: number): Sign {
  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

/**
 * Is it over, by what was just measured? Needs something positive: a job at its usual speed, or clean probes of the
 * fault where no speed is measured. That nothing bad was read is not enough.
 */
export function recoveryOf(now: Severity, cleanProbes: number): { readonly recovered: boolean; readonly text: string } {
  const against = [
    ...(now.faults > 0 ? [`${now.faults} fault(s) are still found`] : []),
    ...(now.failingProbes > 0 ? [`${now.failingProbes} probe(s) are not clean`] : []),
    ...(now.unreadProbes > 0 ? [`${now.unreadProbes} probe(s) could not be read`] : []),
    ...(now.firingAlerts > 0 ? [`${now.firingAlerts} alert(s) still fire`] : []),
    ...(now.jobStopped === true ? ['the job makes no step'] : []),
    ...((beyondExpected(now) ?? 1) > 1 + slowdownTolerance && now.slowdownRatio !== null
      ? [`steps take ${now.slowdownRatio.toFixed(2)} times the healthy median`]
      : []),
  ];
  if (against.length > 0) return { recovered: false, text: against.join('; ') };
  const speed =
    now.slowdownRatio === null ? null : `steps take ${now.slowdownRatio.toFixed(2)} times the healthy median`;
  const probes = cleanProbes === 0 ? null : `${cleanProbes} probe(s) are clean`;
  if (speed === null && probes === null)
    return { recovered: false, text: 'neither the speed of the job nor a probe could be measured' };
  return { recovered: true, text: [speed, probes].filter((part) => part !== null).join(', ') };
}
