import { hostCpu } from '../../physics/host-cpu.ts';
import { setFact } from '../../state/facts/set-fact.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

const governors = ['performance', 'schedutil', 'powersave', 'ondemand'];

/** `cpupower frequency-set -g GOVERNOR`. */
export const cpupower: NodeCommand = {
  name: 'cpupower',
  run({ node, root, act }, args) {
    const [verb, option, governor = ''] = args;
    if (verb !== 'frequency-set' || option !== '-g' || args.length !== 3)
      return complained('Supported commands are:\n\tfrequency-info\n\tfrequency-set\n', 1);
    if (!root) return complained('Subcommand frequency-set needs root privileges\n', 1);
    if (!governors.includes(governor))
      return complained(
        'Error setting new values. Common errors:\n- Do you have proper administration rights? (super-user?)\n- Is the governor you requested available and modprobed?\n',
        1,
      );
    act([setFact('host.cpu-governor', node.name, governor)]);
    return printed(Array.from({ length: hostCpu.threads }, (_, at) => `Setting cpu: ${at}\n`).join(''));
  },
};
