import type { AlertObservation } from '../../workflows/domain/alert.ts';
import type { IncidentStart } from '../incident-start.ts';

/** The latest execution of an incident's workflow id, as far as intake has to know it. */
export interface IncidentRun {
  /** First run of the chain: with the workflow id, the incident's key. */
  readonly firstRunId: string;
  /** The run that a signal reaches now. */
  readonly latestRunId: string;
  readonly open: boolean;
  /** Start times of the alerts that it already knows. */
  readonly alertStartsAtMs: readonly number[];
}

/** What intake needs of the engine. Every call throws `TemporalUnavailable` when the engine can't be reached in time. */
export interface IncidentGateway {
  /** Gives all calls inside one common deadline. */
  within<T>(waitMs: number, work: () => Promise<T>): Promise<T>;
  find(workflowId: string): Promise<IncidentRun | null>;
  /** Makes sure that the cluster's entity workflow runs. */
  ensureCluster(cluster: string): Promise<void>;
  /** Starts the incident, or signals the one that is open, in one atomic call. Returns the run that took it. */
  signalWithStart(start: IncidentStart, observation: AlertObservation): Promise<string>;
  /** A plain signal to an open incident; `false` when none is open. */
  signal(workflowId: string, observation: AlertObservation): Promise<boolean>;
  /** Resolves when the engine answers. */
  check(): Promise<void>;
}

export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';
}
