import type { Inventory } from '../kb/schemas/inventory.ts';
import { PortError, type SshHost } from './ports.ts';

/** Hosts on the way to one; a bastion in front of a bastion is common, more is not. */
const jumpsMax = 3;

/** A node or the management host of an inventory with the hosts over which it is reached. */
export function routed(inventory: Pick<Inventory, 'jumpHosts'>, { name, ssh }: Pick<SshHost, 'name' | 'ssh'>): SshHost {
  const jumps: SshHost[] = [];
  for (let next = ssh.jump; next !== undefined;) {
    const jump = inventory.jumpHosts.find((host) => host.name === next);
    if (jump === undefined) throw new PortError('malformed', `${name}: the inventory has no jump host ${next}`);
    if (jumps.length >= jumpsMax)
      throw new PortError('malformed', `${name}: more than ${jumpsMax} jump hosts in a row, the last one ${next}`);
    jumps.unshift(jump);
    next = jump.ssh.jump;
  }
  return jumps.length === 0 ? { name, ssh } : { name, ssh, jumps };
}

/** The same for hosts of which only the inventory that holds them knows the way. */
export function routeIn(inventories: ReadonlyMap<string, Inventory>): (host: Pick<SshHost, 'name' | 'ssh'>) => SshHost {
  return (host) => {
    if (host.ssh.jump === undefined) return host;
    const inventory = [...inventories.values()].find(
      ({ nodes, management }) => nodes.some(({ ssh }) => ssh === host.ssh) || management?.ssh === host.ssh,
    );
    if (inventory === undefined) throw new PortError('malformed', `${host.name}: no inventory says how to reach it`);
    return routed(inventory, host);
  };
}
