import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { ProposalBody, Reversibility, Step } from '../../workflows/domain/proposal.ts';

/** A gate step: the node-side script maps `id` and `args` to exactly one command. */
export interface GateStep {
  readonly id: string;
  /** `management`: only the gate on the management host does it; `both`: it or the node's own. */
  readonly on?: 'both' | 'management';
  /** Patterns of the arguments, in order; the gate checks the same ones. */
  readonly args: readonly { readonly name: string; readonly pattern: RegExp }[];
  /** The command line that the gate will run, for review only. */
  render(args: readonly string[]): string;
}

export interface PlanDraft {
  readonly summary: string;
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  readonly blastRadius: ProposalBody['blastRadius'];
  readonly cost: ProposalBody['cost'];
  readonly verifyProbes: ProposalBody['verifyProbes'];
  /** Set by a plan that takes a node or a part out of service on purpose. */
  readonly takesOut?: ProposalBody['takesOut'];
  /** Set by a plan that only contains the fault: what people must do afterwards. */
  readonly handOver?: ProposalBody['handOver'];
  /** Cluster time to wait before severity is measured again. */
  readonly settleClusterMs: number;
}

/** What the inventory says of the cluster; an inventory is one. */
export interface PlanSite {
  readonly nodes: readonly PlanNode[];
  /** Where steps run that a dead node cannot. */
  readonly management?: { readonly name: string } | undefined;
}

export interface PlanNode {
  readonly name: string;
  readonly gpus: readonly { readonly index: number; readonly uuid: string }[];
  readonly hcas: readonly { readonly name: string; readonly port: number }[];
}

/** Why a repair has no plan: the evidence does not show its precondition, or it is a question to people. */
export type NoPlan = { readonly notApplicable: string } | { readonly ask: string };

/** A declared repair. Precondition, effect, undo and verification, in that order; in words for the chart and for people. */
export interface Remediation {
  readonly id: string;
  readonly platform: 'nvidia-linux';
  readonly summary: string;
  readonly categories: readonly Category[];
  /** What the evidence has to show before this may be proposed; `plan` looks for it in the findings. */
  readonly precondition: string;
  /** What is different afterwards; the plan's verification probes look for it. */
  readonly effect: string;
  /** How it is taken back, or why it is not. */
  readonly undo: string;
  readonly verification: string;
  readonly reversibility: Reversibility;
  readonly approvalsNeeded: 1 | 2;
  /** Why one approval is enough for a step that cannot be taken back: whose practice that is. */
  readonly approvalsSource?: string;
  /** What must not be repaired by somebody else at the same time. */
  readonly leaseScope: 'node' | 'fabric' | 'job';
  /** Weaker repairs whose effect this one has as well; theirs follow (`covers`). */
  readonly supersedes: readonly string[];
  /** The gate steps that its plans are made of, undo included. */
  readonly gateSteps: readonly GateStep[];
  readonly source: string;
  /** The plan for this cause on these findings, or why there is none. */
  plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan;
}
