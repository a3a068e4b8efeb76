import type { Timeline } from '../physics/timeline.ts';
import type { Change } from '../state/actions.ts';
import type { World, WorldNode } from '../world.ts';

/** Where and as whom a command runs. */
export interface CommandContext {
  readonly world: World;
  readonly timeline: Timeline;
  readonly node: WorldNode;
  readonly nowMs: number;
  readonly root: boolean;
  /** What root's commands do to the node. */
  readonly act: (changes: readonly Change[]) => void;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** One tool of the nodes. `run` gets the arguments after the tool's name. */
export interface NodeCommand {
  readonly name: string;
  run(context: CommandContext, args: readonly string[]): CommandResult;
}

export function printed(stdout: string, exitCode = 0): CommandResult {
  return { stdout, stderr: '', exitCode };
}

export function complained(stderr: string, exitCode: number): CommandResult {
  return { stdout: '', stderr, exitCode };
}
