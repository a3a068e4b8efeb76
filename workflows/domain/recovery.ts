import type { FencingToken } from './lease.ts';
import type { IncidentKey } from './phase-data.ts';
import type { Proposal, Step } from './proposal.ts';

/** What the node's journal says of one step of the plan. */
export interface SeenStep {
  readonly index: number;
  readonly node: string;
  /**
   * `none`: never begun. `done` and `failed`: ran to its end, with exit code 0 or another. `unknown`: begun, and its end
   * is not recorded. `unreachable`: the node did not answer.
   */
  readonly seen: 'none' | 'done' | 'failed' | 'unknown' | 'unreachable';
}

/** What is left of a repair whose workflow no longer answers. */
export type RepairRemains =
  /** No history, or none of a repair: nobody can say what was begun. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** Somebody reset it: it goes on and ends by itself. */
  | { readonly kind: 'running' }
  | {
      readonly kind: 'ended';
      /** How the server closed it, for people: `terminated`, `timed-out` … */
      readonly how: string;
      /** It came to a judged end, or to giving its lease back after it had acted: nothing is left to take back. */
      readonly concluded: boolean;
      readonly key: IncidentKey;
      readonly proposal: Proposal;
      readonly forward: readonly SeenStep[];
      readonly undo: readonly SeenStep[];
    };

export interface InspectRepairInput {
  readonly cluster: string;
  /** The repair whose lease is recovered. */
  readonly workflowId: string;
  /** Of the lease that recovery holds: what the vanished owner still orders on these nodes is refused from now on. */
  readonly nodes: readonly string[];
  readonly fencing: FencingToken;
}

export type RecoveryDecision =
  | { readonly kind: 'settled'; readonly why: string }
  /** In this order; the journal answers for those that ran already. */
  | { readonly kind: 'undo'; readonly steps: readonly Step[]; readonly key: IncidentKey; readonly proposal: Proposal }
  | { readonly kind: 'look-again'; readonly why: string; readonly nodes: readonly string[] }
  /** Empty `nodes`: all of the lease. */
  | { readonly kind: 'unsettled'; readonly why: string; readonly nodes: readonly string[] };

/**
 * What to do about a repair that vanished. The journal of the nodes is the only truth about what was begun: what was
 * begun and not concluded is taken back in reverse order; what nobody can know is left to a person.
 */
export function decideRecovery(remains: RepairRemains): RecoveryDecision {
  switch (remains.kind) {
    case 'gone':
      return { kind: 'unsettled', why: remains.reason, nodes: [] };
    case 'running':
      return { kind: 'look-again', why: 'the repair was reset and goes on by itself', nodes: [] };
    case 'ended':
      return remains.concluded
        ? { kind: 'settled', why: `the repair had come to its end (${remains.how}) before its lease was given back` }
        : decideByJournal(remains);
  }
}

type Ended = Extract<RepairRemains, { kind: 'ended' }>;

function decideByJournal({ how, key, proposal, forward, undo }: Ended): RecoveryDecision {
  const silent = nodesOf([...forward, ...undo], 'unreachable');
  if (silent.length > 0) return { kind: 'look-again', why: 'the journal could not be read', nodes: silent };
  const begun = forward.filter((step) => step.seen !== 'none');
  if (begun.length === 0) return { kind: 'settled', why: `the repair ended (${how}) before its first step` };
  const open = nodesOf(forward, 'unknown');
  if (open.length > 0)
    return { kind: 'look-again', why: 'a step was begun and its end is not recorded; it is not repeated', nodes: open };

  const lasting = begun.filter((step) => !proposal.undo.some((taker) => takesBack(taker, step, proposal)));
  if (lasting.length > 0)
    return {
      kind: 'unsettled',
      why: 'a step was done that the plan cannot take back, and nobody measured what it did',
      nodes: [...new Set(lasting.map((step) => step.node))],
    };
  const wanted = proposal.undo
    .toReversed()
    .filter((taker) => begun.some((step) => takesBack(taker, step, proposal)))
    .map((step) => ({ step, seen: undo.find(({ index }) => index === step.index)?.seen ?? 'none' }));
  const failed = wanted.filter(({ seen }) => seen === 'failed').map(({ step }) => step.node);
  if (failed.length > 0) return { kind: 'unsettled', why: 'an undo step failed', nodes: [...new Set(failed)] };
  const unclear = wanted.filter(({ seen }) => seen === 'unknown').map(({ step }) => step.node);
  if (unclear.length > 0)
    return { kind: 'look-again', why: 'an undo step was begun and its end is not recorded', nodes: unclear };
  const steps = wanted.filter(({ seen }) => seen === 'none').map(({ step }) => step);
  return steps.length > 0
    ? { kind: 'undo', steps, key, proposal }
    : { kind: 'settled', why: `the repair ended (${how}) on the way, and all that it had begun is taken back` };
}

/** An undo that names no step takes back what was done on its node; on a node without steps, the plan as a whole. */
function takesBack(undo: Step, step: SeenStep, proposal: Proposal): boolean {
  if (undo.undoes !== undefined) return undo.undoes === step.index;
  return undo.node === step.node || proposal.steps.every(({ node }) => node !== undo.node);
}

function nodesOf(steps: readonly SeenStep[], seen: SeenStep['seen']): readonly string[] {
  return [...new Set(steps.filter((step) => step.seen === seen).map((step) => step.node))];
}

/** Waits of a recovery, wall time. */
export interface RecoveryTiming {
  /**
   * "Nothing was begun" counts only after this time: an attempt of the vanished repair may be under way. Longer than
   * one attempt may last (class `remediate` in timeouts.ts) and the gate's own limit on a command.
   */
  readonly quietMs: number;
  /** Pause before a node that did not answer, or a step without an end, is looked at again. */
  readonly lookPauseMs: number;
  /** Wait for an answer of the cluster entity. */
  readonly askMs: number;
}

export const recoveryTiming: RecoveryTiming = { quietMs: 4 * 60_000, lookPauseMs: 60_000, askMs: 60_000 };
/** Looks at the journal before a person has to. */
export const recoveryLooksMax = 20;
