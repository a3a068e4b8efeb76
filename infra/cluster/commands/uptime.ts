import { plainTime } from '../clock.ts';
import { bootMsOf } from '../physics/node-life.ts';
import { complained, printed, type CommandContext, type NodeCommand } from './command.ts';
import { onNodeClock } from './node-clock.ts';

/** `uptime -s`. */
export const uptime: NodeCommand = {
  name: 'uptime',
  run(context, args) {
    if (args.length === 1 && (args[0] === '-s' || args[0] === '--since'))
      return printed(`${plainTime(onNodeClock(context, bootMsAt(context)))}\n`);
    return complained('\nUsage:\n uptime [options]\n', 1);
  },
};

function bootMsAt({ timeline, node, nowMs }: CommandContext): number {
  return bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs);
}
