import type { ProbedNode, ProbeOutput } from '../../../kb/schemas/probe.ts';

/** One output of a tool in its real format, and what it must mean. */
export interface ProbeCase {
  readonly name: string;
  /** Where this format was published, or the system on which it was printed. */
  readonly source: string;
  readonly output: ProbeOutput;
  readonly node?: ProbedNode;
  /** Arguments of the command, where they name a device. */
  readonly args?: Readonly<Record<string, string | number>>;
  /** Kinds in order, with the device where there is one. */
  readonly means: readonly string[];
}

export interface ProbeCases {
  /** Empty only for a probe that has no kind of role cause or symptom. */
  readonly faulty: readonly ProbeCase[];
  readonly healthy: readonly ProbeCase[];
  /** Outputs that are not the tool's: half of one, or of something else. */
  readonly garbage: readonly ProbeOutput[];
}

export function printed(stdout: string, exitCode: number | null = 0, stderr = ''): ProbeOutput {
  return { stdout, stderr, exitCode };
}
