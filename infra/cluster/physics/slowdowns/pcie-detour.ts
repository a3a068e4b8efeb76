import { uniform } from '../../noise.ts';
import { findNode } from '../../world.ts';
import type { SlowCause } from './slow-cause.ts';
import { transferFactorOf } from './rail-rate.ts';

/**
 * What GPUDirect RDMA keeps of its bandwidth when transfers between a GPU and an HCA below the same PCIe switch go up to
 * the root complex and back. With ACS on about half was seen (https://github.com/NVIDIA/nccl-tests/issues/112,
 * https://github.com/NVIDIA/nccl/issues/949); the spread, and the numbers for an IOMMU, are assumed.
 */
const detour = { acs: { min: 0.32, max: 0.5 }, iommu: { min: 0.4, max: 0.62 } };

/** Access control of PCIe bridges and a translating IOMMU slow a node's traffic to the network, not its NVLink. */
export const pcieDetour: SlowCause = ({ world, facts }) => {
  const acs = facts('host.pcie-acs').map(({ place }) => ({ place, range: detour.acs }));
  const iommu = facts('host.iommu')
    .filter(({ value }) => value === 'on')
    .map(({ place }) => ({ place, range: detour.iommu }));
  return [...acs, ...iommu].flatMap(({ place, range: { min, max } }) => {
    const node = findNode(world, place);
    if (node === undefined) return [];
    const share = min + (max - min) * uniform(world.seed, 'pcie-detour', node.index);
    return [{ node: node.index, transferFactor: transferFactorOf(share) }];
  });
};
