import { condition } from '@temporalio/workflow';
import type { Attention } from './attention.ts';
import type { Closing } from './domain/closing.ts';
import { takenUpMax } from './domain/later-alerts.ts';
import { lookText } from './domain/later-looks.ts';
import type { HumanAction } from './domain/people.ts';
import type { GatherPlan } from './domain/phase-data.ts';
import type { Proposal, VerifyProbe } from './domain/proposal.ts';
import { humanActionReminders } from './domain/reminders.ts';
import type { IncidentChart } from './incident-chart.ts';
import type { Notifier } from './notifier.ts';

export type HandedOver = Extract<Closing, { kind: 'handed-over' }>;

/** What ended the wait for people. */
export type PeopleWait =
  | { readonly kind: 'corrected' }
  | { readonly kind: 'recovered'; readonly text: string }
  | { readonly kind: 'mended'; readonly action: HumanAction }
  /** The alert began anew, or another one of its group came: another fault may be behind it, and this wait must not swallow it. */
  | { readonly kind: 'began-anew' }
  /** Nobody has said anything, the alert still fires, and time may have told what was open. */
  | { readonly kind: 'looks-again' }
  | { readonly kind: 'in-vain' };

/** What a wait for people needs. */
export interface PeopleContext {
  /** `null` when nothing can be measured yet: then what people say is tried by going on. */
  readonly plan: GatherPlan | null;
  /** Set when the fault was contained: what shows that the part was replaced. */
  readonly contained: Proposal | null;
  readonly attention: Attention;
  readonly notifier: Notifier;
  readonly waitMs: number;
  /** Wall milliseconds at which the wait ends for another look; `null` where none would tell more. */
  readonly lookAtMs: number | null;
}

/**
 * Waits, within a bound, until people correct the verdict or have done their part, and measures what they say.
 * While it waits nothing is changed on any node.
 */
export async function awaitPeople(
  chart: IncidentChart,
  handOver: HandedOver,
  { plan, contained, attention, notifier, waitMs, lookAtMs }: PeopleContext,
): Promise<PeopleWait> {
  const fromMs = Date.now();
  const untilMs = fromMs + waitMs;
  const due = [...humanActionReminders(fromMs, untilMs)];
  const { recurrences, corrections } = chart.view();
  // Without a plan nobody takes corrections: going on takes them, and one that came before this wait did not help it.
  const isCorrected = () =>
    plan === null ? chart.view().corrections.length > corrections.length : attention.hasCorrection();
  const isToCome = lookAtMs !== null && lookAtMs > fromMs;
  const news = {
    urgency: 'normal',
    title: `Handed over to people (${handOver.reason})`,
    lines: [handOver.detail, ...(isToCome ? [lookText(lookAtMs)] : [])],
  } as const;
  chart.note(({ looksAgainAtMs: _before, ...view }) => ({
    ...view,
    handOver,
    ...(isToCome ? { looksAgainAtMs: lookAtMs } : {}),
  }));
  chart.enter('awaiting-people');
  notifier.tell({ kind: 'human-action-waits', ...news });

  // Who waits may have gone on, or given up, while this was reasoned about: then at once.
  const mayLook = () => chart.view().latestAlertStatus === 'firing';

  for (;;) {
    const wakeAtMs = Math.min(
      untilMs,
      due[0]?.atMs ?? Infinity,
      mayLook() ? (lookAtMs ?? Infinity) : Infinity,
      (plan === null ? null : attention.recoveryDueAtMs()) ?? Infinity,
    );
    const beganAnew = () =>
      chart.view().recurrences > recurrences || (plan !== null && contained === null && isForAnotherRun(chart));
    const hasNews = () => (plan === null ? isCorrected() || attention.hasAction() : attention.hasNews());
    const couldLook = mayLook();
    const turned = () => lookAtMs !== null && mayLook() !== couldLook;
    const woken = await condition(() => hasNews() || beganAnew() || turned(), Math.max(1, wakeAtMs - Date.now()), {
      summary: `people: ${handOver.reason}`,
    });
    if (isCorrected()) return { kind: 'corrected' };
    const action = attention.takeAction();
    if (plan === null && action !== null) return { kind: 'mended', action };
    const resolved = plan !== null && attention.recoveryIsDue();
    if (plan !== null && (action !== null || resolved)) {
      // A contained fault does not alert any more and is still there: only what people did makes that worth a look.
      const probes = contained === null ? [] : probesOfThePart(contained);
      const measured = await attention.measureRecovery(plan, contained, probes, contained === null ? undefined : true);
      if (measured?.recovered === true && action !== null) return { kind: 'mended', action };
      if (measured?.recovered === true && contained === null) return { kind: 'recovered', text: measured.text };
    }
    if (beganAnew()) return { kind: 'began-anew' };
    if (lookAtMs !== null && Date.now() >= lookAtMs && mayLook() && !hasNews()) return { kind: 'looks-again' };
    if (!woken && wakeAtMs === untilMs) return { kind: 'in-vain' };
    for (; due[0] !== undefined && due[0].atMs <= Date.now(); due.shift())
      notifier.tell({ ...news, kind: due[0].kind });
  }
}

/**
 * What joined the group later; where a part is out of service for its repair, this run has to be there to take it back, and
 * where a phase failed nothing was reasoned about yet.
 */
function isForAnotherRun(chart: IncidentChart): boolean {
  const { heardAlerts, takenUp = 0 } = chart.view();
  return (heardAlerts?.later ?? []).length > 0 && takenUp < takenUpMax;
}

/** What shows that the part is mended; what shows that the plan still holds the rest out of service does not. */
function probesOfThePart({ handOver, verifyProbes }: Proposal): readonly VerifyProbe[] {
  const ofThePlan = verifyProbes.filter(({ expects }) => expects !== undefined).map(({ probeId }) => probeId);
  return (handOver?.verifyProbes ?? []).filter(({ probeId }) => !ofThePlan.includes(probeId));
}
