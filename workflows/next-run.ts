import { condition, isCancellation } from '@temporalio/workflow';
import type { AlertObservation } from './domain/alert.ts';
import { remainsIn, type Closing } from './domain/closing.ts';
import type { IncidentInput, IncidentSettings } from './domain/incident-input.ts';
import type { IncidentView } from './domain/incident-view.ts';
import { afterClosing, nextAbout, takenUpMax, withLater } from './domain/later-alerts.ts';
import { earlierOf, type Said } from './domain/later-looks.ts';
import type { Remains } from './domain/phase-data.ts';
import type { RepairReport } from './domain/repair-report.ts';
import type { IncidentChart } from './incident-chart.ts';
import type { Pursued } from './pursue.ts';

/** How this run ended, and what came too late for it. */
interface Ended extends Pick<Pursued, 'closing' | 'goesOn'> {
  readonly runId: string;
  readonly untaken: Omit<Said, 'notes'>;
}

/** What this run leaves to the next one. */
export function leftBy(
  { heardAlerts, modelSpent, tried, alertStartsAtMs, repair, notes }: IncidentView,
  latest: AlertObservation,
  { closing, goesOn, runId, untaken }: Ended,
  { continued }: IncidentInput,
) {
  const spent = modelSpent === undefined ? {} : { modelSpent };
  if (heardAlerts === undefined) return { alert: latest, ...spent };
  const { heard, later } = heardAlerts;
  const remains = leavesTrouble(closing, latest) ? remainsAfter(repair) : null;
  const looksAgain = goesOn?.why === 'looks-again';
  // What is looked at again, and what remains, are still what this run was about.
  const isSame = looksAgain || remains !== null;
  const left = {
    alert: isSame ? withLater(latest, later) : nextAbout(latest, later),
    heard,
    alertStartsAtMs,
    ...spent,
  };
  const takenUp = continued?.takenUp ?? 0;
  const stillOpen = tried === undefined ? {} : { tried };
  if (looksAgain)
    return {
      ...left,
      takenUp: later.length === 0 ? takenUp : takenUp + 1,
      ...stillOpen,
      ...(continued?.remains === undefined ? {} : { remains: continued.remains }),
      look: {
        untilMs: Date.now(),
        ...earlierOf(goesOn),
        looks: (continued?.look?.looks ?? 0) + 1,
        toldAs: continued?.look?.toldAs ?? runId,
        ...said({ notes, ...untaken }),
      },
    };
  // Where another alert came, the first fault may be as it was; one that began anew is looked at without prejudice.
  if (later.length === 0 && remains === null) return left;
  return { ...left, takenUp: takenUp + 1, ...stillOpen, ...(remains === null ? {} : { remains }) };
}

function said(words: Said): { readonly said?: Said } {
  return Object.values(words).every(({ length }) => length === 0) ? {} : { said: words };
}

/** Since the last step of the repair; before it, signs are those of the fault that it mended. */
function remainsAfter(repair: RepairReport | null): Remains {
  const atMs = Date.now();
  return { sinceMs: repair?.steps.at(-1)?.atMs ?? atMs, atMs };
}

/** An alert that has ended meanwhile leaves nothing. */
function leavesTrouble(closing: Closing, { status }: Pick<AlertObservation, 'status'>): boolean {
  return remainsIn(closing) !== undefined && status === 'firing';
}

/** What a repair has mended besides ends by itself, and needs no other run. */
export async function letLaterAlertsEnd(
  chart: IncidentChart,
  closing: Closing,
  { laterAlertEndMs = 0 }: IncidentSettings,
): Promise<void> {
  // What remains was waited for as long already, and another run follows in any case.
  if (remainsIn(closing) !== undefined) return;
  if (afterClosing(closing) !== 'when-still-there' || !hasLaterAlerts(chart)) return;
  try {
    await condition(() => !hasLaterAlerts(chart), laterAlertEndMs, { summary: 'end of the alerts that came later' });
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

/** Later alerts, and what a repair leaves, are for another run, within a bound: beyond it the next delivery begins an incident of its own. */
export function leavesMore(chart: IncidentChart, closing: Closing, { continued }: IncidentInput): boolean {
  const { latestAlert } = chart.view();
  const leaves = hasLaterAlerts(chart) || (latestAlert !== null && leavesTrouble(closing, latestAlert));
  return afterClosing(closing) !== 'never' && leaves && (continued?.takenUp ?? 0) < takenUpMax;
}

function hasLaterAlerts(chart: IncidentChart): boolean {
  return (chart.view().heardAlerts?.later ?? []).length > 0;
}
