import { linkState, type LinkState } from '../physics/link.ts';
import { trainedLink } from '../physics/network/link-rate.ts';
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
    const { world, timeline, node, nowMs } = context;
    const { settings } = timeline.segmentAt(nowMs);
    const shownOf = (hca: WorldHca) => {
      const link = linkState(world, settings, node, hca, nowMs);
      return block(hca, link, trainedLink(settings, node, hca, nowMs).gbits);
    };
    return printed(asked.map(shownOf).join(''));
  },
};

/** State, physical state, and whether there is a rate; without a link the port shows the slowest one, 4X SDR. */
const shown: Readonly<Record<LinkState, readonly [string, string, boolean]>> = {
  active: ['Active', 'LinkUp', true],
  initializing: ['Initializing', 'LinkUp', true],
  polling: ['Down', 'Polling', false],
  disabled: ['Down', 'Disabled', false],
  failed: ['Down', 'Disabled', false],
};

function block(hca: WorldHca, link: LinkState, gbits: number): string {
  const [state, physical, hasRate] = shown[link];
  const rate = hasRate ? gbits : 10;
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
    `\t\tState: ${state}`,
    `\t\tPhysical state: ${physical}`,
    `\t\tRate: ${rate}`,
    `\t\tBase lid: ${hca.lid}`,
    '\t\tLMC: 0',
    '\t\tSM lid: 1',
    '\t\tCapability mask: 0xa651e848',
    `\t\tPort GUID: ${guid}`,
    '\t\tLink layer: InfiniBand',
    '',
  ].join('\n');
}
