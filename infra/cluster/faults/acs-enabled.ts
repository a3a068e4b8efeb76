import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A BIOS update switched PCIe access control on again, and the script that takes it off at boot knows some bridges by old addresses. */
export const acsEnabled = defineFault({
  id: 'acs-enabled',
  summary:
    'PCIe access control is on in one node: GPUs and HCAs below the same switch reach each other by way of the root complex',
  categories: ['acs-iommu-p2p-broken'],
  place: 'node',
  // A node has four PCIe switches, each with two GPUs and an HCA (`commands/network/pci.ts`).
  ranges: { switches: { min: 1, max: 4, unit: 'PCIe switches', integer: true, usual: [4, 4, 4, 2, 1], clear: 4 } },
  heals: 'a person: ACS off in the BIOS, or by setpci at every boot',
  causes: ({ place }, { switches }) => [setFact('host.pcie-acs', place, switches === 4 ? 'on' : `on-${switches}`)],
});
