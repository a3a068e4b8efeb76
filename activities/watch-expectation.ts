import { calibrationFor } from '../kb/performance/calibration/calibration-for.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { jobRun, type InventoryJob, type JobRunPorts } from './job-run.ts';
import { modelDigest } from './model-digest.ts';
import { PortError, type CalibrationStore, type Clock } from './ports.ts';
import { predictionDocument } from './predict-performance.ts';
import type { PredictionDocument } from './prediction-document.ts';

/** What a job should do, and what speaks against relying on it. */
export interface Expectation {
  readonly document: Pick<PredictionDocument, 'run' | 'prediction' | 'calibration'>;
  readonly degraded: readonly string[];
}

export type ExpectationOf = (inventory: Inventory, job: InventoryJob, signal: AbortSignal) => Promise<Expectation>;

// A look follows a look within seconds; runs and calibrations change within hours.
const keptWallMs = 5 * 60_000;
// A store that hangs must not take the look's minute: without a prediction the job's own past still speaks.
const storeWallMsMax = 10_000;

/** Predicts each job at most once in five minutes (wall time): run and calibration may lie in the object store. */
export function expectations(
  ports: JobRunPorts & { readonly calibration: Pick<CalibrationStore, 'records'>; readonly clock: Clock },
): ExpectationOf {
  const kept = new Map<string, { readonly atMs: number; readonly expectation: Expectation }>();
  return async (inventory, job, signal) => {
    const key = JSON.stringify([inventory.cluster, job.name]);
    const nowMs = ports.clock.nowMs();
    const known = kept.get(key);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < keptWallMs) return known.expectation;
    const expectation = await predicted(inventory, job, nowMs, signal);
    kept.set(key, { atMs: nowMs, expectation });
    return expectation;
  };

  async function predicted(
    inventory: Inventory,
    job: InventoryJob,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<Expectation> {
    const { cluster } = inventory;
    const degraded: string[] = [];
    const found = await orElse(
      (within) => jobRun(ports, inventory, job, null, within),
      { run: job.training ?? null, origins: [] },
      signal,
      (why) => degraded.push(`the job's arguments could not be read: ${why}`),
    );
    const { records } = await orElse(
      (within) => ports.calibration.records(cluster, within),
      { records: [], problems: [] },
      signal,
      (why) => degraded.push(`predicted without the site's own measurements: ${why}`),
    );
    const nodes = [...new Set(job.ranks.map(({ node }) => node))];
    const { site, slowestShare, used } = calibrationFor(records, { cluster, nodes, nowMs, modelDigest: modelDigest() });
    const calibration = { site, slowestShare, used: [...used], stale: [] };
    const document = predictionDocument({ cluster, job: job.name }, found, calibration);
    return { document, degraded: [...degraded, ...unpredicted(document)] };
  }
}

/** Without a prediction the job's own past and its like ranks still speak. */
function unpredicted({ run, prediction, problems }: PredictionDocument): readonly string[] {
  if (prediction !== null) return [];
  if (run === null) return ['no prediction: neither the inventory nor the logs say what the job trains'];
  const [first] = problems;
  return [`no prediction: ${first === undefined ? 'the run is refused' : `${first.field}: ${first.reason}`}`];
}

async function orElse<T>(
  work: (within: AbortSignal) => Promise<T>,
  otherwise: T,
  signal: AbortSignal,
  onTrouble: (why: string) => void,
): Promise<T> {
  const tooLong = AbortSignal.timeout(storeWallMsMax);
  try {
    return await work(AbortSignal.any([signal, tooLong]));
  } catch (error) {
    signal.throwIfAborted();
    if (tooLong.aborted) onTrouble(`the object store took more than ${storeWallMsMax / 1000} s`);
    else if (error instanceof PortError) onTrouble(error.message);
    else throw error;
    return otherwise;
  }
}
