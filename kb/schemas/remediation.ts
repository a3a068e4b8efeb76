import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { ProposalBody, Reversibility, Step } from '../../workflows/domain/proposal.ts';

/** A gate step: the node-side script maps `id` and `args` to exactly one command. */
export interface GateStep {
  readonly id: string;
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
}

export interface PlanNode {
  readonly name: string;
  readonly gpus: readonly { readonly index: number; readonly uuid: string }[];
  readonly hcas: readonly { readonly name: string; readonly port: number }[];
}

/** A declared repair. Precondition, effect, undo and verification, in that order. */
export interface Remediation {
  readonly id: string;
  readonly platform: 'nvidia-linux';
  readonly summary: string;
  readonly categories: readonly Category[];
  readonly reversibility: Reversibility;
  readonly approvalsNeeded: 1 | 2;
  readonly source: string;
  /** The plan for this cause on these findings, or why it does not apply. */
  plan(
    cause: RankedCause,
    findings: readonly Finding[],
    site: PlanSite,
  ): PlanDraft | { readonly notApplicable: string };
}
