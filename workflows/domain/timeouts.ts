/** Time-out and retry classes of activities. Every activity belongs to exactly one; nothing is chosen at a call. */
export interface TimeoutClass {
  readonly startToCloseMs: number;
  readonly scheduleToCloseMs: number;
  readonly scheduleToStartMs?: number;
  readonly heartbeatMs?: number;
  readonly attemptsMax: number;
  readonly firstBackoffMs: number;
}

const seconds = 1_000;
const minutes = 60 * seconds;

export const timeoutClasses = {
  /** Pure computation and small objects. */
  quick: { startToCloseMs: 15 * seconds, scheduleToCloseMs: 5 * minutes, attemptsMax: 10, firstBackoffMs: 500 },
  /** Reads many objects or series. */
  gather: {
    startToCloseMs: 5 * minutes,
    scheduleToCloseMs: 20 * minutes,
    heartbeatMs: 20 * seconds,
    attemptsMax: 8,
    firstBackoffMs: 1 * seconds,
  },
  /** Optional help: when it stays away, the incident goes on without it, visibly. */
  optional: { startToCloseMs: 12 * seconds, scheduleToCloseMs: 1 * minutes, attemptsMax: 4, firstBackoffMs: 500 },
  /**
   * A question to a language model: optional help, within the incident's budget, which may be less than this. One that no
   * worker takes is given up early.
   */
  model: {
    startToCloseMs: 15 * minutes,
    scheduleToStartMs: 20 * seconds,
    scheduleToCloseMs: 30 * minutes,
    heartbeatMs: 15 * seconds,
    attemptsMax: 3,
    firstBackoffMs: 1 * seconds,
  },
  /** A program of the model in its sandbox, which ends it after seconds: optional help, not waited for where no worker is. */
  program: {
    startToCloseMs: 15 * seconds,
    scheduleToStartMs: 15 * seconds,
    scheduleToCloseMs: 40 * seconds,
    attemptsMax: 2,
    firstBackoffMs: 500,
  },
  /** One look at the metrics of a job: one that fails is followed by the next. */
  look: {
    startToCloseMs: 1 * minutes,
    scheduleToCloseMs: 90 * seconds,
    heartbeatMs: 10 * seconds,
    attemptsMax: 3,
    firstBackoffMs: 500,
  },
  /** An alert to the API: what it does not take in this time is tried again at the next look. */
  warn: { startToCloseMs: 12 * seconds, scheduleToCloseMs: 30 * seconds, attemptsMax: 4, firstBackoffMs: 500 },
  /** Messages to people through servers of others. */
  notify: { startToCloseMs: 30 * seconds, scheduleToCloseMs: 3 * minutes, attemptsMax: 6, firstBackoffMs: 1 * seconds },
  /** Waits for a workflow that goes on elsewhere. */
  adopt: {
    startToCloseMs: 4 * 60 * minutes,
    scheduleToCloseMs: 8 * 60 * minutes,
    heartbeatMs: 30 * seconds,
    attemptsMax: 100,
    firstBackoffMs: 1 * seconds,
  },
  /** Embeds what the vector index lacks; what an attempt has done is kept. */
  index: {
    startToCloseMs: 60 * minutes,
    scheduleToCloseMs: 4 * 60 * minutes,
    heartbeatMs: 60 * seconds,
    attemptsMax: 20,
    firstBackoffMs: 1 * seconds,
  },
  /** Everything cheap on many nodes, once: optional help, not waited for where no worker is. */
  firstLook: {
    startToCloseMs: 4 * minutes,
    scheduleToStartMs: 1 * minutes,
    scheduleToCloseMs: 6 * minutes,
    heartbeatMs: 20 * seconds,
    attemptsMax: 3,
    firstBackoffMs: 1 * seconds,
  },
  /** SSH to many nodes. */
  probe: {
    startToCloseMs: 5 * minutes,
    scheduleToCloseMs: 15 * minutes,
    heartbeatMs: 20 * seconds,
    attemptsMax: 6,
    firstBackoffMs: 1 * seconds,
  },
  /** One step through the gate. Repeats are answered from the node's journal, so a retry is safe. */
  remediate: {
    startToCloseMs: 2 * minutes,
    scheduleToCloseMs: 15 * minutes,
    heartbeatMs: 15 * seconds,
    attemptsMax: 10,
    firstBackoffMs: 1 * seconds,
  },
} as const satisfies Record<string, TimeoutClass>;

export type TimeoutClassName = keyof typeof timeoutClasses;

/** `ApplicationFailure` types that no retry can help; stored in histories. */
export const finalFailureTypes = [
  'Denied',
  'Tampered',
  'NotFound',
  'TooLarge',
  'Malformed',
  'Refused',
  'Unauthorised',
] as const;
