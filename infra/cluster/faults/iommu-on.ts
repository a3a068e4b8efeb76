import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** How soon what is unmapped is forgotten: later and together, or at once (`iommu.strict=1`, kernel-parameters.txt). */
const modes = ['on', 'strict'] as const;

/** `amd_iommu=on` without `iommu=pt` on the kernel's command line: every transfer of a device is translated. */
export const iommuOn = defineFault({
  id: 'iommu-on',
  summary: 'the IOMMU of one node translates what its devices address',
  categories: ['acs-iommu-p2p-broken'],
  place: 'node',
  ranges: { mode: { min: 0, max: modes.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'a person: `iommu=pt` on the command line of the kernel, or the IOMMU off',
  causes: ({ place }, { mode }) => [setFact('host.iommu', place, modes[mode] ?? modes[0])],
});
