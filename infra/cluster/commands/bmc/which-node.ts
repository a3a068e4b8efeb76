import type { WorldNode } from '../../world.ts';
import type { CommandContext } from '../command.ts';

/** The node whose management controller has this name. */
export function nodeOfBmc({ world }: CommandContext, bmc: string): WorldNode | undefined {
  // A controller is named after its node.
  return world.nodes.find((node) => node.bmc === bmc);
}
