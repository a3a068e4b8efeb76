import { createHash } from 'node:crypto';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import { incidentWorkflowId } from '../../workflows/domain/ids.ts';
import type { IncidentSettings } from '../../workflows/domain/incident-input.ts';
import { incidentStart, shortIncidentId, startTimes, type IncidentSighting } from '../incident-start.ts';
import { createEnsured } from './ensured.ts';
import { createForwarded } from './forwarded.ts';
import type { IncidentGateway, IncidentRun } from './incident-gateway.ts';

/** What became of one sighting. Given only after the engine has accepted it, or when there was nothing to accept. */
export interface Receipt {
  readonly incidentId: string;
  readonly workflowId: string;
  /** `null` when the alert is resolved and no incident is open. */
  readonly runId: string | null;
  readonly created: boolean;
  readonly outcome: ReceiptOutcome;
}

/**
 * `started` a new incident; `forwarded` to the open one; `unchanged` since the last delivery; a `repeat` of an
 * incident that is closed; `not-open`: resolved, with nobody to tell.
 */
export type ReceiptOutcome = 'started' | 'forwarded' | 'unchanged' | 'repeat' | 'not-open';

export interface Intake {
  observe(sighting: IncidentSighting): Promise<Receipt>;
}

/** Turns sightings into incidents by the rules of one incident per cluster and alert group. */
export function createIntake(gateway: IncidentGateway, settings: IncidentSettings): Intake {
  const forwarded = createForwarded();
  const ensureCluster = createEnsured((cluster) => gateway.ensureCluster(cluster));
  const inTurn = oneAtATime();
  return {
    async observe(sighting) {
      const workflowId = incidentWorkflowId(sighting.cluster, sighting.groupHash);
      const { runId, outcome } = await inTurn(workflowId, () => forward(workflowId, sighting));
      const created = outcome === 'started';
      return { incidentId: shortIncidentId(workflowId), workflowId, runId, created, outcome };
    },
  };

  async function forward(workflowId: string, sighting: IncidentSighting): Promise<Forwarding> {
    const run = await gateway.find(workflowId);
    const digest = digestOf(sighting.observation);
    const last = forwarded.get(workflowId);
    const told = run !== null && last?.digest === digest && last.runId === run.firstRunId;
    if (told && run.open) return { runId: run.firstRunId, outcome: 'unchanged' };

    const forwarding = await forwardNews(workflowId, sighting, run);
    // Only now: had the engine not accepted it, the next delivery would have to try again.
    if (forwarding.runId !== null) forwarded.set(workflowId, { digest, runId: forwarding.runId });
    return forwarding;
  }

  async function forwardNews(
    workflowId: string,
    sighting: IncidentSighting,
    run: IncidentRun | null,
  ): Promise<Forwarding> {
    const { observation } = sighting;
    if (observation.status === 'resolved') return forwardResolved(workflowId, run, observation);
    if (run !== null && !run.open && isRepeat(run, observation)) return { runId: run.firstRunId, outcome: 'repeat' };
    return forwardFiring(run, sighting);
  }

  async function forwardFiring(run: IncidentRun | null, sighting: IncidentSighting): Promise<Forwarding> {
    await ensureCluster(sighting.cluster);
    const recurrenceOf = run === null || run.open ? null : run.firstRunId;
    const runId = await gateway.signalWithStart(incidentStart(sighting, settings, recurrenceOf), sighting.observation);
    // The incident that was open may have closed in between: then this is another one.
    return run?.open === true && run.latestRunId === runId
      ? { runId: run.firstRunId, outcome: 'forwarded' }
      : { runId, outcome: 'started' };
  }

  async function forwardResolved(
    workflowId: string,
    run: IncidentRun | null,
    observation: AlertObservation,
  ): Promise<Forwarding> {
    const delivered = run?.open === true && (await gateway.signal(workflowId, observation));
    return delivered ? { runId: run.firstRunId, outcome: 'forwarded' } : { runId: null, outcome: 'not-open' };
  }
}

type Forwarding = Pick<Receipt, 'runId' | 'outcome'>;

/** Which alerts are in which state. Annotations are left out: they carry values that change at each delivery. */
function digestOf(observation: AlertObservation): string {
  const alerts = observation.alerts.map((alert) => `${alert.fingerprint} ${alert.status} ${alert.startsAtMs}`);
  const content = [...alerts.toSorted(), `truncated ${observation.truncated}`].join('\n');
  return createHash('sha256').update(content).digest('hex');
}

/** The closed run was about the alerts that fire now: nothing new has happened since. One that joined it later was not. */
function isRepeat(run: IncidentRun, observation: AlertObservation): boolean {
  return startTimes(observation).every((startsAtMs) => run.alertStartsAtMs.includes(startsAtMs));
}

/** Two deliveries for one incident at once would both see "nothing is open": the second waits for the first. */
function oneAtATime() {
  const tails = new Map<string, Promise<unknown>>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const mine = (tails.get(key) ?? Promise.resolve()).then(work, work);
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}
