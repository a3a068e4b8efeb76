import type { AlertObservation } from './alert.ts';
import type { LaterLook } from './later-looks.ts';
import type { ModelBudget, ModelSpent } from './model-data.ts';
import type { Remains } from './phase-data.ts';
import type { TriedRepair } from './proposal.ts';

/** Bounds and waits of one incident; in the input, so that a history says by which rules it ran. */
export interface IncidentSettings {
  /** How long a proposal waits for a decision, wall time. */
  readonly approvalMs: number;
  /** Everything but remediation. */
  readonly observeOnly: boolean;
  /** How long the cluster entity is waited for; unanswered, the incident diagnoses but never repairs. */
  readonly askMs: number;
  /** Probe batches in round 2; paper section 4.3.3 has one, a second settles most ties. */
  readonly probeBatchesMax: number;
  /** Extra settle times while severity stays inconclusive. */
  readonly inconclusiveWaitsMax: number;
  /**
   * How long a hand-over waits for `humanActionDone` or `correctVerdict`, wall time. Inputs written before there was
   * such a wait do not have it, and their incidents close at once.
   */
  readonly humanActionMs?: number;
  /** Whether people are notified; inputs written before there were notifications do not have it. */
  readonly notify?: boolean;
  /** Whether the closed incident is archived; inputs written before there was an archive do not have it. */
  readonly archive?: boolean;
  /** Whether the query is embedded by an activity of its own; inputs written before that do not have it. */
  readonly embed?: boolean;
  /**
   * Whether the job's right speed is predicted and the measured one compared with it; inputs written before that check
   * it against its own history alone.
   */
  readonly predict?: boolean;
  /**
   * Whether the planner is told which repairs of this incident did not help, so that none of them is proposed again;
   * inputs written before that do not have it.
   */
  readonly tellTried?: boolean;
  /**
   * An alert that joins the group after the incident was begun is reasoned about by another run; a repaired
   * incident waits so long for the end of such alerts first, wall time. Alertmanager tells of an end at the group's next
   * interval, five minutes by default. Inputs written before that count such alerts only.
   */
  readonly laterAlertEndMs?: number;
  /**
   * Whether a repaired incident waits for its alert to end, as long as for later alerts, and another run looks into what is
   * still measured then; inputs written before that close at once.
   */
  readonly takeUpRemains?: boolean;
  /** What may be spent on asking a language model; without it, none is asked. */
  readonly model?: ModelBudget;
}

export const defaultIncidentSettings: IncidentSettings = {
  approvalMs: 4 * 60 * 60_000,
  observeOnly: false,
  askMs: 30_000,
  probeBatchesMax: 3,
  inconclusiveWaitsMax: 2,
  humanActionMs: 72 * 60 * 60_000,
  notify: true,
  archive: true,
  embed: true,
  predict: true,
  tellTried: true,
  laterAlertEndMs: 10 * 60_000,
  takeUpRemains: true,
};

/** The argument of workflow `incident`. The alert itself arrives as signal `alertObserved`. */
export interface IncidentInput {
  readonly cluster: string;
  /** The hash in the workflow id. */
  readonly groupHash: string;
  readonly settings: IncidentSettings;
  /** Earlier run of the same alert group, if this is a recurrence. */
  readonly recurrenceOf?: string;
  /**
   * Set when an earlier run of this incident ended for this one (the alert began anew, another one joined, something remained
   * after a repair, time may have told more): what it saw, its proposals, what it
   * spent on the model, if it asked one, and the fingerprints and start times of the alerts that were reasoned about.
   */
  readonly continued?: {
    readonly alert: AlertObservation;
    readonly proposals: number;
    readonly modelSpent?: ModelSpent;
    readonly heard?: readonly string[];
    readonly alertStartsAtMs?: readonly number[];
    /** How many runs in a row have taken up later alerts, this one included. */
    readonly takenUp?: number;
    /** Of a fault that may still be there: repairs that were carried out or rejected. */
    readonly tried?: readonly TriedRepair[];
    /** Set where that run repaired one fault and trouble remained: this one is about what is there since. */
    readonly remains?: Remains;
    /** Set where that run looked too early to prove anything. */
    readonly look?: LaterLook;
  };
}
