import type { WorldHca } from '../world.ts';
import { complained, printed, type NodeCommand } from './command.ts';

/** `ibstat [CA]`. */
export const ibstat: NodeCommand = {
  name: 'ibstat',
  run(context, args) {
    const [name] = args;
    const { hcas } = context.node;
    const asked = name === undefined ? hcas : hcas.filter((hca) => hca.name === name);
    if (asked.length === 0)
      return complained(
        `ibpanic: [${context.node.bootMs % 90_000}] main: '${name}' IB device can't be found: No such file or directory\n`,
        255,
      );
    return printed(asked.map(block).join(''));
  },
};

function block(hca: WorldHca): string {
  const guid = `0x${hca.guid}`;
  return [
    `CA '${hca.name}'`,
    '\tCA type: MT4123',
    '\tNumber of ports: 1',
    '\tFirmware version: 20.39.1002',
    '\tHardware version: 0',
    `\tNode GUID: ${guid}`,
    `\tSystem image GUID: ${guid}`,
    '\tPort 1:',
    '\t\tState: Active',
    '\t\tPhysical state: LinkUp',
    '\t\tRate: 200',
    `\t\tBase lid: ${hca.lid}`,
    '\t\tLMC: 0',
    '\t\tSM lid: 1',
    '\t\tCapability mask: 0xa651e848',
    `\t\tPort GUID: ${guid}`,
    '\t\tLink layer: InfiniBand',
    '',
  ].join('\n');
}
