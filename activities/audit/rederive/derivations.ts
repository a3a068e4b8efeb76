import type {
  AskModelInput,
  AskModelResult,
  RunWishedProgramInput,
  RunWishedProgramResult,
} from '../../../workflows/domain/model-data.ts';
import type { ChartInput, LearnInput } from '../../../workflows/domain/closing-data.ts';
import type {
  CompareInput,
  EmbedQueryInput,
  EmbedQueryResult,
  GatheredLogs,
  GatheredMetrics,
  GatherPlan,
  PerformanceInput,
  PlanGatheringInput,
  PredictInput,
  PredictResult,
  ProbeBatchInput,
  ProbeBatchResult,
  ProposeInput,
  RecallInput,
  RecallResult,
  RecordUndoInput,
  RecoveryInput,
  RecoveryResult,
  RoundInput,
  ScanInput,
  SeverityInput,
  SeverityResult,
  UndoRecord,
} from '../../../workflows/domain/phase-data.ts';
import { createCheckPerformance } from '../../check-performance.ts';
import { createComparePerformance } from '../../compare-performance.ts';
import { metricRangeSchema } from '../../evidence-shapes.ts';
import { getJson, putJson } from '../../json-evidence.ts';
import { createLearnFromRepair } from '../../learn-from-repair.ts';
import { logManifestSchema } from '../../log-manifest.ts';
import { createPlanGathering } from '../../plan-gathering.ts';
import { predictionDocument, resultOf } from '../../predict-performance.ts';
import { predictionDocumentSchema } from '../../prediction-document.ts';
import { createProposePlan } from '../../propose-plan.ts';
import { createReasonRound } from '../../reason-round.ts';
import { createRecordUndo } from '../../record-undo.ts';
import { createScanEvidence } from '../../scan-evidence.ts';
import { createWriteChart } from '../../write-chart.ts';
import type { ActivityRecord } from '../history.ts';
import type { Measured } from './compare.ts';
import { deriveAskModel, deriveWishedProgram } from './model.ts';
import { deriveProbeBatch } from './probe-batch.ts';
import { deriveEmbedding, deriveRecall } from './recall.ts';
import { deriveRecovery, deriveSeverity, measuredOfSeverity } from './severity.ts';
import type { RecordedWorld } from './world.ts';

/** How a result follows from what was recorded. */
export interface Derivation {
  /** The result as it should be. What is a measurement in it is taken from the recorded one. */
  derive(world: RecordedWorld, record: ActivityRecord, recorded: unknown): Promise<unknown>;
  readonly measured?: Measured;
}

/** By activity type. An activity that is in neither list is reported as not checked. */
export const derivations: Readonly<Record<string, Derivation>> = {
  planGathering: derivation<PlanGatheringInput, GatherPlan>((world, input, recorded, { scheduledAtMs }) =>
    createPlanGathering({ ...world, clock: { nowMs: () => scheduledAtMs } })(input).then((plan) => ({
      ...plan,
      readyInMs: plausibleWait(recorded.readyInMs, plan.readyInMs),
    })),
  ),
  gatherLogs: derivation<unknown, GatheredLogs>(async ({ evidence }, _input, recorded) => {
    const { windows } = await getJson(evidence, recorded.manifest, logManifestSchema);
    return { ...recorded, objects: windows.length, bytes: windows.reduce((sum, { ref }) => sum + ref.bytes, 0) };
  }),
  gatherMetrics: derivation<unknown, GatheredMetrics>(async ({ evidence }, _input, recorded) => {
    const { series, missing } = await getJson(evidence, recorded.range, metricRangeSchema);
    return { ...recorded, series: series.length, missing };
  }),
  scanEvidence: derivation<ScanInput, unknown>((world, input) => createScanEvidence(world)(input)),
  runWishedProgram: derivation<RunWishedProgramInput, RunWishedProgramResult>(deriveWishedProgram),
  embedQuery: derivation<EmbedQueryInput, EmbedQueryResult>(deriveEmbedding),
  recallIncidents: derivation<RecallInput, RecallResult>(deriveRecall),
  checkPerformance: derivation<PerformanceInput, unknown>((world, input) => createCheckPerformance(world)(input)),
  predictPerformance: derivation<PredictInput, PredictResult>(async ({ evidence }, input, recorded) => {
    // What the site's calibration and the job's first log lines said is as recorded; what follows from it is not.
    const { run, origins, calibration } = await getJson(evidence, recorded.prediction, predictionDocumentSchema);
    const document = predictionDocument(input, { run, origins }, calibration);
    return resultOf(document, await putJson(evidence, 'prediction', input.cluster, document));
  }),
  comparePerformance: derivation<CompareInput, unknown>((world, input) => createComparePerformance(world)(input)),
  askModel: {
    ...derivation<AskModelInput, AskModelResult>(deriveAskModel),
    measured: { inResult: ['seconds'], inDocuments: ['seconds'] },
  },
  reasonRound: derivation<RoundInput, unknown>((world, input) => createReasonRound(world)(input)),
  proposePlan: derivation<ProposeInput, unknown>((world, input) => createProposePlan(world)(input)),
  learnFromRepair: derivation<LearnInput, unknown>((world, input) =>
    createLearnFromRepair({ ...world, kinds: world.knowledge.kinds })(input),
  ),
  writeChart: derivation<ChartInput, unknown>((world, input) => createWriteChart(world)(input)),
  recordUndo: derivation<RecordUndoInput, UndoRecord>((world, input, { recordedAtMs }) =>
    createRecordUndo({ ...world, clock: { nowMs: () => recordedAtMs } })(input),
  ),
  runProbeBatch: {
    ...derivation<ProbeBatchInput, ProbeBatchResult>((world, input, recorded) =>
      deriveProbeBatch(world, input, recorded),
    ),
    measured: { inResult: ['elapsedMs'], inDocuments: ['elapsedMs'] },
  },
  measureSeverity: {
    ...derivation<SeverityInput, SeverityResult>(deriveSeverity),
    measured: { inDocuments: measuredOfSeverity },
  },
  measureRecovery: {
    ...derivation<RecoveryInput, RecoveryResult>(deriveRecovery),
    measured: { inDocuments: measuredOfSeverity },
  },
};

/** Their results are what the world answered: nothing in them follows from anything that was recorded before. */
export const takenAsRecorded: ReadonlySet<string> = new Set(['applyStep', 'adoptRepair', 'notify', 'inspectRepair']);

// Clocks of the server and of a worker may differ by this much.
const clocksDifferMsMax = 60_000;

/** The wait was computed at a moment that only the worker's clock knew. */
function plausibleWait(recordedMs: number, derivedMs: number): number {
  return Math.abs(recordedMs - derivedMs) <= clocksDifferMsMax ? recordedMs : derivedMs;
}

function derivation<Input, Result>(
  derive: (world: RecordedWorld, input: Input, recorded: Result, record: ActivityRecord) => Promise<unknown>,
): Derivation {
  return {
    // Recorded by our own workflow. Of a forged history anything may come: what does not fit throws, and is reported.
    derive: (world, record, recorded) => derive(world, record.input[0] as Input, recorded as Result, record),
  };
}
