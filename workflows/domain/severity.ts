/** Measured before and after a repair (design.md section 6). Every component: lower is better. */
export interface Severity {
  /** Findings of role `cause` on the targets. */
  readonly faults: number;
  /** GPUs that an approved plan took out of service on purpose; not held against the repair. */
  readonly approvedCapacityLossGpus: number;
  /** Verification probes whose result is not clean. */
  readonly failingProbes: number;
  /** Verification probes that could not be read, and those that decided nothing, which count as failing as well. */
  readonly unreadProbes: number;
  readonly firingAlerts: number;
  /** Measured step time over the healthy median of the same job; `null` when there was nothing to measure. */
  readonly slowdownRatio: number | null;
  /** The ratio that capacity taken out on purpose explains: 10 nodes' work on 9 takes 1.11 times as long. 1 when absent. */
  readonly expectedRatio?: number;
  /** The job makes no step at all; then there is no ratio. Absent where no metric of its steps was there to tell. */
  readonly jobStopped?: boolean;
  /** The alerts could not be asked for, so `firingAlerts` says nothing. */
  readonly alertsUnread?: true;
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
    alertsSign(before, after),
    jobSign(before, after),
    slowdownSign(before, after),
  ];
  if (signs.includes(1)) return 'worse';
  if (isBlind(before, after)) return 'inconclusive';
  return signs.includes(-1) ? 'better' : 'same';
}

/** What was read before and can't be read any more, or a job that stands still and nobody knows since when. */
function isBlind(before: Severity, after: Severity): boolean {
  return (
    after.unreadProbes > 0 ||
    (before.slowdownRatio !== null && after.slowdownRatio === null) ||
    (isStopped(before) === undefined && isStopped(after) === true) ||
    (before.alertsUnread !== true && after.alertsUnread === true)
  );
}

function alertsSign(before: Severity, after: Severity): Sign {
  if (before.alertsUnread === true || after.alertsUnread === true) return 0;
  return sign(after.firingAlerts - before.firingAlerts);
}

/** Metrics that are gone do not say that a job goes on again. */
function jobSign(before: Severity, after: Severity): Sign {
  const [was, is] = [isStopped(before), isStopped(after)];
  return was === undefined || is === undefined ? 0 : sign(Number(is) - Number(was));
}

function isStopped({ jobStopped, slowdownRatio }: Severity): boolean | undefined {
  return jobStopped ?? (slowdownRatio === null ? undefined : false);
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
  const unread = now.unreadProbes > 0 ? [`${now.unreadProbes} probe(s) could not be read or decide nothing`] : [];
  const against = [...troublesOf(now), ...unread];
  if (against.length > 0) return { recovered: false, text: against.join('; ') };
  const speed =
    now.slowdownRatio === null ? null : `steps take ${now.slowdownRatio.toFixed(2)} times the healthy median`;
  const probes = cleanProbes === 0 ? null : `${cleanProbes} probe(s) are clean`;
  if (speed === null && probes === null)
    return { recovered: false, text: 'neither the speed of the job nor a probe could be measured' };
  const alerts = now.alertsUnread === true ? 'the alerts could not be asked for' : null;
  return { recovered: true, text: [speed, probes, alerts].filter((part) => part !== null).join(', ') };
}

/**
 * The trouble that is measured, in words; `null`: none is, though not everything may have been read. A job that goes as
 * fast as it should has none, whatever still fires: some rules look back, some watch counters that nothing resets.
 */
export function remainsOf(now: Severity): string | null {
  const job = jobTroublesOf(now);
  if (job.length === 0 && now.slowdownRatio !== null) return null;
  const troubles = troublesOf(now);
  return troubles.length === 0 ? null : troubles.join('; ');
}

function troublesOf(now: Severity): readonly string[] {
  return [
    ...(now.faults > 0 ? [`${now.faults} fault(s) are still found`] : []),
    ...(now.failingProbes > 0 ? [`${now.failingProbes} probe(s) are not clean`] : []),
    ...(now.firingAlerts > 0 ? [`${now.firingAlerts} alert(s) still fire`] : []),
    ...jobTroublesOf(now),
  ];
}

function jobTroublesOf(now: Severity): readonly string[] {
  return [
    ...(now.jobStopped === true ? ['the job makes no step'] : []),
    ...((beyondExpected(now) ?? 1) > 1 + slowdownTolerance && now.slowdownRatio !== null
      ? [`steps take ${now.slowdownRatio.toFixed(2)} times the healthy median`]
      : []),
  ];
}
