import { nodeLogLines } from '../logs/node-sources/index.ts';
import { asStamped } from '../logs/wrong-clock.ts';
import { driverState } from '../physics/driver-state.ts';
import { bootMsOf } from '../physics/node-life.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';

// The file is rotated weekly; nobody asks for more lines than this.
const daysMs = 7 * 24 * 3_600_000;
const linesMax = 10_000;

/** `nv-fabricmanager --version`. */
export const nvFabricManager: NodeCommand = {
  name: 'nv-fabricmanager',
  run({ timeline, node, nowMs }, args) {
    if (args.join(' ') !== '--version') return complained('Invalid option\n', 1);
    const { settings } = timeline.segmentAt(nowMs);
    return printed(`Fabric Manager version is : ${driverState(settings, node.name, nowMs).fabricManager}\n`);
  },
};

/** The last lines of /var/log/fabricmanager.log. */
export function fabricManagerSource({ timeline, node, nowMs }: CommandContext, count: number): CommandResult {
  if (!Number.isInteger(count) || count < 0 || count > linesMax)
    return complained('tail: invalid number of lines\n', 1);
  const bootMs = bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs);
  const lines = nodeLogLines(timeline, node, 'fabricmanager', Math.min(bootMs, nowMs - daysMs), nowMs + 1);
  return printed(
    asStamped(timeline, node, lines)
      .slice(-count)
      .map(({ text }) => `${text}\n`)
      .join(''),
  );
}
