import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A BIOS update switched PCIe access control on again. */
export const acsEnabled = defineFault({
  id: 'acs-enabled',
  summary: 'PCIe access control is on in one node: GPUs and HCAs reach each other by way of the root complex only',
  categories: ['acs-iommu-p2p-broken'],
  place: 'node',
  heals: 'a person: ACS off in the BIOS, or by setpci at every boot',
  causes: ({ place }) => [setFact('host.pcie-acs', place, 'on')],
});
