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
    slowdownSign(before.slowdownRatio, after.slowdownRatio),
  ];
  if (signs.includes(1)) return 'worse';
  const blind = after.unreadProbes > 0 || (before.slowdownRatio !== null && after.slowdownRatio === null);
  if (blind) return 'inconclusive';
  return signs.includes(-1) ? 'better' : 'same';
}

function slowdownSign(before: number | null, after: number | null): Sign {
  if (before === null || after === null) return 0;
  return Math.abs(after - before) <= slowdownTolerance ? 0 : sign(after - before);
}

function sign(difference: number): Sign {
  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}
