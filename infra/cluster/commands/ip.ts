import { hexDigits } from '../noise.ts';
import { linkState } from '../physics/link.ts';
import type { WorldHca } from '../world.ts';
import { complained, printed, type CommandContext, type NodeCommand } from './command.ts';

/** `ip -o link show`. */
export const ip: NodeCommand = {
  name: 'ip',
  run(context, args) {
    const asked = args.join(' ');
    if (asked !== '-o link show' && asked !== '-o link')
      return complained(`Object "${args[0] ?? ''}" is unknown, try "ip help".\n`, 1);
    const { node, world } = context;
    const bytes = (digits: string) => digits.replace(/(..)(?=.)/g, '$1:');
    const mac = bytes(`b8cef6${hexDigits(6, world.seed, 'mac', node.index)}`);
    const links = [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      `2: bond0: <BROADCAST,MULTICAST,MASTER,UP,LOWER_UP> mtu 9000 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether ${mac} brd ff:ff:ff:ff:ff:ff`,
      ...node.hcas.map(
        (hca, at) =>
          `${at + 3}: ib${at}: ${linkOf(context, hca)} mode DEFAULT group default qlen 256\\    link/infiniband ${bytes(`00001029fe80000000000000${hca.guid}`)} brd 00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff`,
      ),
    ];
    return printed(links.map((link) => `${link}\n`).join(''));
  },
};

function linkOf({ world, timeline, node, nowMs }: CommandContext, hca: WorldHca): string {
  return linkState(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs) === 'active'
    ? '<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 4092 qdisc mq state UP'
    : '<NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 4092 qdisc mq state DOWN';
}
