import { plainTime } from '../clock.ts';
import { complained, printed, type NodeCommand } from './command.ts';

/** `uptime -s`. */
export const uptime: NodeCommand = {
  name: 'uptime',
  run(context, args) {
    if (args.length === 1 && (args[0] === '-s' || args[0] === '--since'))
      return printed(`${plainTime(context.node.bootMs)}\n`);
    return complained('\nUsage:\n uptime [options]\n', 1);
  },
};
