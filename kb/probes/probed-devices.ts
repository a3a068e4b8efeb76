import type { Probe, ProbedNode, ProbedSite } from '../schemas/probe.ts';

/**
 * The arguments of each command of a probe on a node. Where the inventory lists none of its devices, a reading is made
 * without; a measurement would load a device that nobody named, so it has none.
 */
export function probedDevices(
  { devices, impact }: Pick<Probe, 'devices' | 'impact'>,
  node: ProbedNode,
  site: ProbedSite,
): readonly Readonly<Record<string, string | number>>[] {
  const listed = devices?.(node, site) ?? [];
  const isUnnamed = listed.length === 0 && (devices === undefined || impact !== 'load');
  return isUnnamed ? [{}] : listed;
}
