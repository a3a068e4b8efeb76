import type { EvidenceKind, EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import type { ArchiveResult, NotifyInput, NotifyResult } from '../../workflows/domain/closing-data.ts';
import type {
  ApplyStepInput,
  CompareInput,
  GatherInput,
  GatherPlan,
  PerformanceResult,
  PredictedSpeed,
  PredictResult,
  PlanGatheringInput,
  ProbeBatchInput,
  ProbeBatchResult,
  ProposeInput,
  ProposeResult,
  RecoveryInput,
  RecoveryResult,
  RoundInput,
  RoundResult,
  SeverityInput,
  StepOutcome,
} from '../../workflows/domain/phase-data.ts';
import type { InspectRepairInput, RepairRemains } from '../../workflows/domain/recovery.ts';
import type { Severity } from '../../workflows/domain/severity.ts';
import { aProposal, digestOf } from './proposals.ts';

/** What a scripted incident does differently from the plain good case. */
export interface Script {
  readonly verdict?: Verdict;
  readonly plan?: (input: PlanGatheringInput) => Partial<GatherPlan>;
  readonly propose?: (input: ProposeInput) => ProposeResult;
  readonly severities?: Partial<Record<SeverityInput['moment'], Severity>>;
  readonly applyStep?: (input: ApplyStepInput) => Promise<StepOutcome> | StepOutcome;
  readonly inspectRepair?: (input: InspectRepairInput) => Promise<RepairRemains>;
  /** What a measurement of a recovery says; unless told, not recovered before a repair has helped. */
  readonly recovered?: (input: RecoveryInput) => boolean;
  /** What round 2 wants at first. */
  readonly wishes?: readonly ProbeWish[];
  /** Is told of every round's input. */
  readonly round?: (input: RoundInput) => void;
  /** Is waited for before a chart is stored. */
  readonly charting?: () => Promise<void>;
  readonly fail?: Partial<Record<string, Error>>;
}

export const cause: RankedCause = {
  category: 'gpu-clock-throttle',
  node: 'node-07',
  device: { kind: 'gpu', index: 3 },
  probability: 0.97,
  because: [{ text: 'SM clock of GPU 3 on node-07 is 210 of 1410 MHz', findingIds: ['f-1'], ranges: [] }],
};

export const brokenSeverity: Severity = {
  faults: 1,
  approvedCapacityLossGpus: 0,
  failingProbes: 1,
  unreadProbes: 0,
  firingAlerts: 1,
  slowdownRatio: 3.1,
};
export const healthySeverity: Severity = {
  ...brokenSeverity,
  faults: 0,
  failingProbes: 0,
  firingAlerts: 0,
  slowdownRatio: 1,
};

const aPrediction: PredictedSpeed = {
  stepMs: 8_000,
  lowMs: 7_000,
  highMs: 9_200,
  tokensPerSecond: 65_000,
  powerWattsPerGpu: 330,
};

function aComparison(prediction: EvidenceRef | null): PerformanceResult {
  return {
    performance: aRef('performance'),
    slowdownRatio: 3.1,
    measuredStepMs: 24_800,
    healthyStepMs: 8_000,
    tier: 'absolute',
    summary: 'Steps take 24.8 s, predicted 8.0 s.',
    comparison: {
      verdict: 'slow',
      tiers: ['absolute', 'history'],
      component: 'compute-clock',
      node: 'node-07',
      device: { kind: 'gpu', index: 3 },
      sinceMs: 1_789_999_700_000,
      predicted: prediction === null ? null : aPrediction,
      tokensPerSecond: 21_000,
      powerWattsPerGpu: 190,
      findings: aRef('findings'),
      prediction,
    },
  };
}

const plan: GatherPlan = {
  handlerId: 'training.slow',
  job: 'pretrain',
  nodes: ['node-07'],
  alertAtMs: 1_790_000_000_000,
  fromMs: 1_789_999_000_000,
  toMs: 1_790_000_060_000,
  logs: ['rank', 'kernel'],
  metrics: ['training_step_seconds'],
  firstProbes: ['gpu.clocks'],
  knowledgeDigest: digestOf('k'),
  readyInMs: 0,
};

/** Activities without a cluster behind them; what happened is kept in `calls`, in order. */
export function scriptedActivities(script: Script = {}) {
  const calls: string[] = [];
  let repaired = false;
  const called = (name: string) => {
    calls.push(name);
    const failure = script.fail?.[name];
    if (failure !== undefined) throw failure;
  };
  const activities = {
    async planGathering(input: PlanGatheringInput) {
      called('planGathering');
      return { ...plan, ...script.plan?.(input) };
    },
    async gatherLogs() {
      called('gatherLogs');
      return { manifest: aRef('log-manifest'), objects: 12, bytes: 34_000, silent: [], leftOut: 0 };
    },
    async gatherMetrics(input?: GatherInput) {
      called(input?.untilNow === true ? 'gatherMetrics until now' : 'gatherMetrics');
      return { range: aRef('metric-range'), series: 240, missing: [] };
    },
    async scanEvidence() {
      called('scanEvidence');
      return {
        findings: aRef('findings'),
        count: 2,
        kinds: [{ kind: 'job.step-time.jumped', count: 1 }],
        firstFaultKind: 'job.step-time.jumped',
      };
    },
    async embedQuery() {
      called('embedQuery');
      return { embedding: aRef('embedding'), modelId: 'scripted' };
    },
    async recallIncidents() {
      called('recallIncidents');
      return { recall: aRef('recall'), top: [], degraded: null };
    },
    async checkPerformance() {
      called('checkPerformance');
      return {
        performance: aRef('performance'),
        slowdownRatio: 3.1,
        measuredStepMs: 24_800,
        healthyStepMs: 8_000,
        tier: 'history',
        summary: 'steps take 3.1 times the healthy median',
      };
    },
    async predictPerformance(): Promise<PredictResult> {
      called('predictPerformance');
      return {
        prediction: aRef('prediction'),
        predicted: aPrediction,
        assumed: 2,
        calibrated: false,
        summary: 'pretrain should take 8.00 s a step',
      };
    },
    async comparePerformance(input?: CompareInput): Promise<PerformanceResult> {
      called(`comparePerformance ${input?.prediction === null ? 'without' : 'with'} a prediction`);
      return aComparison(input?.prediction ?? null);
    },
    async reasonRound(input: RoundInput): Promise<RoundResult> {
      called(`reasonRound ${input.round}`);
      script.round?.(input);
      const base = {
        graphRef: aRef('graph'),
        digest: digestOf('9'),
        knowledgeDigest: digestOf('k'),
        hypotheses: [cause],
      };
      if (input.round === 1) return { ...base, verdict: null, wantedProbes: [], summary: 'proposed' };
      if (input.round === 2) {
        const probed = input.probesRun.length > 0;
        const wish = { probeId: 'gpu.clocks', nodes: ['node-07'], why: 'tells them apart', gainBits: 2, costMs: 400 };
        const wishes = script.wishes ?? [wish];
        return { ...base, verdict: null, wantedProbes: probed ? [] : wishes, summary: 'criticised' };
      }
      const verdict = script.verdict ?? { kind: 'attributed', causes: [cause], disputed: false };
      return { ...base, verdict, wantedProbes: [], summary: 'attributed' };
    },
    async runProbeBatch(input: ProbeBatchInput): Promise<ProbeBatchResult> {
      called(`runProbeBatch ${input.batch}`);
      return {
        results: aRef('probe-results'),
        findings: aRef('findings'),
        ran: 1,
        clean: 0,
        notClean: 1,
        notable: [
          { probeId: 'gpu.clocks', kind: 'gpu.clock.locked-low', node: 'node-07', device: { kind: 'gpu', index: 3 } },
        ],
        failures: [],
        unread: 0,
        elapsedMs: 5,
      };
    },
    async proposePlan(input: ProposeInput): Promise<ProposeResult> {
      called('proposePlan');
      if (script.propose !== undefined) return script.propose(input);
      const { workflowId, runId } = input.key;
      const times = { createdAtMs: input.createdAtMs, expiresAtMs: input.createdAtMs + input.approvalMs };
      return { kind: 'proposal', proposal: aProposal({ ...times, incident: { workflowId, runId } }) };
    },
    async measureSeverity(input: SeverityInput) {
      called(`measureSeverity ${input.moment}`);
      const usual = input.moment === 'after' ? healthySeverity : brokenSeverity;
      const severity = script.severities?.[input.moment] ?? usual;
      if (input.moment === 'after') repaired = severity.faults === 0;
      return { severity, evidence: aRef('severity') };
    },
    async measureRecovery(input: RecoveryInput): Promise<RecoveryResult> {
      called('measureRecovery');
      const recovered = script.recovered?.(input) ?? repaired;
      const severity = recovered ? healthySeverity : brokenSeverity;
      return { recovered, severity, evidence: aRef('severity'), text: recovered ? 'steps as before' : 'still slow' };
    },
    async notify(input: NotifyInput): Promise<NotifyResult> {
      called(`notify ${input.notification.kind}`);
      return { sent: ['people'], failed: [] };
    },
    async archiveExecution(): Promise<ArchiveResult> {
      called('archiveExecution');
      return { manifest: aRef('manifest'), histories: 1, evidence: 1, keyId: digestOf('f') };
    },
    async recordUndo() {
      called('recordUndo');
      const { number, digest, undo } = aProposal();
      return { proposal: number, digest, undo, before: aRef('severity'), recordedAtMs: 1 };
    },
    async applyStep(input: ApplyStepInput): Promise<StepOutcome> {
      called(`applyStep ${input.direction} ${input.step.stepId}`);
      if (script.applyStep !== undefined) return script.applyStep(input);
      return { kind: 'done', exitCode: 0, replayed: false, output: aRef('probe-results') };
    },
    async inspectRepair(input: InspectRepairInput): Promise<RepairRemains> {
      called(`inspectRepair ${input.workflowId}`);
      if (script.inspectRepair !== undefined) return script.inspectRepair(input);
      return { kind: 'gone', reason: 'no history in this script' };
    },
    async learnFromRepair() {
      called('learnFromRepair');
      return { candidate: aRef('record-candidate'), problemkey: 'slow-steps-locked-gpu-clock' };
    },
    async writeChart() {
      called('writeChart');
      await script.charting?.();
      return { chart: aRef('chart') };
    },
    async adoptRepair() {
      called('adoptRepair');
      throw new Error('nothing to adopt in this script');
    },
  };
  return { calls, activities };
}

export function aRef(kind: EvidenceKind): EvidenceRef {
  return {
    id: `ev_${kind}`,
    kind,
    bucket: 'wardround-evidence',
    key: `evidence/test/${kind}`,
    sha256: digestOf('e'),
    bytes: 10,
  };
}
