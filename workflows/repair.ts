import { ActivityFailure, CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow';
import { logs, probesOf, remediationOf } from './activity-proxies.ts';
import { connectCluster, type AskCluster } from './ask-cluster.ts';
import { budgets } from './domain/budgets.ts';
import { mendedBy } from './domain/cluster-mended.ts';
import { describeAnswer } from './domain/cluster-rules.ts';
import type { RepairOutcome } from './domain/closing.ts';
import type { IncidentSettings } from './domain/incident-input.ts';
import type { FencingToken } from './domain/lease.ts';
import type {
  GatherPlan,
  IncidentKey,
  ProbeBatchResult,
  SeverityInput,
  SeverityResult,
  StepOutcome,
} from './domain/phase-data.ts';
import type { Proposal, Step } from './domain/proposal.ts';
import type { RepairReport } from './domain/repair-report.ts';
import { compareSeverity } from './domain/severity.ts';
import { rootMessage } from './failure-message.ts';

export interface RepairInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly proposal: Proposal;
  readonly settings: IncidentSettings;
  /** `give-back`: people have done their part; what the plan took out goes back into service by its undo steps. */
  readonly purpose?: 'give-back';
}

/**
 * One approved plan as a transaction (design.md section 6): lease, severity before, undo record, steps, settle,
 * severity after, and back again if it got worse. Always ends with a report and gives the lease back.
 */
export async function repair(input: RepairInput): Promise<RepairReport> {
  const askCluster = connectCluster(input.key.cluster, input.settings.askMs);
  const record = openLogbook(input.proposal);
  const lease = await takeLease(askCluster, input.proposal);
  if (lease.kind === 'none') return record.finish({ kind: 'stopped', reason: lease.reason, detail: lease.detail });
  record.note({ fencing: lease.fencing });
  let mended: ReturnType<typeof mendedBy> = {};
  try {
    const work = input.purpose === 'give-back' ? takeBack : transact;
    const report = record.finish(await work(input, lease.fencing, record, askCluster));
    mended = mendedBy(report, input.proposal);
    return report;
  } finally {
    await CancellationScope.nonCancellable(async () => {
      const released = await askCluster({ kind: 'release', fencing: lease.fencing, ...mended });
      if (released === 'unanswered') log.warn('the lease could not be given back and will expire');
    });
  }
}

async function transact(
  input: RepairInput,
  fencing: FencingToken,
  record: Logbook,
  askCluster: AskCluster,
): Promise<RepairOutcome> {
  const { key, proposal } = input;
  const remediation = remediationOf(key.cluster);
  let before: SeverityResult;
  try {
    before = await measure(input, 'before');
    record.note({ before: before.severity }, before);
    const undoRecord = await remediation.recordUndo({ key, proposal, before });
    record.note({ undoRecord });
  } catch (error) {
    if (isCancellation(error)) return stopped('repair-not-started', 'cancelled before the first step');
    if (error instanceof ActivityFailure)
      return stopped('repair-not-started', `before the first step: ${rootMessage(error)}`);
    throw error;
  }

  const forward = await goForward(input, fencing, record, askCluster);
  if (forward.kind === 'ended') return forward.outcome;
  if (forward.kind === 'undo') return undo(input, fencing, record, before, forward.why);

  try {
    const after = await settleAndMeasure(input, before);
    record.note({ after: after.severity }, after);
    const comparison = compareSeverity(before.severity, after.severity);
    return comparison === 'worse'
      ? await undo(input, fencing, record, before, 'worse')
      : { kind: 'compared', comparison };
  } catch (error) {
    if (isCancellation(error)) return undo(input, fencing, record, before, 'cancelled');
    if (error instanceof ActivityFailure) return { kind: 'compared', comparison: 'inconclusive' };
    throw error;
  }
}

/** The undo of a plan that had contained a fault which is now gone, verified by the probes of the mended part. */
async function takeBack(input: RepairInput, fencing: FencingToken, record: Logbook): Promise<RepairOutcome> {
  const { key, proposal } = input;
  return CancellationScope.nonCancellable(async () => {
    try {
      for (const step of proposal.undo.toReversed()) {
        const outcome = await remediationOf(key.cluster).applyStep({ key, proposal, step, direction: 'undo', fencing });
        record.step('undo', step, outcome);
        if (outcome.kind === 'refused' && outcome.nothingBegun === true) continue;
        if (outcome.kind !== 'done' || outcome.exitCode !== 0)
          return { kind: 'undone', verified: false, why: 'given-back' };
      }
      await sleep(proposal.settleMs, { summary: 'until what was taken out is back in service' });
      const now = await measure(input, 'given-back');
      record.note({ afterUndo: now.severity }, now);
      const { failingProbes, unreadProbes, faults } = now.severity;
      return { kind: 'undone', verified: failingProbes + unreadProbes + faults === 0, why: 'given-back' };
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      return { kind: 'undone', verified: false, why: 'given-back' };
    }
  });
}

type Forward =
  | { readonly kind: 'went' }
  | { readonly kind: 'undo'; readonly why: 'cancelled' | 'step-failed' }
  | { readonly kind: 'ended'; readonly outcome: RepairOutcome };

/** The steps in order. A stop or an expiry blocks the next one; what has been done by then is undone. */
async function goForward(
  input: RepairInput,
  fencing: FencingToken,
  record: Logbook,
  askCluster: AskCluster,
): Promise<Forward> {
  const { key, proposal } = input;
  let acted = false;
  let begun = false;
  for (const step of proposal.steps) {
    try {
      const leave = await askCluster({ kind: 'proceed', fencing });
      if (leave === 'unanswered' || leave.kind !== 'go') {
        return acted
          ? { kind: 'undo', why: 'step-failed' }
          : { kind: 'ended', outcome: stopped('remediation-stopped', describeAnswer(leave)) };
      }
      begun = true;
      const outcome = await remediationOf(key.cluster).applyStep({
        key,
        proposal,
        step,
        direction: 'forward',
        fencing,
      });
      record.step('forward', step, outcome);
      if (outcome.kind === 'refused')
        return acted
          ? { kind: 'undo', why: 'step-failed' }
          : { kind: 'ended', outcome: stopped('step-refused', outcome.reason) };
      acted = true;
      // An unknown outcome is not repeated: the measurement afterwards says what the node looks like.
      const failed = outcome.kind === 'done' && outcome.exitCode !== 0;
      if (failed && step.onFailure !== 'go-on') return { kind: 'undo', why: 'step-failed' };
    } catch (error) {
      if (isCancellation(error))
        // What was never begun is not undone: its undo would be a change that nothing came before.
        return begun
          ? { kind: 'undo', why: 'cancelled' }
          : { kind: 'ended', outcome: stopped('repair-not-started', 'cancelled before the first step') };
      if (!(error instanceof ActivityFailure)) throw error;
      record.step('forward', step, { kind: 'unknown', reason: rootMessage(error) });
      return { kind: 'undo', why: 'step-failed' };
    }
  }
  return { kind: 'went' };
}

async function settleAndMeasure(input: RepairInput, before: SeverityResult): Promise<SeverityResult> {
  const { settleMs } = input.proposal;
  await sleep(settleMs, { summary: 'until the repair has settled' });
  let after = await measure(input, 'after');
  for (let wait = 0; wait < input.settings.inconclusiveWaitsMax; wait += 1) {
    if (compareSeverity(before.severity, after.severity) === 'better') return after;
    await sleep(settleMs, { summary: 'longer, because the result is not clear' });
    after = await measure(input, 'after');
  }
  return after;
}

/** In reverse order, never blocked by expiry, stop or cancellation, verified by the same measurement. */
function undo(
  input: RepairInput,
  fencing: FencingToken,
  record: Logbook,
  before: SeverityResult,
  why: 'worse' | 'cancelled' | 'step-failed',
): Promise<RepairOutcome> {
  return CancellationScope.nonCancellable(async () => {
    const { key, proposal } = input;
    let undone = 0;
    let nothingBegun: string | null = null;
    try {
      for (const step of proposal.undo.toReversed()) {
        const outcome = await remediationOf(key.cluster).applyStep({ key, proposal, step, direction: 'undo', fencing });
        record.step('undo', step, outcome);
        if (outcome.kind === 'refused' && outcome.nothingBegun === true) {
          nothingBegun = outcome.reason;
          continue;
        }
        undone += 1;
        if (outcome.kind !== 'done' || outcome.exitCode !== 0) return { kind: 'undone', verified: false, why };
      }
      if (undone === 0 && nothingBegun !== null) return stopped('repair-not-started', nothingBegun);
      await sleep(proposal.settleMs, { summary: 'until the undo has settled' });
      const afterUndo = await measure(input, 'after-undo');
      record.note({ afterUndo: afterUndo.severity }, afterUndo);
      const comparison = compareSeverity(before.severity, afterUndo.severity);
      return { kind: 'undone', verified: comparison === 'same' || comparison === 'better', why };
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      return { kind: 'undone', verified: false, why };
    }
  });
}

async function measure(input: RepairInput, moment: SeverityInput['moment']): Promise<SeverityResult> {
  const { key, plan, proposal } = input;
  const wanted = moment === 'given-back' ? (proposal.handOver?.verifyProbes ?? []) : proposal.verifyProbes;
  const probes: ProbeBatchResult | null =
    wanted.length === 0
      ? null
      : await probesOf(key.cluster).runProbeBatch({
          key,
          batch: `repair-${proposal.number}-${moment}`,
          probes: wanted.map(({ probeId, nodes }) => ({ probeId, nodes })),
        });
  return logs.measureSeverity({ key, plan, proposal, moment, probes });
}

type LeaseTaken =
  | { readonly kind: 'held'; readonly fencing: FencingToken }
  | { readonly kind: 'none'; readonly reason: 'remediation-stopped' | 'repair-not-started'; readonly detail: string };

async function takeLease(askCluster: AskCluster, proposal: Proposal): Promise<LeaseTaken> {
  const { nodes } = proposal.blastRadius;
  const question = { kind: 'lease', nodes, holdMs: budgets.leaseHoldMs, fleetNodes: proposal.fleetNodes } as const;
  let last = describeAnswer('unanswered');
  try {
    for (let attempt = 0; attempt < budgets.leaseTriesMax; attempt += 1) {
      // A cancel waits for the answer, so that no lease is granted to nobody.
      const answer = await CancellationScope.nonCancellable(() => askCluster(question));
      if (answer === 'unanswered') break;
      if (answer.kind === 'granted') return { kind: 'held', fencing: answer.fencing };
      last = describeAnswer(answer);
      if (answer.kind === 'denied') return { kind: 'none', reason: 'remediation-stopped', detail: last };
      await sleep(budgets.leaseRetryMs, { summary: last.slice(0, 100) });
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    last = 'cancelled while it waited for its lease';
  }
  return { kind: 'none', reason: 'repair-not-started', detail: last };
}

interface Logbook {
  readonly note: (facts: Partial<RepairReport>, measured?: SeverityResult) => void;
  readonly step: (direction: 'forward' | 'undo', step: Step, outcome: StepOutcome) => void;
  readonly finish: (outcome: RepairOutcome) => RepairReport;
}

function openLogbook({ steps, undo }: Proposal): Logbook {
  let report: Omit<RepairReport, 'outcome'> = {
    planned: { steps, undo },
    fencing: null,
    undoRecord: null,
    steps: [],
    before: null,
    after: null,
    afterUndo: null,
    evidence: [],
  };
  return {
    note(facts, measured) {
      report = {
        ...report,
        ...facts,
        evidence: measured === undefined ? report.evidence : [...report.evidence, measured.evidence],
      };
    },
    step(direction, { index, stepId, node }, outcome) {
      report = { ...report, steps: [...report.steps, { direction, index, stepId, node, outcome, atMs: Date.now() }] };
    },
    finish: (outcome) => ({ ...report, outcome }),
  };
}

function stopped(reason: Extract<RepairOutcome, { kind: 'stopped' }>['reason'], detail: string): RepairOutcome {
  return { kind: 'stopped', reason, detail };
}
