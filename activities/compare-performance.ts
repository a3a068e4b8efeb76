import { stepSpeed } from '../kb/performance/assess.ts';
import { judge } from '../kb/performance/detect/judge.ts';
import { layoutOf } from '../kb/performance/detect/layout.ts';
import type { Phase } from '../kb/performance/detect/phases.ts';
import { alarmPolicy, type AlarmPolicy } from '../kb/performance/detect/policy.ts';
import type { PerformanceVerdict } from '../kb/performance/detect/verdict.ts';
import { loggedPhases } from '../kb/performance/logged-phases.ts';
import { measuredNow, type MeasuredNow } from '../kb/performance/measured-now.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { MetricRange } from '../kb/schemas/metric.ts';
import type { CompareInput, PerformanceResult } from '../workflows/domain/phase-data.ts';
import { modelOf, performanceFindings } from './check-performance.ts';
import { metricRangeSchema, performanceSchema } from './evidence-shapes.ts';
import { withHeartbeats } from './heartbeats.ts';
import { getJson, putJson } from './json-evidence.ts';
import { logManifestSchema } from './log-manifest.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore, LogStore } from './ports.ts';
import { predictedSpeed } from './predict-performance.ts';
import { predictionDocumentSchema, type PredictionDocument } from './prediction-document.ts';
import { readRank } from './rank-windows.ts';

export interface ComparePerformancePorts {
  readonly evidence: EvidenceStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly logs: (bucket: string) => LogStore;
}

/** Measured speed and power against the prediction, the job's own history, and its ranks beside each other. */
export function createComparePerformance(
  ports: ComparePerformancePorts,
): (input: CompareInput) => Promise<PerformanceResult> {
  return (input) => {
    let stage = 'reading';
    return withHeartbeats(
      () => ({ stage }),
      async (signal) => {
        const document =
          input.prediction === null
            ? null
            : await getJson(ports.evidence, input.prediction, predictionDocumentSchema, signal);
        const range =
          input.metrics === null ? null : await getJson(ports.evidence, input.metrics.range, metricRangeSchema, signal);
        const phases = range === null ? [] : await phasesIn(ports, input, signal);
        stage = 'judging';
        const inventory = ports.inventories.get(input.key.cluster);
        const compared = compare({ range, document, phases, inventory, job: input.plan.job });
        return store(ports.evidence, input, compared, signal);
      },
    ).catch(rethrow);
  };
}

export interface Compared {
  readonly verdict: PerformanceVerdict;
  readonly healthyStepMs: number | null;
  readonly measured: MeasuredNow;
  readonly prediction: PredictionDocument['prediction'];
  readonly phases: readonly Phase[];
  readonly policy: AlarmPolicy | null;
}

/** Pure: the same evidence is judged the same. */
export function compare({
  range,
  document,
  phases,
  inventory,
  job: name,
}: {
  readonly range: MetricRange | null;
  readonly document: Pick<PredictionDocument, 'prediction' | 'run' | 'calibration'> | null;
  readonly phases: readonly Phase[];
  readonly inventory: Inventory | undefined;
  readonly job: string | null;
}): Compared {
  const prediction = document?.prediction ?? null;
  const nothing = { tokensPerSecond: null, powerWattsPerGpu: null };
  if (range === null)
    return { verdict: notMeasured, healthyStepMs: null, measured: nothing, prediction, phases, policy: null };
  const job = inventory?.jobs.find((one) => one.name === name);
  const policy = alarmPolicy({
    falseAlarmsPerDay,
    jobs: Math.max(1, inventory?.jobs.length ?? 1),
    sampleSeconds: range.stepMs / 1000,
    gpus: job?.ranks.length ?? 0,
  });
  const verdict = judge({
    range,
    prediction,
    site: document?.calibration.site ?? null,
    layout: job === undefined ? null : layoutOf(job.ranks, document?.run ?? job.training),
    history: null,
    phases,
    policy,
    modelOf: ({ node, device }) => modelOf(inventory, node, device.index),
  });
  const places = new Set(job?.ranks.map(({ node, gpu }) => `${node}|${gpu}`) ?? []);
  const ours = (gpu: { readonly node: string; readonly index: number }) =>
    places.size === 0 || places.has(`${gpu.node}|${gpu.index}`);
  return {
    verdict,
    healthyStepMs: healthyStepMsOf(range),
    measured: measuredNow(range, ours),
    prediction,
    phases,
    policy,
  };
}

// As strict as a watch that looks at every scrape all day: an incident looks once or twice.
const falseAlarmsPerDay = 1;

const notMeasured: PerformanceVerdict = {
  kind: 'unmeasured',
  slowdownRatio: null,
  measuredStepMs: null,
  expectedStepMs: null,
  sinceMs: null,
  alarms: [],
  components: [],
  summary: 'No metrics were gathered, so speed and power were not compared.',
  matches: [],
};

function healthyStepMsOf(range: MetricRange): number | null {
  const speed = stepSpeed(range);
  return speed === null ? null : Math.round(speed.healthyMs);
}

/** Rank 0 tells of checkpoints, and of evaluations where the last rank does not. */
async function phasesIn(
  { evidence, logs }: ComparePerformancePorts,
  { logs: gathered }: CompareInput,
  signal: AbortSignal,
): Promise<readonly Phase[]> {
  if (gathered === null) return [];
  const manifest = await getJson(evidence, gathered.manifest, logManifestSchema, signal);
  const windows = await readRank(logs, manifest, 0, signal);
  return loggedPhases(
    windows.map(({ window: { ref, source, node, rank, toMs }, bytes }) => ({
      source,
      evidenceId: ref.id,
      referenceMs: toMs,
      ...(node === undefined ? {} : { node }),
      ...(rank === undefined ? {} : { rank }),
      bytes,
    })),
  );
}

async function store(
  evidence: EvidenceStore,
  { key, metrics, prediction: predictionRef }: CompareInput,
  { verdict, healthyStepMs, measured, prediction, phases, policy }: Compared,
  signal: AbortSignal,
): Promise<PerformanceResult> {
  const findings = metrics === null ? [] : performanceFindings(verdict.matches, metrics.range.id);
  const [strongest] = verdict.components;
  const tiers = verdict.kind === 'slow' ? [...new Set(verdict.alarms.map(({ tier }) => tier))] : [];
  const shown = {
    slowdownRatio: verdict.slowdownRatio,
    measuredStepMs: verdict.measuredStepMs,
    healthyStepMs,
    tier: tiers[0] ?? null,
    summary: verdict.summary,
  };
  const compared = {
    verdict: verdict.kind,
    tiers,
    component: strongest?.component ?? null,
    ...placeOf(strongest),
    sinceMs: verdict.sinceMs,
    predicted: prediction === null ? null : predictedSpeed(prediction),
    ...measured,
  };
  const document = performanceSchema.parse({
    ...shown,
    findings,
    compared: {
      ...compared,
      alarms: verdict.alarms,
      components: verdict.components,
      phases,
      thresholds: policy?.derivation ?? [],
    },
  });
  return {
    performance: await putJson(evidence, 'performance', key.cluster, document, signal),
    ...shown,
    comparison: {
      ...compared,
      findings: await putJson(evidence, 'findings', key.cluster, findings, signal),
      prediction: predictionRef,
    },
  };
}

function placeOf(place: PerformanceVerdict['components'][number] | undefined) {
  return {
    ...(place?.node === undefined ? {} : { node: place.node }),
    ...(place?.device === undefined ? {} : { device: place.device }),
  };
}
