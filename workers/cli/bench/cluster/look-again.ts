import type { HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import type { MendedCause } from '../../../../workflows/domain/cluster-mended.ts';
import { timeMayTell, type LaterLook } from '../../../../workflows/domain/later-looks.ts';
import type { IncidentKey, Remains } from '../../../../workflows/domain/phase-data.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Worked } from './work-incident.ts';

/** One run of an incident. */
export interface Look {
  readonly key: IncidentKey;
  readonly alert: AlertObservation;
  /** Set where a repair left trouble, and this is about what is there since. */
  readonly remains?: Remains;
  /** What the cluster entity told at the opening. */
  readonly mended?: readonly MendedCause[];
  /** Absent for the first run. */
  readonly later?: LaterLook;
}

interface World {
  readonly cluster: Pick<HeadlessCluster, 'alertsAt'>;
  readonly time: VirtualTime;
  readonly work: (look: Look) => Promise<Worked>;
}

/**
 * Looks again when time may have told more, as workflow `incident` does while it waits for people: as long as its alert
 * fires, in a run of its own. The last verdict is the incident's, the probes are those of all its runs; nothing is repaired
 * and nobody says anything meanwhile.
 */
export async function lookUntilTimeTells(
  { cluster, time, work }: World,
  { key, ...about }: Omit<Look, 'later'>,
): Promise<Worked & { readonly looks: number }> {
  const { alert } = about;
  let worked = await work({ key, ...about });
  let looks = 1;
  while (worked.lookAtMs !== null && timeMayTell(worked.verdict)) {
    await time.wait(worked.lookAtMs - time.nowMs());
    const firing = new Set(cluster.alertsAt(time.nowMs()).map(({ fingerprint }) => fingerprint));
    if (!alert.alerts.some(({ fingerprint }) => firing.has(fingerprint))) break;
    const { batches, findings } = worked;
    const later = { untilMs: time.nowMs(), findings, looks, toldAs: key.runId };
    worked = await work({ key: { ...key, runId: `${key.runId}-look-${looks}` }, ...about, later });
    looks += 1;
    worked = { ...worked, batches: [...batches, ...worked.batches] };
  }
  return { ...worked, looks };
}
