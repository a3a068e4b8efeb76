import type { Category } from './categories.ts';
import type { Device } from './finding.ts';

export type Reversibility = 'reversible' | 'compensable' | 'one-way';

/** One typed action on one node. The node-side gate maps `stepId` and `args` to the allowed command. */
export interface Step {
  /** Position in the plan, from 1; undo steps count separately. */
  readonly index: number;
  /** Gate step id, for example `gpu-clocks-reset`. Never text from logs, nodes or models. */
  readonly stepId: string;
  readonly node: string;
  readonly args: readonly string[];
  /** What a reviewer reads: the command line that the gate will run. Rendered by us from the declaration. */
  readonly rendered: string;
  /** Of an undo step: the index of the forward step that it takes back; it runs only if that one was begun. */
  readonly undoes?: number;
  /** The step helps, but what came before it is right without it: its failure undoes nothing; verification judges. */
  readonly onFailure?: 'go-on';
  /**
   * The step changes `node` and is done by the gate on the management host: a dead node does not answer. The node's own
   * gate where nothing is said.
   */
  readonly on?: 'management';
}

/** Capacity that the plan takes out of service on purpose (design.md section 6): its faults are contained, not mended. */
export interface TakesOut {
  readonly nodes: readonly string[];
  readonly gpus: number;
}

/** What people have to do once the plan has contained the fault. */
export interface HandOverTask {
  /** What to do, for people: "replace GPU 3 of node-07". From our own templates. */
  readonly task: string;
  /** Probes whose clean result shows that it is done. */
  readonly verifyProbes: readonly VerifyProbe[];
}

export interface VerifyProbe {
  readonly probeId: string;
  readonly nodes: readonly string[];
  /** Kinds that count as the wanted answer where that is not the clean one: `scheduler.node.taken-out` after a drain. */
  readonly expects?: readonly string[];
}

/**
 * A numbered plan shown for approval. Everything here is covered by the digest: SHA-256 over the RFC 8785
 * canonical JSON of this object.
 */
export interface ProposalBody {
  readonly number: number;
  readonly cluster: string;
  readonly incident: { readonly workflowId: string; readonly runId: string };
  readonly remediationId: string;
  readonly cause: { readonly category: Category; readonly node: string; readonly device?: Device };
  readonly summary: string;
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  readonly reversibility: Reversibility;
  readonly blastRadius: {
    readonly nodes: readonly string[];
    readonly devices: readonly Device[];
    readonly interruptsJob: boolean;
    readonly text: string;
  };
  readonly cost: { readonly expectedMs: number; readonly text: string };
  /** Probes whose clean result confirms the repair. */
  readonly verifyProbes: readonly VerifyProbe[];
  readonly takesOut?: TakesOut;
  readonly handOver?: HandOverTask;
  /** Wall time to wait after the action before severity is measured again. */
  readonly settleMs: number;
  readonly approvalsNeeded: 1 | 2;
  /** Nodes of the cluster, for the share of the fleet under repair. */
  readonly fleetNodes: number;
  /** Hashes of the evidence on which the plan rests. */
  readonly evidenceSha256: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A repair of this incident that was carried out, or that people did not want. */
export interface TriedRepair {
  readonly remediationId: string;
  readonly node: string;
  /** What it did: the same repair of another part is not tried by it. */
  readonly steps: readonly Pick<Step, 'stepId' | 'args'>[];
  /** Helped against this cause: what is still there is something else. Absent where it did not help. */
  readonly helped?: { readonly category: Category };
  /** Was not carried out. For another cause it may still be right. */
  readonly rejected?: { readonly category: Category; readonly by: string; readonly reason: string };
}

export interface Proposal extends ProposalBody {
  /** Lower-case hex SHA-256. */
  readonly digest: string;
}

/** What is touched, in one line for people. */
export function blastText({ blastRadius: { text, interruptsJob } }: Pick<Proposal, 'blastRadius'>): string {
  return `${text}; ${interruptsJob ? 'interrupts the job' : 'interrupts no running job'}`;
}

/** Shape only; whether it may run is `approval.ts`'s question. */
export function isProposal(value: unknown): value is Proposal {
  if (typeof value !== 'object' || value === null) return false;
  const v = value as Record<string, unknown>; // narrowed field by field below
  return (
    typeof v['number'] === 'number' &&
    typeof v['digest'] === 'string' &&
    /^[0-9a-f]{64}$/.test(v['digest']) &&
    typeof v['remediationId'] === 'string' &&
    typeof v['expiresAtMs'] === 'number' &&
    Array.isArray(v['steps']) &&
    Array.isArray(v['undo'])
  );
}
