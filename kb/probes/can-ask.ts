import type { Inventory } from '../schemas/inventory.ts';
import type { Probe } from '../schemas/probe.ts';
import { probedDevices } from './probed-devices.ts';
import { probedSite } from './probed-site.ts';

/**
 * Whether a probe has anything to ask about a node: a management host, where it runs on one, and the controller, the
 * adapter or the mount point that its arguments name. What has not would only be an unread reading.
 */
export function canAsk(
  inventory: Inventory,
  probeOf: (id: string) => Probe | undefined,
): (probeId: string, node: string) => boolean {
  const site = probedSite(inventory);
  const nodes = new Map(inventory.nodes.map((node) => [node.name, node]));
  const known = new Map<string, boolean>();
  const look = (probeId: string, name: string): boolean => {
    const [probe, node] = [probeOf(probeId), nodes.get(name)];
    if (probe === undefined || node === undefined) return false;
    if (probe.via === 'management' && inventory.management === undefined) return false;
    const [device] = probedDevices(probe, node, site);
    return device !== undefined && probe.args.safeParse({ node: name, ...device }).success;
  };
  return (probeId, node) => {
    const key = `${probeId}@${node}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = look(probeId, node);
    known.set(key, answer);
    return answer;
  };
}
