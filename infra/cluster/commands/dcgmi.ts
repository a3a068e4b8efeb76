import { a800 } from '../physics/a800.ts';
import { complained, printed, type NodeCommand } from './command.ts';

const rule = `+--------+${'-'.repeat(70)}+`;

/** `dcgmi discovery -l`. */
export const dcgmi: NodeCommand = {
  name: 'dcgmi',
  run(context, args) {
    if (args.join(' ') !== 'discovery -l' && args.join(' ') !== 'discovery --list')
      return complained('PARSE ERROR: Argument: (none)\n             Required argument missing\n', 1);
    const { gpus } = context.node;
    const lines = [
      `${gpus.length} GPU${gpus.length === 1 ? '' : 's'} found.`,
      rule,
      cells('GPU ID', 'Device Information'),
      rule,
    ];
    for (const gpu of gpus)
      lines.push(
        cells(String(gpu.index), `Name: ${a800.model}`),
        cells('', `PCI Bus ID: ${gpu.busId}`),
        cells('', `Device UUID: ${gpu.uuid}`),
        rule,
      );
    lines.push('0 NvSwitches found.', '+-----------+', '| Switch ID |', '+-----------+', '+-----------+');
    return printed(lines.map((line) => `${line}\n`).join(''));
  },
};

function cells(left: string, right: string): string {
  return `| ${left.padEnd(6)} | ${right.padEnd(68)} |`;
}
