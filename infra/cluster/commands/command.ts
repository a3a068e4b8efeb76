import type { Timeline } from '../physics/timeline.ts';
import type { Change } from '../state/actions.ts';
import type { World, WorldNode } from '../world.ts';
import type { Play } from './play.ts';
import type { ProcessTable } from './processes.ts';

/** Where and as whom a command runs. */
export interface CommandContext {
  readonly world: World;
  readonly timeline: Timeline;
  /** The machine that it runs on; on the management host a stand-in without GPUs. */
  readonly node: WorldNode;
  /** A node unless it says otherwise; `management` answers about other nodes. */
  readonly host?: 'node' | 'management';
  readonly nowMs: number;
  readonly root: boolean;
  /** What root's commands do to the node. */
  readonly act: (changes: readonly Change[]) => void;
  /** What was started over SSH and runs now; without it nothing does. */
  readonly processes?: ProcessTable;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

interface Named {
  readonly name: string;
  /**
   * Which arguments this entry is for. Tools that read anything (`cat`, `grep`, `ls`) have an entry in several
   * families: the first that takes the arguments answers, and the last of the name complains about the rest.
   */
  readonly takes?: (args: readonly string[]) => boolean;
}

/** A tool that answers at once. `run` gets the arguments after the tool's name. */
export interface NodeCommand extends Named {
  run(context: CommandContext, args: readonly string[]): CommandResult;
}

/** A tool that takes cluster time, prints in pieces or may never end. */
export interface TimedCommand extends Named {
  play(context: CommandContext, args: readonly string[]): Play;
}

export type Tool = NodeCommand | TimedCommand;

export function printed(stdout: string, exitCode = 0): CommandResult {
  return { stdout, stderr: '', exitCode };
}

export function complained(stderr: string, exitCode: number): CommandResult {
  return { stdout: '', stderr, exitCode };
}
