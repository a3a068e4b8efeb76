import type { CommandContext } from '../commands/command.ts';
import { complained } from '../commands/command.ts';
import { playArgv } from '../commands/index.ts';
import { atOnce, type Play } from '../commands/play.ts';
import { managementHost } from '../management.ts';
import { findNode, type World, type WorldNode } from '../world.ts';
import { refusedExitCode, type ForcedCommand } from './forced-command.ts';

/** Where a command of the probe key runs. */
export type ProbeContext = Omit<CommandContext, 'root' | 'act'>;

/** What a request of the probe key does: the command that its forced command lets through, or its refusal. */
export function probePlay(forced: ForcedCommand, request: string, context: ProbeContext): Play {
  const decision = forced.decide(request);
  return decision.kind === 'refused'
    ? atOnce(complained(`wardround-probe: refused: ${decision.reason}\n`, refusedExitCode))
    : playArgv({ ...context, root: false, act: denied }, decision.argv);
}

/** The context of a command on this machine, which may be the management host. */
export function contextOn(
  machine: WorldNode,
  { timeline: first, nowMs, processes }: Pick<CommandContext, 'timeline' | 'nowMs' | 'processes'>,
): ProbeContext {
  const timeline = first.of(machine);
  const { world } = timeline;
  const host = machine.index < world.nodes.length ? 'node' : 'management';
  return { world, timeline, node: machine, host, nowMs, ...(processes !== undefined && { processes }) };
}

/** A node or the management host. */
export function findMachine(world: World, name: string): WorldNode | undefined {
  return name === world.management.name ? managementHost(world) : findNode(world, name);
}

/** What a shell says of a command that SIGTERM ended, and EX_SOFTWARE of sysexits.h for a mistake of the simulator. */
export const terminated = 143;
export const internalError = 70;

export function mistake(error: unknown): string {
  return `simulator: ${error instanceof Error ? error.message : String(error)}\n`;
}

function denied(): never {
  throw new Error('the probe key changes nothing');
}
