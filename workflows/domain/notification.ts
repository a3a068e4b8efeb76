/** Why people hear of an incident. */
export type NotificationKind =
  | 'proposal-waits'
  | 'proposal-reminder'
  /** Shortly before expiry, to those who are called when the first ones do not answer. */
  | 'proposal-escalation'
  /** Something outside the program has to be done, such as replacing a part. */
  | 'human-action-waits'
  | 'human-action-reminder'
  /** Takes back what is still open at the receiver: decided, recovered, cancelled, closed. */
  | 'settled';

/** What the workflow tells; targets, links and wording of each receiver are added by the activity. */
export interface Notification {
  readonly kind: NotificationKind;
  /** Counts the notifications of one run from 1: with the run id the idempotency key. */
  readonly sequence: number;
  readonly urgency: 'normal' | 'high';
  /** The run that told of it first, where this one only looks again: receivers keep one page. Absent where that is this run. */
  readonly toldAs?: string;
  /** One line, from our own templates. */
  readonly title: string;
  /** Lines from our own templates and redacted summaries, at most `notificationLinesMax`. */
  readonly lines: readonly string[];
  /** What to decide on, and until when; absent when nothing waits. */
  readonly proposal?: { readonly number: number; readonly digest: string; readonly expiresAtMs: number };
}

export const notificationLinesMax = 12;
/** Reminders of one wait; the escalation comes on top. */
export const remindersMax = 3;
