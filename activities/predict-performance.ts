import { calibrationFor } from '../kb/performance/calibration/calibration-for.ts';
import { predictJob } from '../kb/performance/job-prediction.ts';
import type { Prediction } from '../kb/performance/prediction.ts';
import { trainingRunSchema } from '../kb/schemas/training-run.ts';
import type { PredictedSpeed, PredictInput, PredictResult } from '../workflows/domain/phase-data.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { fieldsOf, jobRun, type InventoryJob, type JobRun, type JobRunPorts } from './job-run.ts';
import { getJson, putJson } from './json-evidence.ts';
import { logManifestSchema } from './log-manifest.ts';
import { modelDigest } from './model-digest.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type CalibrationStore, type Clock, type EvidenceStore } from './ports.ts';
import type { PredictionDocument, UsedCalibration } from './prediction-document.ts';

export interface PredictPerformancePorts extends JobRunPorts {
  readonly evidence: EvidenceStore;
  readonly inventories: Inventories;
  readonly calibration: Pick<CalibrationStore, 'records'>;
  readonly clock: Clock;
}

/** How fast a job should be: from its shape, its GPUs and what the site measured of itself. */
export function createPredictPerformance(
  ports: PredictPerformancePorts,
): (input: PredictInput) => Promise<PredictResult> {
  return (input) => {
    let stage = 'run';
    return withHeartbeats(
      () => ({ stage }),
      async (signal) => {
        const found = await runOf(ports, input, signal);
        stage = 'calibration';
        const calibration = await calibrationOf(ports, input, found.nodes, signal);
        const document = predictionDocument(input, found, calibration);
        return resultOf(document, await putJson(ports.evidence, 'prediction', input.cluster, document, signal));
      },
    ).catch(rethrow);
  };
}

/** What follows from run and calibration; the audit derives it again from a stored document. */
export function predictionDocument(
  { cluster, job }: Pick<PredictInput, 'cluster' | 'job'>,
  { run, origins }: JobRun,
  calibration: UsedCalibration,
): PredictionDocument {
  const predicted = run === null ? null : predictJob(run, calibration);
  return {
    cluster,
    job,
    run,
    origins,
    calibration,
    prediction: predicted?.kind === 'predicted' ? predicted.prediction : null,
    problems: predicted?.kind === 'refused' ? predicted.problems : [],
  };
}

export function resultOf(document: PredictionDocument, ref: PredictResult['prediction']): PredictResult {
  const { prediction, calibration } = document;
  return {
    prediction: ref,
    predicted: prediction === null ? null : predictedSpeed(prediction),
    assumed: prediction?.assumed.length ?? 0,
    calibrated: calibration.site !== null,
    summary: summaryText(document),
  };
}

export function predictedSpeed(prediction: Prediction): PredictedSpeed {
  return {
    stepMs: Math.round(1000 * prediction.iterationSeconds),
    lowMs: Math.round(1000 * prediction.low),
    highMs: Math.round(1000 * prediction.high),
    tokensPerSecond: Math.round(prediction.tokensPerSecond),
    powerWattsPerGpu: Math.round(prediction.powerWattsPerGpu),
  };
}

interface FoundRun extends JobRun {
  /** Of the job, by name. */
  readonly nodes: readonly string[];
}

async function runOf(ports: PredictPerformancePorts, input: PredictInput, signal: AbortSignal): Promise<FoundRun> {
  const inventory = inventoryOf(ports.inventories, input.cluster);
  const job = inventory.jobs.find(({ name }) => name === input.job);
  const nodes = [...new Set(job?.ranks.map(({ node }) => node) ?? [])].toSorted();
  if (input.run !== undefined) return { ...givenRun(input.job, input.run), nodes };
  if (job === undefined) throw unknownJob(input, inventory.jobs);
  const manifest =
    input.logs === null || input.logs === undefined
      ? null
      : await getJson(ports.evidence, input.logs.manifest, logManifestSchema, signal);
  return { ...(await jobRun(ports, inventory, job, manifest, signal)), nodes };
}

function givenRun(job: string, fields: Readonly<Record<string, unknown>>): JobRun {
  const parsed = trainingRunSchema.safeParse(fields);
  if (parsed.success) return { run: parsed.data, origins: [{ fields: fieldsOf(parsed.data), from: 'given' }] };
  const issue = parsed.error.issues[0];
  throw new PortError('malformed', `run of ${job}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

const shownMax = 10;

function unknownJob({ cluster, job }: PredictInput, jobs: readonly InventoryJob[]): PortError {
  const known = jobs.slice(0, shownMax).map(({ name }) => name);
  return new PortError('not-found', `cluster ${cluster} has no job ${job}; known: ${known.join(', ') || 'none'}`);
}

async function calibrationOf(
  ports: Pick<PredictPerformancePorts, 'calibration' | 'clock'>,
  { cluster }: PredictInput,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<UsedCalibration> {
  const { records } = await ports.calibration.records(cluster, signal);
  const nowMs = ports.clock.nowMs();
  const { site, slowestShare, used, stale } = calibrationFor(records, {
    cluster,
    nodes,
    nowMs,
    modelDigest: modelDigest(),
  });
  return {
    site,
    slowestShare,
    used: [...used],
    stale: stale.slice(0, shownMax).map(({ id, node, reason }) => `${id.slice(0, 12)} ${node ?? 'site'}: ${reason}`),
  };
}

function summaryText({ job, run, prediction, problems, calibration }: PredictionDocument): string {
  if (run === null)
    return `What ${job} trains is not known: neither the inventory nor its first log lines say, so its speed is not predicted.`;
  if (prediction === null) {
    const why = problems.slice(0, 3).map(({ field, reason }) => `${field}: ${reason}`);
    return `The speed of ${job} is not predicted: ${why.join('; ')}.`;
  }
  const { iterationSeconds, low, high, assumed } = prediction;
  const scale =
    calibration.site === null ? 'not calibrated at this site' : `calibrated by ${calibration.site.runs} runs`;
  return `${job} should take ${iterationSeconds.toFixed(2)} s a step (${low.toFixed(2)} to ${high.toFixed(2)}), ${scale}, ${assumed.length} fields assumed.`;
}
