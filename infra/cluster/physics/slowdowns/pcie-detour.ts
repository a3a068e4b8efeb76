import { uniform } from '../../noise.ts';
import { findNode } from '../../world.ts';
import { pcieSwitches, switchesWithAcs } from '../pcie-acs.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';
import { transferFactorOf } from './rail-rate.ts';

/**
 * What GPUDirect RDMA keeps of its bandwidth when transfers between a GPU and an HCA below the same PCIe switch go up to
 * the root complex and back. With ACS on about half was seen (https://github.com/NVIDIA/nccl-tests/issues/112,
 * https://github.com/NVIDIA/nccl/issues/949); the spread, and the numbers for an IOMMU, are assumed.
 */
const detour = { acs: { min: 0.32, max: 0.5 }, iommu: { min: 0.4, max: 0.62 } };

/** Access control of PCIe bridges and a translating IOMMU slow a node's traffic to the network, not its NVLink. */
export const pcieDetour: SlowCause = ({ world, facts }) => {
  const slower = (place: string, { min, max }: { readonly min: number; readonly max: number }) => {
    const node = findNode(world, place);
    if (node === undefined) return null;
    const share = min + (max - min) * uniform(world.seed, 'pcie-detour', node.index);
    return { node: node.index, transferFactor: transferFactorOf(share) };
  };
  const acs = facts('host.pcie-acs').flatMap(({ place, value }): readonly RankDelay[] => {
    const delay = slower(place, detour.acs);
    const switches = switchesWithAcs(value);
    if (delay === null) return [];
    return switches.length === pcieSwitches
      ? [delay]
      : switches.flatMap((at) => [2 * at, 2 * at + 1].map((gpu) => ({ ...delay, gpu })));
  });
  const iommu = facts('host.iommu').flatMap(({ place, value }) =>
    value === 'pt' ? [] : (slower(place, detour.iommu) ?? []),
  );
  return [...acs, ...iommu];
};
