import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import { taskQueues } from './domain/ids.ts';
import type {
  AskModelInput,
  AskModelResult,
  RunWishedProgramInput,
  RunWishedProgramResult,
} from './domain/model-data.ts';
import type {
  ArchiveInput,
  ArchiveResult,
  ChartInput,
  ChartResult,
  LearnInput,
  LearnResult,
  NotifyInput,
  NotifyResult,
} from './domain/closing-data.ts';
import type {
  ApplyStepInput,
  CompareInput,
  EmbedQueryInput,
  EmbedQueryResult,
  GatheredLogs,
  GatheredMetrics,
  GatherInput,
  GatherPlan,
  IndexKnowledgeResult,
  PerformanceInput,
  PerformanceResult,
  PlanGatheringInput,
  PredictInput,
  PredictResult,
  ProbeBatchInput,
  ProbeBatchResult,
  ProposeInput,
  ProposeResult,
  RecallInput,
  RecallResult,
  RecordUndoInput,
  RecoveryInput,
  RecoveryResult,
  RoundInput,
  RoundResult,
  ScanInput,
  ScanResult,
  SeverityInput,
  SeverityResult,
  StepOutcome,
  UndoRecord,
} from './domain/phase-data.ts';
import type { Unarchived } from './archive.ts';
import type { EarlyWarning, Look, LookInput, RaiseResult } from './domain/perf-watch.ts';
import type { InspectRepairInput, RepairRemains } from './domain/recovery.ts';
import type { RepairReport } from './domain/repair-report.ts';
import { finalFailureTypes, timeoutClasses, type TimeoutClassName } from './domain/timeouts.ts';

/** Queue `reasoning`. */
export interface ReasoningActivities {
  planGathering(input: PlanGatheringInput): Promise<GatherPlan>;
  checkPerformance(input: PerformanceInput): Promise<PerformanceResult>;
  reasonRound(input: RoundInput): Promise<RoundResult>;
  proposePlan(input: ProposeInput): Promise<ProposeResult>;
  learnFromRepair(input: LearnInput): Promise<LearnResult>;
  writeChart(input: ChartInput): Promise<ChartResult>;
}

/** Queue `reasoning`, optional help. */
export interface RecallActivities {
  embedQuery(input: EmbedQueryInput): Promise<EmbedQueryResult>;
  recallIncidents(input: RecallInput): Promise<RecallResult>;
}

/** Queue `reasoning`: waits for a repair that another run started. */
export interface AdoptionActivities {
  adoptRepair(input: { readonly workflowId: string }): Promise<RepairReport>;
}

/** Queue `reasoning`: tells people; what cannot be told is in the result, never a failure of the incident. */
export interface NotificationActivities {
  notify(input: NotifyInput): Promise<NotifyResult>;
}

/** Queue `reasoning`: waits for the end of an execution and seals its history and evidence. */
export interface ArchiveActivities {
  archiveExecution(input: ArchiveInput): Promise<ArchiveResult>;
}

/** Queue `reasoning`: what the sweep of archives looks for. */
export interface SweepActivities {
  /** Closed incidents that nobody archived, at most as many as one sweep may start. */
  findUnarchived(): Promise<Unarchived>;
}

/** Queue `reasoning`: brings the vector index in step. */
export interface IndexActivities {
  indexKnowledge(): Promise<IndexKnowledgeResult>;
}

/** Queue `logs`. */
export interface LogActivities {
  gatherLogs(input: GatherInput): Promise<GatheredLogs>;
  gatherMetrics(input: GatherInput): Promise<GatheredMetrics>;
  scanEvidence(input: ScanInput): Promise<ScanResult>;
  measureSeverity(input: SeverityInput): Promise<SeverityResult>;
  measureRecovery(input: RecoveryInput): Promise<RecoveryResult>;
  predictPerformance(input: PredictInput): Promise<PredictResult>;
  comparePerformance(input: CompareInput): Promise<PerformanceResult>;
}

/** Queue `logs`: one look at the metrics of a job. */
export interface WatchActivities {
  watchPerformance(input: LookInput): Promise<Look>;
}

/** Queue `reasoning`: brings an alert of our own to the API. */
export interface WarningActivities {
  raiseEarlyWarning(input: EarlyWarning): Promise<RaiseResult>;
}

/** Queue `model`. */
export interface ModelActivities {
  askModel(input: AskModelInput): Promise<AskModelResult>;
  runWishedProgram(input: RunWishedProgramInput): Promise<RunWishedProgramResult>;
}

/** Queue `probes.<cluster>`. */
export interface ProbeActivities {
  runProbeBatch(input: ProbeBatchInput): Promise<ProbeBatchResult>;
}

/** Queue `remediation.<cluster>`. */
export interface RemediationActivities {
  recordUndo(input: RecordUndoInput): Promise<UndoRecord>;
  applyStep(input: ApplyStepInput): Promise<StepOutcome>;
  inspectRepair(input: InspectRepairInput): Promise<RepairRemains>;
}

export const reasoning = proxyActivities<ReasoningActivities>(options('quick', taskQueues.reasoning));
export const recall = proxyActivities<RecallActivities>(options('optional', taskQueues.reasoning));
export const adoption = proxyActivities<AdoptionActivities>(options('adopt', taskQueues.reasoning));
export const notification = proxyActivities<NotificationActivities>(options('notify', taskQueues.reasoning));
export const archiving = proxyActivities<ArchiveActivities>(options('adopt', taskQueues.reasoning));
export const sweeping = proxyActivities<SweepActivities>(options('gather', taskQueues.reasoning));
export const indexing = proxyActivities<IndexActivities>(options('index', taskQueues.reasoning));
export const logs = proxyActivities<LogActivities>(options('gather', taskQueues.logs));
export const watching = proxyActivities<WatchActivities>(options('look', taskQueues.logs));
export const earlyWarning = proxyActivities<WarningActivities>(options('warn', taskQueues.reasoning));

/** Where the model is asked: who may act on nodes runs no code of a model. */
export const programs = proxyActivities<Pick<ModelActivities, 'runWishedProgram'>>({
  ...options('program', taskQueues.model),
  scheduleToStartTimeout: timeoutClasses.program.scheduleToStartMs,
});

/** Never longer than `msMax`, which is what the incident may still wait for the model. */
export function modelWithin(msMax: number): ModelActivities {
  const whole = options('model', taskQueues.model);
  const { startToCloseMs, scheduleToStartMs, scheduleToCloseMs } = timeoutClasses.model;
  return proxyActivities<ModelActivities>({
    ...whole,
    startToCloseTimeout: Math.min(startToCloseMs, msMax),
    scheduleToStartTimeout: Math.min(scheduleToStartMs, msMax),
    scheduleToCloseTimeout: Math.min(scheduleToCloseMs, msMax),
  });
}

export function probesOf(cluster: string): ProbeActivities {
  return proxyActivities<ProbeActivities>(options('probe', taskQueues.probes(cluster)));
}

/**
 * The same, given up early, and sooner still where no worker takes it. One that `endsFirst` is waited for when it is called
 * off, until nothing of it goes on (the SDK's own default tells of the request alone).
 */
export function firstLookOf(cluster: string, { endsFirst }: { readonly endsFirst: boolean }): ProbeActivities {
  return proxyActivities<ProbeActivities>({
    ...options('firstLook', taskQueues.probes(cluster)),
    scheduleToStartTimeout: timeoutClasses.firstLook.scheduleToStartMs,
    ...(endsFirst ? { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } : {}),
  });
}

export function remediationOf(cluster: string): RemediationActivities {
  return proxyActivities<RemediationActivities>(options('remediate', taskQueues.remediation(cluster)));
}

function options(name: TimeoutClassName, taskQueue: string): ActivityOptions {
  const chosen = timeoutClasses[name];
  return {
    taskQueue,
    startToCloseTimeout: chosen.startToCloseMs,
    scheduleToCloseTimeout: chosen.scheduleToCloseMs,
    ...('heartbeatMs' in chosen ? { heartbeatTimeout: chosen.heartbeatMs } : {}),
    retry: {
      initialInterval: chosen.firstBackoffMs,
      maximumAttempts: chosen.attemptsMax,
      nonRetryableErrorTypes: [...finalFailureTypes],
    },
  };
}
