import type { Probe, ProbedNode, ProbeOutput } from '../../../kb/schemas/probe.ts';

/** One output of a tool in its real format, and what it must mean. */
export interface ProbeCase {
  readonly name: string;
  /** Where this format was published, or the system on which it was printed. */
  readonly source: string;
  readonly output: ProbeOutput;
  /** What a second read printed, of a probe that is read twice. */
  readonly second?: ProbeOutput;
  /** Milliseconds between the two reads; the probe's own gap when absent. */
  readonly elapsedMs?: number;
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

/** The reading of a case: of its one output, or of both. */
export function readingOf(probe: Probe, { output, second, elapsedMs }: ProbeCase): unknown {
  const reading = probe.parse(output);
  if (second === undefined) return reading;
  if (probe.again === undefined) throw new Error(`${probe.id} is not read twice`);
  return probe.again.combine(reading, probe.parse(second), elapsedMs ?? probe.again.gapMs);
}

export function printed(stdout: string, exitCode: number | null = 0, stderr = ''): ProbeOutput {
  return { stdout, stderr, exitCode };
}
