import type { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from './finding-kind.ts';

export interface ProbeOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when the command was killed or the link was lost. */
  readonly exitCode: number | null;
}

/** What a probe's reading means; the activity adds node and evidence range. */
export interface ProbeFinding {
  readonly kind: string;
  readonly device?: Device;
  readonly text: string;
  readonly values?: Readonly<Record<string, number | string>>;
  /** Line of stdout that shows it, from 1; the whole output when absent. */
  readonly line?: number;
  /** Cluster time of the first occurrence, where the output itself carries one. */
  readonly atMs?: number;
  /** Cluster time of the latest occurrence, where there are several. */
  readonly lastMs?: number;
  /** Occurrences; 1 when absent. */
  readonly count?: number;
}

/** What the inventory says of the node that was read. */
export interface ProbedNode {
  readonly name?: string;
  /** RDMA adapters; a node whose inventory lists none is read as if nothing were known of them. */
  readonly hcas?: readonly { readonly name: string; readonly port: number }[];
  readonly gpus: readonly { readonly index: number; readonly uuid: string; readonly pciBusId: string }[];
}

/**
 * A declared read-only measurement on a node. Pure: command in, output out; an adapter runs it.
 * `Reading` is typed and JSON-serialisable.
 */
export interface Probe<Args = unknown, Reading = unknown> {
  /** `area.thing`, stored in histories, never renamed. */
  readonly id: string;
  readonly platform: 'nvidia-linux';
  readonly summary: string;
  readonly aspect: 'correctness' | 'performance' | 'stability';
  /** `none`: reads counters; `light`: may disturb a job for a moment; `heavy`: needs an idle GPU. */
  readonly impact: 'none' | 'light' | 'heavy';
  /** Typical time on a node, milliseconds; also the cost in information gain per second. */
  readonly costMs: number;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  readonly args: z.ZodType<Args>;
  /** Of a probe that reads one device at a time: the arguments for each device of the node. One reading without it. */
  devices?(node: ProbedNode): readonly Readonly<Record<string, string | number>>[];
  /** Typed arguments to argv; the only way in which a command comes to be. */
  argv(args: Args): readonly string[];
  /** Throws `ProbeParseError` when the output is not in the tool's format. */
  parse(output: ProbeOutput): Reading;
  /** All kinds that `meaning` can return, one of them of role `clean`. */
  readonly outcomes: readonly FindingKind[];
  /**
   * At least one finding: what is wrong, or the clean one. Without the node, the reading is judged by itself; without
   * the arguments, it is not known which device it is of.
   */
  meaning(reading: Reading, node?: ProbedNode, args?: Args): readonly ProbeFinding[];
}

export class ProbeParseError extends Error {
  override readonly name = 'ProbeParseError';
}
