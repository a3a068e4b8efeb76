import type { WorldGpu } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import type { Play } from '../play.ts';

/** One kind of measurement, ready to run. */
export interface Measurement {
  /** The program that it starts, as the header names it. */
  readonly tool: string;
  readonly path: string;
  /** As the header names it. */
  readonly device: string;
  /** When its time is up. */
  readonly secondsMax: number;
  /** The one that must be idle; without it all of the node. */
  readonly gpu?: number;
  /** GPUs with a context of the tool, and the memory that it takes on each, MiB. */
  readonly gpus: readonly WorldGpu[];
  readonly gpuMib: number;
  /** What tells the ends of a connection apart, and a file system that is written to. */
  readonly holds: readonly string[];
  /** The file system that needs room for what is written, twice over. */
  readonly writes?: { readonly mount: string; readonly mib: number };
  /** The tool's own output and exit code. */
  play(context: CommandContext, pid: number): Play;
}

/** Null when these are not its arguments. */
export type Verb = (context: CommandContext, args: readonly string[]) => Measurement | null;

/** The GPU of the only argument: an index that the script takes, whether the node has it or not. */
export function gpuArgument(args: readonly string[]): number | null {
  const [word = '', ...more] = args;
  return more.length === 0 && /^([0-9]|1[0-5])$/.test(word) ? Number(word) : null;
}
