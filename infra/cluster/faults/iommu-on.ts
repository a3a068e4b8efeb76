import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** `amd_iommu=on` without `iommu=pt` on the kernel's command line: every transfer of a device is translated. */
export const iommuOn = defineFault({
  id: 'iommu-on',
  summary: 'the IOMMU of one node translates what its devices address',
  categories: ['acs-iommu-p2p-broken'],
  place: 'node',
  heals: 'a person: `iommu=pt` on the command line of the kernel, or the IOMMU off',
  causes: ({ place }) => [setFact('host.iommu', place, 'on')],
});
