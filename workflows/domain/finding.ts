import type { Category } from './categories.ts';
import type { EvidenceRange } from './evidence.ts';

export interface Device {
  readonly kind: 'gpu' | 'hca' | 'disk' | 'host';
  /** GPU index or port number as the node's own tools count them. */
  readonly index?: number;
  /** PCI bus id as `nvidia-smi` prints it, lower case, or a device name such as `mlx5_3`. */
  readonly name?: string;
}

/** `cause` may start a chain of events, `symptom` follows one, `context` explains, `clean` speaks against. */
export type FindingRole = 'cause' | 'symptom' | 'context' | 'clean';

/** What a detector, a metric rule or a probe's meaning saw in evidence. */
export interface Finding {
  /** Unique inside the incident and the same on every attempt: derived from kind, place and range. */
  readonly id: string;
  /** Stable kind, such as `nvidia.xid.79` or `gpu.clock.below-siblings`. */
  readonly kind: string;
  readonly role: FindingRole;
  readonly node?: string;
  readonly device?: Device;
  readonly rank?: number;
  /** Cluster time of the first occurrence, milliseconds since 1970; absent when the line carries no time. */
  readonly atMs?: number;
  readonly lastMs?: number;
  readonly count: number;
  readonly range: EvidenceRange;
  /** Redacted excerpt, at most `excerptCharsMax` characters. */
  readonly text: string;
  readonly values?: Readonly<Record<string, number | string>>;
}

/** A root cause: what, and where. Several nodes or devices only when one cause spans them. */
export interface Cause {
  readonly category: Category;
  readonly node?: string;
  readonly device?: Device;
}

/** A sentence about the incident, from our own templates, that cites findings. */
export interface Claim {
  readonly text: string;
  readonly findingIds: readonly string[];
  readonly ranges: readonly EvidenceRange[];
}

export interface RankedCause extends Cause {
  /** Posterior probability, 0 to 1. */
  readonly probability: number;
  readonly because: readonly Claim[];
}

export type Verdict =
  | { readonly kind: 'attributed'; readonly causes: readonly RankedCause[]; readonly disputed: boolean }
  | {
      readonly kind: 'no-fault';
      readonly explanation: Claim;
      /** The model names a cause, and nothing that may be asked decides it; absent where nobody differs. */
      readonly disputed?: boolean;
    }
  | {
      readonly kind: 'not-proven';
      readonly candidates: readonly RankedCause[];
      readonly decidingProbe?: ProbeWish;
      /** Ranks were seen to wait: they may go on by themselves, or give up and say what they waited for. */
      readonly timeMayTell?: true;
      readonly reason: string;
      readonly disputed?: boolean;
    };

/** A probe that reasoning wants, and why. */
export interface ProbeWish {
  readonly probeId: string;
  readonly nodes: readonly string[];
  readonly why: string;
  /** Expected information gain in bits, and the cost that it was divided by. */
  readonly gainBits: number;
  readonly costMs: number;
}

/** Excerpts longer than this are cut with an ellipsis before they are stored or shown. */
export const excerptCharsMax = 300;
