/** Bounds of one incident (design.md sections 4 and 8): every loop, wait and fan-out has its name here. */
export const budgets = {
  /** How long a started incident waits for its first `alertObserved`, wall time. */
  firstAlertMs: 60_000,
  /** Wait for windows that have not been shipped yet, wall time. */
  shippingWaitMsMax: 10 * 60_000,
  /**
   * Wait for the end of a first look that was called off, wall time: it hears of that with a heartbeat, at the latest 16 s
   * later (0.8 of its heartbeat time-out), and ends what it has under way on the nodes.
   */
  lookEndMsMax: 30_000,
  /** Questions to the model: before round 2, and before round 3 where probes have found something since. */
  modelQuestionsMax: 2,
  /** Programs of the model that are run: one an answer. */
  modelProgramsMax: 2,
  /** Refuting batches in round 3. */
  refutingBatchesMax: 2,
  /** Times that `busy` from the cluster entity is waited out, and the pause between. */
  leaseTriesMax: 20,
  leaseRetryMs: 15_000,
  /** A lease covers steps, settling, verification and undo. */
  leaseHoldMs: 2 * 60 * 60_000,
  /** Measurements of a recovery in one incident, how many for one resolution, and the pause between. */
  recoveryChecksMax: 12,
  recoveryTriesMax: 3,
  recoveryPauseMs: 15_000,
  /** Times an unanswered question is sent again within `askMs`. */
  askTriesMax: 3,
  /** The entity continues as new after so many messages. */
  clusterMessagesMax: 1_000,
  /** Questions that wait for an answer of the entity; twice the incidents that may be open, and within one payload. */
  clusterInboxMax: 2_000,
  /**
   * A watch continues as new after so many looks, or after so many signals. A look has 11 events and some 6 kB: at the usual
   * half minute a quiet day is 32,000 events and 17 MB in 15 runs.
   */
  watchLooksMax: 200,
  watchMessagesMax: 500,
  /** A watch that ends tries so often, over an hour, to take its warning back. */
  watchFarewellsMax: 24,
  watchFarewellPauseMs: 150_000,
} as const;
