import { remindersMax, type NotificationKind } from './notification.ts';

/** A moment at which people who have not answered hear again. */
export interface Reminder {
  readonly atMs: number;
  readonly kind: NotificationKind;
}

// Half of the time gone without an answer is worth a word; in the last sixth somebody else has to be called.
const reminderShare = 1 / 2;
const escalationShare = 5 / 6;

/** While a proposal waits: one reminder half way, and an escalation while there is still time to decide. */
export function proposalReminders(fromMs: number, untilMs: number): readonly Reminder[] {
  const span = untilMs - fromMs;
  return [
    { atMs: fromMs + span * reminderShare, kind: 'proposal-reminder' },
    { atMs: fromMs + span * escalationShare, kind: 'proposal-escalation' },
  ];
}

/** While something outside the program has to be done: evenly spread, bounded. */
export function humanActionReminders(fromMs: number, untilMs: number): readonly Reminder[] {
  const span = untilMs - fromMs;
  return Array.from({ length: remindersMax }, (_, at) => ({
    atMs: fromMs + (span * (at + 1)) / (remindersMax + 1),
    kind: 'human-action-reminder',
  }));
}
